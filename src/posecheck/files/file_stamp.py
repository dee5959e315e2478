"""Stamps of files: taken from the disk, and compared with it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from posecheck.files.trees import list_tree
from posecheck.model.stamp import Stamp


def stamp_of(path: Path) -> Stamp | None:
    """Return what lies at a path, links followed; ``None`` if nothing can be looked up there.

    Of a folder it is the stamp of all that lies in it; its own if that cannot be listed.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return _stamp_of_tree(path, status)
    except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in the name
        return None
    return _stamp(status)


def _stamp_of_tree(path: Path, folder: os.stat_result) -> Stamp:
    try:
        tree = list_tree(path)
    except FileNotFoundError:
        raise
    except OSError:  # a link in it, or a folder that cannot be listed
        return _stamp(folder)
    return Stamp(
        size=tree.size,
        modified_ns=tree.modified_ns,
        identity=f"{folder.st_dev}:{folder.st_ino}.{tree.digest}",
    )


def _stamp(status: os.stat_result) -> Stamp:
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
    found = _stamp_of_tree(path, status) if stat.S_ISDIR(status.st_mode) else _stamp(status)
    return (found.size, found.modified_ns, _inode(found)) == (
        stamp.size,
        stamp.modified_ns,
        _inode(stamp),
    )


def _inode(stamp: Stamp) -> str:
    return stamp.identity.rpartition(":")[2]
