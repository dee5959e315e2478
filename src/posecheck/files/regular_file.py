"""Open files that anyone may have put there: regular ones of a sensible size, or none."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC", "O_NOINHERIT"):
    _FLAGS |= getattr(os, _name, 0)  # a pipe must not block, nor a link lead elsewhere


def open_regular_file(path: Path, limit: int) -> BinaryIO:
    """Open a file to read it.

    Raises
    ------
    ValueError
        If it is a link, a pipe, a device or a folder, or has more bytes than this.
    OSError
        If it cannot be opened.
    """
    if path.is_symlink():
        raise ValueError(f"{path.name} is a link")
    descriptor = os.open(path, _FLAGS)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= limit:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is too large for what it should be")
    raise ValueError(f"{path.name} is no ordinary file")
