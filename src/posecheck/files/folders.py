"""What a folder is before anything is written into it: itself, or a link to somewhere else."""

from __future__ import annotations

import stat
from pathlib import Path


def is_real_folder(path: Path) -> bool:
    """Whether it is a folder, and not a link or a junction to one."""
    try:
        status = path.lstat()
    except OSError:
        return False
    reparse = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISDIR(status.st_mode) and not reparse
