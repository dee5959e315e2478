"""Bring the content of a source to a new name: by shared blocks, by a link, or byte by byte.

The new name is a temporary one beside the target, so that all of this can be thrown away.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from posecheck.organize.plan.values import VideoMode
from posecheck.storage.annex import keeps_annex, nearest_repository, repository_of

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
"""Is told of each stretch that was copied; what it raises ends the copying."""


def bring(
    source: Path, temporary: Path, mode: VideoMode, *, is_annexed: bool, on_bytes: OnBytes
) -> VideoMode:
    """Bring a source's content to a name that nothing has, and say how.

    Times and permissions come along; where a link is made, they are the same ones.

    Parameters
    ----------
    source
        A file, or a link to one, which is followed.
    temporary
        The new name.
    mode
        The way, or one that is chosen here. ``move`` brings by a hard link where it can, and the
        source's own name is removed later. A link to an object of git-annex that moves within its
        repository stays one, as ``git mv`` and ``git annex fix`` would have it.
    is_annexed
        Whether the content is an object of git-annex, which gets no second name.
    on_bytes
        Is told of progress.

    Raises
    ------
    OSError
        If it cannot be done: also if the mode was told and the file system does not know it.
    """
    content = source.resolve()
    if mode is VideoMode.SYMLINK or (
        mode is VideoMode.MOVE and _stays_annexed(source, content, temporary)
    ):
        _link_softly(content, temporary)
        return VideoMode.SYMLINK
    if mode in {VideoMode.AUTO, VideoMode.REFLINK}:
        if share_blocks(content, temporary):
            return VideoMode.REFLINK
        if mode is VideoMode.REFLINK:
            code = errno.EOPNOTSUPP
            raise OSError(code, "the file system shares no blocks", str(source))
    if mode is VideoMode.HARDLINK:
        os.link(content, temporary)
        return mode
    # A link whose name is to move gives its content to the new name, and keeps it where it lies.
    may_link = not is_annexed and not (mode is VideoMode.MOVE and source.is_symlink())
    if mode is VideoMode.AUTO and keeps_annex(temporary.parent.resolve()):
        may_link = False  # git-annex would make an object of the source, write-protected
    if may_link and mode is not VideoMode.COPY and _link(content, temporary):
        return VideoMode.MOVE if mode is VideoMode.MOVE else VideoMode.HARDLINK
    copy(content, temporary, on_bytes)
    return VideoMode.COPY


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


def _stays_annexed(source: Path, content: Path, temporary: Path) -> bool:
    if not source.is_symlink():
        return False
    repository = repository_of(content)
    return repository is not None and repository == nearest_repository(temporary.parent.resolve())


def _link(content: Path, temporary: Path) -> bool:
    try:
        os.link(content, temporary)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        return False
    return True


def _link_softly(content: Path, temporary: Path) -> None:
    """Link to where the content really lies, along a relative path where there is one."""
    try:
        text = os.path.relpath(content, temporary.parent.resolve())
    except ValueError:  # another drive of Windows
        text = str(content)
    temporary.symlink_to(text)
    if not temporary.exists():
        temporary.unlink()
        raise FileNotFoundError(errno.ENOENT, "a link to it would lead nowhere", str(content))


def _clone(content: Path, temporary: Path) -> bool:
    import ctypes  # noqa: PLC0415 - macOS alone needs it

    function = getattr(ctypes.CDLL(None, use_errno=True), "clonefile", None)
    if function is None or function(os.fsencode(content), os.fsencode(temporary), 0):
        return False
    keep_status(content.stat(), temporary)
    return True
