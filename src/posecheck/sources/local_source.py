"""A file on this machine, and the dandiset or folder around it.

Whether a reference resolves is checked at every directory on its way, so that a linked directory
cannot lead out of the dandiset unnoticed.
"""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from posecheck.files.annex import key_size, stated_size, unfetched_key
from posecheck.files.dataset_roots import find_dandiset, in_bids
from posecheck.files.file_lock import FileUse, use_of
from posecheck.files.outward_links import committed_way_out, refers_out
from posecheck.model.external_file import Target, TargetState
from posecheck.model.recording import Dandiset
from posecheck.model.reference import Reference, ReferenceKind, join
from posecheck.model.stamp import Stamp
from posecheck.sources.local_store import LocalStoreFiles, is_store
from posecheck.sources.source import FileKind, FileStatus, Source, Surroundings
from posecheck.sources.store_tree import look_at_store, unfetched_member

_NONBLOCKING = getattr(os, "O_NONBLOCK", 0)
_SECOND = 10**9

REST_NS = 2 * _SECOND
"""Nanoseconds after which a change shows in a file's status."""

COARSE_REST_NS = 5 * _SECOND
"""The same where the times of files are whole seconds."""


@dataclass(frozen=True, slots=True)
class LocalSource(Source):
    """A path; its content may be with git-annex or Git LFS.

    It keeps text, since thousands of them are made and sent to workers.
    """

    address: str
    display_path: str
    is_local: ClassVar[bool] = True
    has_path: ClassVar[bool] = True

    @classmethod
    def at(cls, path: Path, display_path: str | None = None) -> LocalSource:
        """Return the file at a path; it is printed as that path, unless something else is given."""
        address = str(path)
        return cls(address, address if display_path is None else display_path)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.name

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.address)

    def status(self) -> FileStatus:
        """Look up what the path leads to.

        Raises
        ------
        OSError
            If nothing is there.
        """
        found = os.stat(self.address)  # noqa: PTH116 - a Path need not be made
        kind = FileKind.OTHER
        if stat.S_ISREG(found.st_mode):
            kind = FileKind.FILE
        elif stat.S_ISDIR(found.st_mode):
            if is_store(self.address):
                tree = look_at_store(self.address, found)
                return FileStatus(
                    kind=FileKind.STORE,
                    stamp=tree.stamp,
                    changed_ns=tree.changed_ns,
                    tree=tree.digest,
                )
            kind = FileKind.FOLDER
        # Some file systems of Windows number no files: the path stands in.
        number = found.st_ino or self.address
        stamp = Stamp(
            size=found.st_size,
            modified_ns=found.st_mtime_ns,
            identity=f"{found.st_dev}:{number}",
        )
        return FileStatus(kind=kind, stamp=stamp, changed_ns=found.st_ctime_ns)

    def open(self) -> io.FileIO:
        """Open it; a pipe, which would wait for ever, does not.

        Raises
        ------
        OSError
            If that fails.
        """
        return io.FileIO(self.address, opener=open_at_once)

    def is_store(self) -> bool:
        """Whether it is a folder that is a Zarr store."""
        return os.path.isdir(self.address) and is_store(self.address)  # noqa: PTH112 - no Path

    def open_store(self) -> LocalStoreFiles:
        """Open a store."""
        return LocalStoreFiles(self.path)

    def unfetched_key(self) -> str | None:
        """Return the key of content that is not here; ``None`` if the file is what it seems."""
        if self.is_store():
            return unfetched_member(self.address)
        return unfetched_key(self.path)

    def size_conflict(self, size: int) -> str:
        """Say that its content is not what git-annex keeps, if its key states another size."""
        stated = stated_size(self.path)
        if stated is None or size in {stated, -1}:  # -1: an address that does not say
            return ""
        return (
            f"it is not what git-annex keeps: {size:,} bytes are here, and its key states "
            f"{stated:,}; git annex fsck looks into it"
        )

    def way_out(self, linked_from: Sequence[Path] = ()) -> str:
        """Say where it is linked to if git holds a link out of the repository; else nothing."""
        way_out = committed_way_out(self.path, linked_from) if self.is_local else None
        return "" if way_out is None else f"it is a link out of the git repository, to {way_out}"

    def use(self) -> FileUse:
        """Return who else has it open."""
        return use_of(self.path) if self.is_local else FileUse.FREE

    def is_there(self, path: str) -> bool:
        """Return whether anything lies at a path relative to its folder, links followed."""
        try:
            return (self.path.parent / path).exists()
        except (OSError, ValueError):  # a name that no file has
            return False

    @property
    def is_settled(self) -> bool:
        """Whether it last changed so long ago that another change would show in its status."""
        try:
            return has_rested(self.status())
        except (OSError, ValueError):
            return False

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return the dandiset or the folder around it; links are not followed to find it."""
        return LocalSurroundings(self.path, linked_from)


def has_rested(status: FileStatus) -> bool:
    """Whether a file last changed so long ago that another change would show in its status.

    Two changes within one tick of the clock that stamps files leave the same stamp. A file system
    may count in steps of two seconds (FAT), and a server's clock may be ahead of this one.
    """
    last = max(status.changed_ns, status.stamp.modified_ns)
    is_coarse = not (status.changed_ns % _SECOND or status.stamp.modified_ns % _SECOND)
    return time.time_ns() - last >= (COARSE_REST_NS if is_coarse else REST_NS)


def open_at_once(path: str, flags: int) -> int:
    """Open a file for `io.FileIO`; a pipe does not wait for its other end."""
    return os.open(path, flags | _NONBLOCKING)


class LocalSurroundings(Surroundings):
    """The dandiset or folder around a file on this machine.

    Parameters
    ----------
    path
        The file; links are not followed, so that an annexed file keeps its place.
    linked_from
        Folders outside the dandiset to which linked folders may lead.

    Attributes
    ----------
    root
        The dandiset's folder, or else the file's.
    """

    def __init__(self, path: Path, linked_from: Sequence[Path] = ()) -> None:
        folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - resolve() follows links
        dandiset = find_dandiset(folder)
        self.root = dandiset or folder
        self._linked_from = linked_from
        self._file = folder / path.name
        self.file_name = path.name
        self.folder = folder.relative_to(self.root).parts
        self.dandiset = None
        if dandiset is not None:
            is_bids = in_bids(folder, dandiset)
            self.dandiset = Dandiset(path=(*self.folder, self.file_name), is_bids=is_bids)

    def resolve(self, reference: Reference) -> tuple[str, ...] | None:
        """Return the place to which a relative reference leads; ``None`` outside the dandiset."""
        if self.dandiset is not None:
            return join(self.folder, reference)
        path = os.path.normpath(self.root.joinpath(*reference.parts))
        return Path(os.path.relpath(path, self.root)).parts

    def locate(self, reference: Reference) -> tuple[str, ...]:
        """Return the place to which an absolute reference leads; nothing if it leads elsewhere."""
        anchor = reference.anchor
        if reference.kind is ReferenceKind.UNC or (os.name != "nt" and anchor != "/"):
            return ()
        path = Path(os.path.normpath(anchor.rstrip("/") + "/" + "/".join(reference.parts)))
        for base in (self.root, Path(os.path.realpath(self.root))):
            if path != base and path.is_relative_to(base):
                return path.relative_to(base).parts
        return ()

    def leaves_repository(self, place: tuple[str, ...]) -> bool:
        """Whether git holds the file, and a place lies outside of its repository."""
        return refers_out(self._file, self._path(place), self._linked_from)

    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        """Return what is at a place, without opening it."""
        path = self._path(place)
        bounds = (self.root, *self._linked_from) if bounded else ()
        state, size, identity = TargetState.MISSING, 0, ""
        if bounds and all(_leaves_by_link(path, bound) for bound in bounds):
            state = TargetState.OUTSIDE_BY_LINK
        elif (key := unfetched_key(path)) is not None:
            state, size = TargetState.NOT_FETCHED, key_size(key) or 0
        else:
            status = _status(path)
            if status is not None:
                state = TargetState.NOT_A_FILE
                if stat.S_ISREG(status.st_mode):
                    state, size = TargetState.PRESENT, status.st_size
                    identity = f"{status.st_dev}:{status.st_ino}"
        return Target(
            state=state,
            path=place,
            size=size,
            identity=identity,
            in_bids=bounded and in_bids(path.parent, self.root),
            of_another_file=bounded and _is_video_folder(path.parent),
        )

    def names_in(self, folder: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names in a folder; none if it cannot be listed."""
        try:
            return tuple(entry.name for entry in self._path(folder).iterdir())
        except (OSError, ValueError):
            return ()

    def source_at(self, place: tuple[str, ...]) -> LocalSource:
        """Return the file at a place, which need not be there."""
        return LocalSource.at(self._path(place))

    def _path(self, place: tuple[str, ...]) -> Path:
        path = self.root.joinpath(*place)
        # Taken out of the text: the system would go up from where a linked folder leads.
        return Path(os.path.normpath(path)) if ".." in place else path


def _is_video_folder(folder: Path) -> bool:
    """Whether an NWB file lies beside a folder and is called like it, be it fetched or not."""
    return os.path.lexists(f"{folder}.nwb")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in a name
        return None


def _leaves_by_link(path: Path, root: Path) -> bool:
    """Whether a directory on the way is a link that leads out of the root."""
    try:
        real_root = os.path.realpath(root)
        real_folder = os.path.realpath(path.parent)
        return os.path.commonpath([real_root, real_folder]) != real_root
    except (OSError, ValueError):  # no such path, or another Windows drive
        return False
