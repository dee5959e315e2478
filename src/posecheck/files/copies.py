"""A file's content under a second name: by shared blocks, by a link, or byte by byte."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

_BLOCK = 8 * 1024**2
_FICLONE = 0x40049409
"""The request of ioctl_ficlone(2)."""
_CANNOT_SHARE = frozenset(
    getattr(errno, name)
    for name in ("EXDEV", "EOPNOTSUPP", "ENOTSUP", "ENOTTY", "EINVAL", "ENOSYS", "EPERM", "EBADF")
    if hasattr(errno, name)
)
_CANNOT_LINK = frozenset(
    getattr(errno, name)
    for name in ("EXDEV", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "EPERM", "EMLINK", "EACCES")
    if hasattr(errno, name)
)

OnBytes = Callable[[int], None]
"""Receives the number of bytes of each part that was copied; what it raises ends the copying."""


def share_blocks(content: Path, temporary: Path) -> bool:
    """Make a copy that shares its blocks with the source; ``False`` where that is not known.

    Linux knows it (Btrfs, XFS, bcachefs, NFS 4.2), and so does macOS (APFS).
    """
    if sys.platform == "darwin":
        return _clone(content, temporary)
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - POSIX alone has it

    try:
        with content.open("rb") as old, temporary.open("xb") as new:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise
        temporary.unlink(missing_ok=True)
        if error.errno not in _CANNOT_SHARE:
            raise
        return False
    keep_status(content.stat(), temporary)
    return True


def copy(content: Path, temporary: Path, on_bytes: OnBytes) -> None:
    """Copy a file to a name that nothing has, with its times and permissions.

    Raises
    ------
    OSError
        If it cannot be done.
    """
    with content.open("rb", buffering=0) as old, temporary.open("xb", buffering=0) as new:
        status = os.fstat(old.fileno())
        _pour(old.fileno(), new.fileno(), on_bytes)
    keep_status(status, temporary)


def keep_status(status: os.stat_result, path: Path) -> None:
    """Give a file the times and permissions that another has."""
    path.chmod(stat.S_IMODE(status.st_mode))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _pour(old: int, new: int, on_bytes: OnBytes) -> None:
    copy_range = getattr(os, "copy_file_range", None)
    while True:
        if copy_range is not None:
            try:
                count = copy_range(old, new, _BLOCK)
            except OSError as error:
                if error.errno not in _CANNOT_SHARE:
                    raise
                copy_range = None  # not between these two file systems
                continue
        else:
            block = os.read(old, _BLOCK)
            count = len(block)
            view = memoryview(block)
            while view:
                view = view[os.write(new, view) :]
        if not count:
            return
        on_bytes(count)


def _clone(content: Path, temporary: Path) -> bool:
    import ctypes  # noqa: PLC0415 - macOS alone needs it

    function = getattr(ctypes.CDLL(None, use_errno=True), "clonefile", None)
    if function is None or function(os.fsencode(content), os.fsencode(temporary), 0):
        return False
    keep_status(content.stat(), temporary)
    return True


def try_hard_link(content: Path, temporary: Path) -> bool:
    """Make a hard link; ``False`` where the file system makes none between the two places."""
    try:
        os.link(content, temporary)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        return False
    return True


def symlink_to_content(content: Path, temporary: Path) -> None:
    """Link to where the content really lies, along a relative path where there is one."""
    try:
        text = os.path.relpath(content, temporary.parent.resolve())
    except ValueError:  # another drive of Windows
        text = str(content)
    temporary.symlink_to(text)
    if not temporary.exists():
        temporary.unlink()
        raise FileNotFoundError(errno.ENOENT, "a link to it would lead nowhere", str(content))
