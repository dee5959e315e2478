"""What files hold, by reading them: whether two are equal, and the digest of one."""

from __future__ import annotations

import hashlib
from pathlib import Path

_BLOCK = 4 * 1024**2


def same_content(one: Path, other: Path) -> bool:
    """Whether both files can be read and are equal, byte for byte."""
    try:
        with one.open("rb") as left, other.open("rb") as right:
            while True:
                block = left.read(_BLOCK)
                if block != right.read(_BLOCK):
                    return False
                if not block:
                    return True
    except OSError:
        return False


def hash_file(path: Path) -> str:
    """Return a file's SHA-256 as hexadecimal digits.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
