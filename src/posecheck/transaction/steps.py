"""What a transaction does: frozen values, from which a run can be resumed and undone.

A file is placed, a placed HDF5 file may be edited, and the source of what is moved is removed when
all files are in their places. Where a file's target is its source, it is edited in place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePath

from posecheck.model.edit import Edit, Place
from posecheck.model.stamp import Stamp
from posecheck.model.string_change import StringChange


class TransferMode(StrEnum):
    """How the content of a file comes to its place.

    ``auto`` shares the blocks of the source where the file system can (reflink), else links to
    it (hardlink), else copies. It makes no hard link to an object of git-annex, nor where git-annex
    would make an object of the source itself: such a file must never be written to. ``move``
    removes the source in the end.
    """

    AUTO = "auto"
    REFLINK = "reflink"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    COPY = "copy"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remux:
    """The streams of a video are put into a new MP4 container, without re-encoding.

    Attributes
    ----------
    rate
        The frame rate in hertz of a bare stream, which carries no time stamps.
    """

    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditObjects:
    """Objects of an HDF5 file are changed.

    Attributes
    ----------
    edits
        What is changed, in this order.
    states
        What each changed place is afterwards, as a digest
        (`posecheck.hdf5_editing.object_states`).
    is_repacked
        Whether the file is written again after it, without the space that is left behind.
    """

    edits: tuple[Edit, ...]
    states: tuple[tuple[Place, str], ...]
    is_repacked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFile:
    """A file to be placed.

    Attributes
    ----------
    source
        Where it lies: an absolute path of this machine. Of a symbolic link, the content that it
        leads to is placed.
    stamp
        What lies there.
    target
        The components of its place, from the root of the transaction.
    mode
        How its content comes there. What is changed or remuxed is always a copy; ``move`` then
        says that the source is removed in the end.
    annexed
        Whether the content is an object of git-annex.
    is_hdf5
        Whether other programs may be writing it as HDF5, and lock it.
    is_zarr
        Whether it is a Zarr store, a folder that is placed as a whole.
    changes
        The strings of it to change.
    objects
        Set if other objects of it are changed.
    remux
        Set if it is a video that is put into another container.
    """

    source: str
    stamp: Stamp
    target: tuple[str, ...]
    mode: TransferMode = TransferMode.COPY
    annexed: bool = False
    is_hdf5: bool = False
    is_zarr: bool = False
    changes: tuple[StringChange, ...] = ()
    objects: EditObjects | None = None
    remux: Remux | None = None

    @property
    def is_recording(self) -> bool:
        """Whether it is an NWB file, and no video or image."""
        return self.is_hdf5 or self.is_zarr

    @property
    def is_edited(self) -> bool:
        """Whether something inside the file is changed."""
        return bool(self.changes) or self.objects is not None

    @property
    def is_repacked(self) -> bool:
        """Whether so much of the file changes that the whole original is kept to undo it."""
        return self.objects is not None and self.objects.is_repacked

    @property
    def is_rewritten(self) -> bool:
        """Whether the bytes at the target are not those of the source."""
        return self.is_edited or self.remux is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile:
    """A small file to be written before all others.

    Attributes
    ----------
    target
        The components of its place, from the root of the transaction.
    content
        Its bytes.
    """

    target: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """All that a transaction does.

    Attributes
    ----------
    root
        The absolute folder that all targets lie in.
    new_files
        The files to be written.
    phases
        The files to be placed. Those of a phase are placed when all of the one before are in
        place, and are the first to go when the transaction is undone.
    """

    root: str = ""
    new_files: tuple[WriteFile, ...] = ()
    phases: tuple[tuple[PlaceFile, ...], ...] = ()

    @property
    def files(self) -> tuple[PlaceFile, ...]:
        """The files to be placed, in the order of their numbers."""
        return tuple(file for phase in self.phases for file in phase)

    def relocated(self, root: Path) -> ChangeSet:
        """Return the same for a root that was renamed, or is mounted elsewhere now."""
        old = PurePath(self.root)

        def moved(file: PlaceFile) -> PlaceFile:
            path = PurePath(file.source)
            if not path.is_relative_to(old):
                return file
            return replace(file, source=str(root / path.relative_to(old)))

        phases = tuple(tuple(map(moved, phase)) for phase in self.phases)
        return replace(self, root=str(root), phases=phases)
