"""Zarr stores of a dandiset that may be sent: folders that are one asset each.

A store is what dandi's `ZarrAsset` takes of a folder: all files but those of git, datalad and
dandi; an empty folder is none of it. A link in a store could send what nobody should see, so none
is followed but those that git-annex makes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.dandi_layout.archive_path import LONGEST_PATH
from posecheck.files.annex import annexed_object, unfetched_key
from posecheck.files.containment import Escaping, PathGuard
from posecheck.files.walk import walk_everything
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import FETCH, LINKED_FROM, Obstacle

_EXCLUDED = frozenset({".dandi", ".datalad", ".git", ".gitattributes", ".gitmodules"})
"""What dandi leaves out of a store, as `dandi.utils.exclude_from_zarr` does."""


class StoreError(Exception):
    """A store cannot be sent as it is.

    Attributes
    ----------
    obstacle
        Why, and what to do.
    """

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.reason)
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file of a store.

    Attributes
    ----------
    path
        Its path in the store, in POSIX spelling.
    location
        Its absolute path.
    size
        In bytes.
    modified_ns
        Nanoseconds since the epoch.
    """

    path: str
    location: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class StoreState:
    """What lies in a store.

    Attributes
    ----------
    files
        In an order that is always the same.
    modified_ns
        When the last of them, or of the folders, was changed.
    """

    files: tuple[StoreFile, ...]
    modified_ns: int

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Differs after any change that a file's size or time shows."""
        digest = hashlib.sha256()
        for file in self.files:
            text = f"{file.path}\0{file.size}\0{file.modified_ns}\n"
            digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def list_store(location: Path) -> StoreState:
    """List the files of a store.

    Raises
    ------
    StoreError
        If it holds what cannot be sent.
    OSError
        If it cannot be read.
    """
    newest = location.stat().st_mtime_ns
    files = []
    for found in walk_everything(location, _EXCLUDED):
        if found.entry is None:
            raise OSError(errno.EACCES, found.error, found.path)
        status = _status(found.relative, found.entry)
        newest = max(newest, status.st_mtime_ns)
        if stat.S_ISREG(status.st_mode):
            size, modified = status.st_size, status.st_mtime_ns
            files.append(StoreFile(found.relative, found.path, size, modified))
    return StoreState(tuple(files), newest)


def local_store(guard: PathGuard, parts: Sequence[str]) -> LocalFile | Obstacle:
    """Look up a Zarr store, or say why it may not be sent.

    Parameters
    ----------
    guard
        Checks which paths stay in the dandiset.
    parts
        The components of the store's path in the dandiset.
    """
    location = guard.root.joinpath(*parts)
    path = "/".join(parts)
    if len(path) > LONGEST_PATH:
        return Obstacle(
            f"has a path of {len(path)} characters in the dandiset, and the archive stores "
            f"{LONGEST_PATH} at most",
            "Shorten the names.",
        )
    try:
        checked = guard.check(location)
        if isinstance(checked, Escaping):
            return Obstacle(
                f"lies behind a link that leads out of the dandiset, to {checked.real}",
                LINKED_FROM,
                leads_out=True,
            )
        folder = location.stat()
        state = list_store(location)
    except StoreError as error:
        return error.obstacle
    except (OSError, ValueError):
        return Obstacle("cannot be read", "Check its permissions.")
    return LocalFile(
        path=path,
        location=str(location),
        size=state.size,
        modified_ns=state.modified_ns,
        identity=f"{folder.st_dev}:{folder.st_ino}" if folder.st_ino else "",
        origin=checked.origin,
        store_fingerprint=state.fingerprint,
    )


def _status(path: str, entry: os.DirEntry[str]) -> os.stat_result:
    """Return what the system says of something in a store, through links of git-annex alone."""
    if unfetched_key(Path(entry.path)) is not None:
        raise StoreError(Obstacle(f"holds a file whose content is not fetched: {path}", FETCH))
    if entry.is_symlink() and annexed_object(Path(entry.path)) is None:
        raise StoreError(
            Obstacle(f"holds a link, {path}, and none is followed", "Put a copy in its place.")
        )
    status = entry.stat()
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise StoreError(
            Obstacle(f"holds what is neither file nor folder: {path}", "Look at what lies there.")
        )
    return status
