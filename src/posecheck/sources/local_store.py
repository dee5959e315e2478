"""A store in a folder of this machine. No link leads out of it, but to content of git-annex."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from posecheck.files.annex import annexed_object, unfetched_key
from posecheck.sources.store_files import (
    METADATA_NAMES,
    MemberError,
    MemberTrouble,
    StoreFiles,
    is_member_path,
)

_NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_LONGEST_POINTER = 32 * 1024
_POINTER = b"/annex/objects/"


def is_store(path: str) -> bool:
    """Whether a folder is a Zarr store, by what lies in it."""
    return any(os.path.lexists(os.path.join(path, name)) for name in METADATA_NAMES)  # noqa: PTH118 - for each folder


class LocalStoreFiles(StoreFiles):
    """The members of a store in a folder.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self._root = path
        self._real = os.path.realpath(path)
        self._inside: dict[str, bool] = {}

    def names_in(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder of the store."""
        self._check_folder(folder)
        try:
            return tuple(sorted(os.listdir(self._root / folder)))  # noqa: PTH208 - names are wanted
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except (OSError, ValueError) as error:
            raise _unreadable(error) from error

    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a member."""
        if not is_member_path(name):
            return None
        path = self._root / name
        try:
            status = path.lstat()
            self._check_folder(name.rpartition("/")[0])
            if stat.S_ISLNK(status.st_mode):
                self._check_link(path)
            content = _content(path, most)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise _unreadable(error) from error
        if len(content) <= _LONGEST_POINTER and content.startswith(_POINTER):
            key = unfetched_key(path)
            if key is not None:
                raise MemberError(MemberTrouble.NOT_FETCHED, key)
        return content

    def _check_folder(self, folder: str) -> None:
        if folder not in self._inside:
            self._inside[folder] = self._is_inside(self._root / folder)
        if not self._inside[folder]:
            raise _linked_out(folder)

    def _check_link(self, path: Path) -> None:
        key = unfetched_key(path)
        if key is not None:
            raise MemberError(MemberTrouble.NOT_FETCHED, key)
        if not self._is_inside(path) and annexed_object(path) is None:
            raise _linked_out(path.relative_to(self._root).as_posix())

    def _is_inside(self, path: Path) -> bool:
        real = os.path.realpath(path)
        return real == self._real or real.startswith(self._real.rstrip(os.sep) + os.sep)


def _content(path: Path, most: int) -> bytes:
    with open(os.open(path, os.O_RDONLY | _NONBLOCKING), "rb", buffering=0) as file:  # noqa: PTH123 - a pipe must not wait
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise MemberError(MemberTrouble.UNREADABLE, "it is not a regular file")
        if status.st_size > most:
            detail = f"it has {status.st_size:,} bytes, and no more than {most:,} are read"
            raise MemberError(MemberTrouble.TOO_LARGE, detail)
        return file.read() or b""


def _linked_out(name: str) -> MemberError:
    return MemberError(
        MemberTrouble.LINKED_OUT, f"{name} is a link out of the store, and is not followed"
    )


def _unreadable(error: OSError | ValueError) -> MemberError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return MemberError(MemberTrouble.UNREADABLE, f"it cannot be read: {reason}")
