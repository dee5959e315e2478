"""Put a finished file in its place: over nothing, through no link, and so that it stays there."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from posecheck.files.folders import is_real_folder
from posecheck.model.errors import ApplyError

_NO_REPLACE = {"linux": ("renameat2", 1), "darwin": ("renameatx_np", 4)}
"""The C function that renames over nothing, and its flag (renameat2(2), renameatx_np(2))."""
_HERE = {"linux": -100, "darwin": -2}
"""AT_FDCWD."""
_FEW, _SYNCS = 4, 16
_UNSUPPORTED = frozenset(
    getattr(errno, name)
    for name in ("ENOSYS", "EINVAL", "EOPNOTSUPP", "ENOTSUP", "EPERM", "EMLINK", "EACCES")
    if hasattr(errno, name)
)


def rename_noreplace(prepared: Path, target: Path) -> None:
    """Rename a file to a name that nothing has.

    Where the system renames over nothing, it is one step. Else the file gets its second name before
    it loses the first; where there are no hard links either, the name is looked at first.

    Raises
    ------
    FileExistsError
        If something has the name.
    OSError
        If it cannot be done.
    """
    if sys.platform == "win32":
        prepared.rename(target)  # Windows renames over nothing
        return
    if _try_native_rename(prepared, target):
        return
    try:
        os.link(prepared, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        prepared.rename(target)
    else:
        prepared.unlink()


def remove(path: Path) -> None:
    """Remove a file, also a read-only one, or a link; it is no error if it is gone.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if sys.platform != "win32":
            raise
        path.chmod(stat.S_IWRITE)  # Windows removes no read-only file
        path.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Wait until a file's content is on the disk.

    Raises
    ------
    OSError
        If the disk fails: it may be full.
    """
    # Windows flushes only what is opened for writing.
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders(folders: Iterable[Path]) -> None:
    """Wait until the names in some folders are on the disk; Windows has no call for it.

    Many are synced at once, since a file system writes down together what waits together.
    """
    if sys.platform == "win32":
        return
    _sync_all(_sync_folder, set(folders))


def sync_files(paths: Iterable[Path]) -> None:
    """Wait until the content of some files is on the disk.

    Raises
    ------
    OSError
        If the disk fails.
    """
    _sync_all(sync_file, set(paths))


def _sync_all(sync: Callable[[Path], None], paths: Collection[Path]) -> None:
    if len(paths) <= _FEW:
        for path in sorted(paths):
            sync(path)
        return
    with ThreadPoolExecutor(_SYNCS) as threads:
        list(threads.map(sync, sorted(paths)))


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:  # some network file systems sync no folders
            raise
    finally:
        os.close(descriptor)


def missing_folders(root: Path, parts: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the folders below ``root`` that are yet to be made, outermost first.

    Raises
    ------
    ApplyError
        If one of them is something else than a real folder: a link would lead what is written
        through it to another place.
    """
    missing: list[tuple[str, ...]] = []
    done: list[str] = []
    path = root
    for part in parts:
        done.append(part)
        path /= part
        if missing or not os.path.lexists(path):
            missing.append(tuple(done))
        elif not is_real_folder(path):
            what = "a link" if path.is_symlink() else "no folder"
            raise ApplyError(
                f"{path} is {what}, and nothing is written through it. Move it away first."
            )
    return missing


def _try_native_rename(prepared: Path, target: Path) -> bool:
    """Rename by the system's own call; ``False`` where there is none."""
    rename = _native_rename()
    if rename is None:
        return False
    code = rename(os.fsencode(prepared), os.fsencode(target))
    if not code:
        return True
    if code in _UNSUPPORTED:
        return False
    kind = FileExistsError if code == errno.EEXIST else OSError
    raise kind(code, os.strerror(code), str(target))


@cache
def _native_rename() -> Callable[[bytes, bytes], int] | None:
    if sys.platform not in _NO_REPLACE:
        return None
    name, flag = _NO_REPLACE[sys.platform]
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return None
    here = _HERE[sys.platform]

    def rename(old: bytes, new: bytes) -> int:
        failed = function(here, old, here, new, flag)
        return ctypes.get_errno() if failed else 0

    return rename
