"""Stamps of files: taken from the disk, and compared with it."""

from __future__ import annotations

from pathlib import Path

from posecheck.model.stamp import Stamp


def stamp_of(path: Path) -> Stamp | None:
    """Return what lies at a path, links followed; ``None`` if nothing can be looked up there."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in the name
        return None
    return Stamp(
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        identity=f"{status.st_dev}:{status.st_ino}",
    )


def has_stamp(path: Path, stamp: Stamp) -> bool:
    """Whether the content of a file is still what it was when its stamp was taken.

    The device's number is not compared: a machine that starts again may number devices differently.

    Raises
    ------
    OSError
        If nothing is there.
    """
    status = path.stat()
    inode = stamp.identity.rpartition(":")[2]
    return (status.st_size, status.st_mtime_ns, str(status.st_ino)) == (
        stamp.size,
        stamp.modified_ns,
        inode,
    )
