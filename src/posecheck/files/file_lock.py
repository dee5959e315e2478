"""Whether another process has an HDF5 file open for writing, and a lock for the time it is copied.

The HDF5 library locks each file that it opens by its path: shared for reading, exclusive for
writing (flock(2); ``LockFileEx`` on Windows). What is opened through a Python file object is not
locked, so posecheck checks by itself. A writer in SWMR mode gives its lock back, but leaves a mark
in the superblock (version 3), as does one that died (HDF5 File Format Specification, section II.A,
"File Consistency Flags").
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from posecheck.model.errors import PosecheckError

SETTING = "HDF5_USE_FILE_LOCKING"
"""The environment variable by which the HDF5 library, and so posecheck, does without locks."""

_OFF = frozenset({"FALSE", "0"})
_NO_LOCKS = frozenset(
    getattr(errno, name)
    for name in ("ENOSYS", "EOPNOTSUPP", "ENOTSUP", "ENOLCK", "EINVAL", "EBADF")
    if hasattr(errno, name)
)
_TAKEN = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK})
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_VERSION, _FLAGS = len(_SIGNATURE), len(_SIGNATURE) + 3
_MARKING_VERSION = 3
_OPEN_FOR_WRITING, _OPEN_FOR_SWMR = 0b001, 0b100


class FileUse(StrEnum):
    """Who else has a file open.

    Attributes
    ----------
    FREE
        Nobody writes to it.
    LOCKED
        Another process holds the lock of a writer.
    SWMR
        Its superblock names a writer in SWMR mode, at work or dead.
    MARKED
        Its superblock names a writer that holds no lock: it died, or locks are switched off.
    UNKNOWN
        The file system has no locks, or they are switched off.
    """

    FREE = "free"
    LOCKED = "locked"
    SWMR = "swmr"
    MARKED = "marked"
    UNKNOWN = "unknown"

    @property
    def is_in_use(self) -> bool:
        """Whether somebody may write to it."""
        return self in {FileUse.LOCKED, FileUse.SWMR, FileUse.MARKED}


class FileInUseError(PosecheckError):
    """Another process has a file open for writing.

    Attributes
    ----------
    use
        How that shows.
    """

    def __init__(self, path: Path, use: FileUse) -> None:
        super().__init__(f"{path} {describe_use(use)}.")
        self.use = use


def describe_use(use: FileUse) -> str:
    """Say who uses a file, as a clause that follows its name."""
    match use:
        case FileUse.LOCKED:
            return "is open for writing in another program"
        case FileUse.SWMR:
            return "is marked as being written in SWMR mode"
        case FileUse.MARKED:
            return "is marked as open for writing, by a program that holds no lock"
        case FileUse.UNKNOWN:
            return "lies where nothing shows whether a program is writing to it"
        case FileUse.FREE:
            return "is not in use"


def use_of(path: Path) -> FileUse:
    """Ask who uses a file, and let go of it at once.

    Parameters
    ----------
    path
        An HDF5 file; of any other, or one that cannot be opened, nothing is said.
    """
    try:
        with _opened(path) as descriptor:
            return _use_of(descriptor)
    except OSError:
        return FileUse.FREE


@contextlib.contextmanager
def held_for_reading(path: Path) -> Iterator[FileUse]:
    """Keep writers away from a file for a while, as whoever reads it by the HDF5 library does.

    Parameters
    ----------
    path
        An HDF5 file.

    Yields
    ------
    FileUse
        `FileUse.FREE`, or `FileUse.UNKNOWN` where nothing can be locked.

    Raises
    ------
    FileInUseError
        If another process has it open for writing.
    OSError
        If it cannot be opened.
    """
    with _opened(path) as descriptor:
        use = _use_of(descriptor, keep=True)
        if use.is_in_use:
            raise FileInUseError(path, use)
        yield use


def _use_of(descriptor: int, *, keep: bool = False) -> FileUse:
    mark = _mark_of(descriptor)
    if os.environ.get(SETTING, "").strip().upper() in _OFF:
        return mark or FileUse.UNKNOWN
    try:
        is_free = _try_to_share(descriptor)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return mark or FileUse.UNKNOWN
    if not is_free:
        return FileUse.LOCKED
    if not keep or mark:
        _release(descriptor)
    return mark or FileUse.FREE


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # A named pipe must not wait for its other end.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)  # and with it goes the lock


def _mark_of(descriptor: int) -> FileUse | None:
    """Return what the superblock says of a writer; ``None`` if it says nothing."""
    size = os.fstat(descriptor).st_size
    offset = 0
    while offset < size:
        os.lseek(descriptor, offset, os.SEEK_SET)
        head = os.read(descriptor, _FLAGS + 1)
        if head.startswith(_SIGNATURE):
            if len(head) <= _FLAGS or head[_VERSION] != _MARKING_VERSION:
                return None
            if head[_FLAGS] & _OPEN_FOR_SWMR:
                return FileUse.SWMR
            return FileUse.MARKED if head[_FLAGS] & _OPEN_FOR_WRITING else None
        offset = offset * 2 or 512
    return None


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _FAIL_IMMEDIATELY = 1
    _ERROR_LOCK_VIOLATION, _ERROR_IO_PENDING = 33, 997
    _WHOLE = 0xFFFFFFFF

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("internal", ctypes.c_void_p),
            ("internal_high", ctypes.c_void_p),
            ("offset", wintypes.DWORD),
            ("offset_high", wintypes.DWORD),
            ("event", wintypes.HANDLE),
        )

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)

    def _try_to_share(descriptor: int) -> bool:
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        place = _Overlapped()
        if _kernel.LockFileEx(handle, _FAIL_IMMEDIATELY, 0, _WHOLE, _WHOLE, ctypes.byref(place)):
            return True
        code = ctypes.get_last_error()
        if code in {_ERROR_LOCK_VIOLATION, _ERROR_IO_PENDING}:
            return False
        raise OSError(errno.ENOLCK, "the file system has no locks")

    def _release(descriptor: int) -> None:
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        place = _Overlapped()
        _kernel.UnlockFileEx(handle, 0, _WHOLE, _WHOLE, ctypes.byref(place))

else:
    import fcntl

    def _try_to_share(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
