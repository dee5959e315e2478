"""One walk through a Zarr store in a folder of this machine: what tells it from itself later on."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.annex import git_folder_of, unfetched_key
from posecheck.files.walk import walk_everything
from posecheck.model.stamp import Stamp
from posecheck.sources.store_files import METADATA_NAMES

MOST_MEMBERS = 100_000
"""How many files and folders a store may have so that what is said of it is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTree:
    """What lies in a store.

    Attributes
    ----------
    stamp
        What differs after any change of a content. Its size is that of all members together, its
        time that of the youngest.
    changed_ns
        When anything about a member changed last, in nanoseconds.
    digest
        What differs after any change at all, of permissions, too. Empty where a walk does not see
        every change: a folder cannot be listed, a link leads to a folder outside the store, or
        there are more than `MOST_MEMBERS`.
    """

    stamp: Stamp
    changed_ns: int
    digest: str


def look_at_store(path: str, folder: os.stat_result) -> StoreTree:
    """Walk through a store.

    Parameters
    ----------
    path
        The folder.
    folder
        What the system says of it.
    """
    walk = _Walk(path, folder)
    for found in walk_everything(path):
        walk.add(found.relative, found.entry)
    return walk.tree()


def unfetched_member(path: str) -> str | None:
    """Return the key of a member that git-annex names here and keeps elsewhere, if there is one."""
    for found in walk_everything(path):
        if found.entry is not None and found.entry.is_symlink():
            key = unfetched_key(Path(found.path))
            if key is not None:
                return key
    return next(
        (key for name in METADATA_NAMES if (key := unfetched_key(Path(path, name))) is not None),
        None,
    )


class _Walk:
    """What a walk has found so far."""

    def __init__(self, path: str, folder: os.stat_result) -> None:
        self._root = f"{folder.st_dev}:{folder.st_ino or path}"
        self._real = os.path.realpath(path)
        self._size = 0
        self._modified = folder.st_mtime_ns
        self._changed = folder.st_ctime_ns
        self._contents = hashlib.blake2b(digest_size=16)
        self._everything = hashlib.blake2b(digest_size=16)
        self._members = 0
        self._shows_all = True
        self._git_folders: dict[str, str] = {}
        self._take(self._real, _fields(folder))

    def add(self, name: str, entry: os.DirEntry[str] | None) -> None:
        """Take a member in; ``None`` stands for what a folder holds that cannot be listed."""
        self._members += 1
        own = _status(entry, follow=False) if entry is not None else None
        if entry is None or own is None:
            self._shows_all = False
            return
        content = _status(entry, follow=True) if stat.S_ISLNK(own.st_mode) else own
        self._take(name, _fields(own))
        if content is not own:
            self._take_link(entry.path, content)
        self._changed = max(self._changed, own.st_ctime_ns)
        if content is None:
            self._contents.update(os.fsencode(f"{name}\0missing\n"))
            return
        if not stat.S_ISDIR(content.st_mode):
            self._size += content.st_size
        self._modified = max(self._modified, content.st_mtime_ns)
        self._changed = max(self._changed, content.st_ctime_ns)
        described = f"{name}\0{content.st_size}\0{content.st_mtime_ns}\0{content.st_ino}\n"
        self._contents.update(os.fsencode(described))

    def tree(self) -> StoreTree:
        """Return what was found."""
        stamp = Stamp(
            size=self._size,
            modified_ns=self._modified,
            identity=f"{self._root}.{self._contents.hexdigest()}",
        )
        is_known = self._shows_all and self._members <= MOST_MEMBERS
        digest = self._everything.hexdigest() if is_known else ""
        return StoreTree(stamp=stamp, changed_ns=self._changed, digest=digest)

    def _take_link(self, path: str, content: os.stat_result | None) -> None:
        """Take in where a link leads: into the store, to content of git-annex, or elsewhere."""
        try:
            written, real = os.readlink(path), os.path.realpath(path)  # noqa: PTH115 - for each
        except OSError:
            self._shows_all = False
            return
        is_inside = real == self._real or real.startswith(self._real.rstrip(os.sep) + os.sep)
        if content is not None and stat.S_ISDIR(content.st_mode) and not is_inside:
            self._shows_all = False  # what lies there may change without a trace here
        self._take(written, (real, "" if is_inside else self._git_folder(os.path.dirname(path))))  # noqa: PTH120
        self._take("missing" if content is None else "", _fields(content))

    def _git_folder(self, folder: str) -> str:
        """Return the repository on which it depends whether a link leads into its annex."""
        if folder not in self._git_folders:
            self._git_folders[folder] = str(git_folder_of(Path(folder)))
        return self._git_folders[folder]

    def _take(self, name: str, fields: tuple[object, ...]) -> None:
        # Printed, a name in which a line ends is no two entries.
        self._everything.update(f"{(name, *fields)!r}\n".encode("ascii", "backslashreplace"))


def _fields(status: os.stat_result | None) -> tuple[object, ...]:
    if status is None:
        return ()
    return (
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_dev,
        status.st_ino,
    )


def _status(entry: os.DirEntry[str], *, follow: bool) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=follow)
    except OSError:
        return None
