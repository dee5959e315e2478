"""Whether two files hold the same bytes, by reading both."""

from __future__ import annotations

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
