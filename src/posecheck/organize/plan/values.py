"""A plan to organize: frozen values, all that `apply` needs and all that a person has to see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posecheck.model.display import counted, one_line
from posecheck.model.stamp import Stamp
from posecheck.model.storage_format import StorageFormat
from posecheck.model.string_change import StringChange
from posecheck.transaction.steps import TransferMode


class FileMode(StrEnum):
    """What becomes of the source of an NWB file."""

    COPY = "copy"
    MOVE = "move"


class VideoNames(StrEnum):
    """How videos are named: after their ImageSeries, or as ``dandi organize`` does."""

    SERIES = "series"
    OBJECT_ID = "object-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMedia:
    """A video or an image on its way to its place in the dandiset.

    Attributes
    ----------
    source
        Where it lies: an absolute path of this machine, in its own spelling. A symbolic link is
        named itself, and what it leads to is what is placed.
    stamp
        What lies there.
    target
        Its components from the dandiset's root.
    mode
        How it comes there. Within the dandiset, in place, it is always ``move``.
    remux
        Whether its streams are put into a new MP4 container, without re-encoding. The source is
        then read only, and deleted last if the mode is ``move``.
    annexed
        Whether the content is an object of git-annex.
    rate
        For a remux of a bare stream, which carries no time stamps: its frame rate in hertz.
    """

    source: str
    stamp: Stamp
    target: tuple[str, ...]
    mode: TransferMode = TransferMode.AUTO
    remux: bool = False
    annexed: bool = False
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRecording:
    """An NWB file on its way to its place in the dandiset.

    Attributes
    ----------
    source
        Where it lies: an absolute path of this machine.
    storage
        Its storage format: a Zarr store is a folder, which is placed as a whole.
    stamp
        What lies there.
    target
        Its components from the dandiset's root. Where that is the source itself, the file is
        rewritten in place.
    mode
        What becomes of the source. Within the dandiset, in place, it is always ``move``.
    rewrites
        The strings to change; without any, the file is copied byte for byte.
    media
        The targets of the media that it references and that the plan places: it is placed after
        them.
    notes
        What a person should know, as sentences: references that are left as they are, and why.
    """

    source: str
    storage: StorageFormat = StorageFormat.HDF5
    stamp: Stamp
    target: tuple[str, ...]
    mode: FileMode = FileMode.COPY
    rewrites: tuple[StringChange, ...] = ()
    media: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


class ConflictKind(StrEnum):
    """Why a recording cannot be organized."""

    UNREADABLE = "unreadable"
    FILE_IN_USE = "file-in-use"
    NOT_FETCHED = "not-fetched"
    NOT_NWB = "not-nwb"
    ZARR_STORE = "zarr-store"
    MISSING_VIDEO = "missing-video"
    EMPTY_VIDEO = "empty-video"
    AMBIGUOUS_VIDEO = "ambiguous-video"
    VIDEO_DIFFERS = "video-differs"
    VIDEO_UNVERIFIED = "video-unverified"
    NOT_UPLOADABLE = "not-uploadable"
    CANNOT_REMUX = "cannot-remux"
    SAME_TARGET = "same-target"
    TARGET_EXISTS = "target-exists"
    TARGET_CASE = "target-case"
    SUBJECT_MISSING = "subject-missing"
    SUBJECT_CLASH = "subject-clash"
    NO_SPACE = "no-space"
    NOT_WRITABLE = "not-writable"
    OUTSIDE_ROOTS = "outside-roots"
    SHARED_MOVE = "shared-move"
    DANGLING_LINK = "dangling-link"
    EXTERNAL_LINK = "external-link"
    STRING_FIXED = "string-fixed"
    NAME_IMPOSSIBLE = "name-impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Why nothing is touched.

    Attributes
    ----------
    kind
        For programs.
    source
        The NWB file's path as the user would write it; empty if it concerns the whole plan.
    location
        Where in the file: ``/acquisition/camera external_file[0]``; empty for the whole file.
    reason, remedy
        What is wrong, and what to do about it, as sentences.
    """

    kind: ConflictKind
    source: str
    location: str = ""
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizePlan:
    """What `apply` will do, exactly.

    Attributes
    ----------
    dandiset
        The dandiset's folder, absolute.
    new_identifier
        The identifier of a ``dandiset.yaml`` that is to be written; ``None`` if there is one.
    media, recordings
        What is placed, in the order in which it is shown. Media are each placed once, whichever
        recordings reference them.
    settled
        NWB files that are where they belong and say what they should, as the user would write them.
    left_out
        NWB files that ``--skip-conflicts`` leaves as they are.
    conflicts
        Why nothing may be applied; with ``--skip-conflicts``, why the recordings in ``left_out``
        were left out.
    notes
        What a person should know of the whole, as sentences.
    """

    dandiset: str
    new_identifier: str | None = None
    media: tuple[PlannedMedia, ...] = ()
    recordings: tuple[PlannedRecording, ...] = ()
    settled: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return one_line(
            self,
            f"into {self.dandiset!r}",
            counted(len(self.recordings), "recording"),
            counted(len(self.media), "video or image"),
            counted(len(self.conflicts), "conflict"),
        ).replace("video or images", "videos or images")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.media and not self.recordings and self.new_identifier is None

    @property
    def is_blocked(self) -> bool:
        """Whether a conflict forbids to apply it."""
        left_out = set(self.left_out)
        return any(conflict.source not in left_out for conflict in self.conflicts)
