"""Folders: which are real, which holds some paths, and where posecheck keeps its state."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

STATE_VARIABLE = "POSECHECK_STATE_DIR"
"""The environment variable that names the folder."""


def is_real_folder(path: Path) -> bool:
    """Whether it is a folder, and not a link or a junction to one."""
    try:
        status = path.lstat()
    except OSError:
        return False
    reparse = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISDIR(status.st_mode) and not reparse


def common_folder(paths: Iterable[str]) -> Path:
    """Return the folder that holds all of some paths; a folder among them holds itself."""
    absolute = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - keeps links
    try:
        return Path(
            os.path.commonpath([each if each.is_dir() else each.parent for each in absolute])
        )
    except ValueError:  # on Windows, two drives have nothing in common
        return Path.cwd()


def state_folder() -> Path:
    """Return where posecheck keeps what it has to know of this user; it need not exist."""
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named).absolute()
    from platformdirs import user_state_path  # noqa: PLC0415 - only some commands need it

    return user_state_path("posecheck")
