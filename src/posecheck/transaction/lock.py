"""One run at a time in a folder, by a lock that a killed process does not leave behind."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from posecheck.files.folders import is_real_folder
from posecheck.model.errors import UsageError
from posecheck.transaction.operation import Operation

_STATE = ".posecheck"
_LOCK = "lock"
_IGNORE, _EVERYTHING = ".gitignore", b"*\n"
_TRIES = 100


def runs_folder(root: Path, operation: Operation) -> Path:
    """Return where the runs of an operation in a folder are kept; it need not exist.

    Raises
    ------
    UsageError
        If it is a link, through which nothing is written, or no folder.
    """
    folder = root
    for name in (_STATE, operation.name):
        folder /= name
        if os.path.lexists(folder) and not is_real_folder(folder):
            raise UsageError(
                f"{folder} is no folder of its own, and posecheck writes its journal nowhere else. "
                "Move it away."
            )
    return folder


def list_runs(root: Path, operation: Operation) -> list[Path]:
    """Return the folders of an operation's runs, the latest last."""
    folder = runs_folder(root, operation)
    try:
        return sorted(entry for entry in folder.iterdir() if is_real_folder(entry))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror or error}.") from error


@contextlib.contextmanager
def locked(root: Path, operation: Operation) -> Iterator[Path]:
    """Hold the lock of an operation in a folder, and give the folder of its runs.

    When the last run is gone, so are the lock and the folder.

    Raises
    ------
    UsageError
        If another process holds it, or the folder cannot be written.
    """
    try:
        descriptor = _acquire(root, operation)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{root} cannot be written: its journal: {reason}.") from error
    try:
        yield runs_folder(root, operation)
    finally:
        if sys.platform == "win32":
            os.close(descriptor)  # no file that is open can be removed there
            _clear(root, operation)
        else:
            _clear(root, operation)
            os.close(descriptor)


def _acquire(root: Path, operation: Operation) -> int:
    folder = runs_folder(root, operation)
    path = folder / _LOCK
    flags = os.O_RDWR | os.O_CREAT
    for name in ("O_NOFOLLOW", "O_NONBLOCK"):
        flags |= getattr(os, name, 0)
    for _ in range(_TRIES):
        folder.mkdir(parents=True, exist_ok=True)
        runs_folder(root, operation)
        try:
            _ignore(folder.parent)
            descriptor = os.open(path, flags, 0o666)
        except FileNotFoundError:
            continue  # who held it went, and took the folder along
        is_ours = _try_to_lock(descriptor)
        if is_ours and _is_still_there(descriptor, path):
            return descriptor
        os.close(descriptor)
        if not is_ours:
            raise UsageError(
                f"another posecheck is {operation.participle} {root} just now. "
                "Wait until it is done."
            )
    raise UsageError(
        f"{path} comes and goes. Look whether another posecheck is {operation.participle} {root}."
    )


def _try_to_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows alone has it

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - POSIX alone has it

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _ignore(folder: Path) -> None:
    """Let git, and so git-annex and DataLad, ignore what posecheck keeps in a folder."""
    with contextlib.suppress(FileExistsError), (folder / _IGNORE).open("xb") as file:
        file.write(_EVERYTHING)


def _clear(root: Path, operation: Operation) -> None:
    folder = runs_folder(root, operation)
    if list_runs(root, operation):
        return
    with contextlib.suppress(OSError):
        (folder / _LOCK).unlink()
        folder.rmdir()
        if [entry.name for entry in folder.parent.iterdir()] == [_IGNORE]:  # else it is needed
            (folder.parent / _IGNORE).unlink()
        folder.parent.rmdir()
