"""What a plan is decided from: recordings with their references, and what lies in the dandiset.

Whoever gathers these looks at the disk; whoever decides does not. Only what stands in the way of a
target is checked when the target is known: `Destination`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from posecheck.model.stamp import Stamp
from posecheck.model.storage_format import StorageFormat
from posecheck.organize.plan.values import Conflict, FileMode, VideoNames
from posecheck.transaction.steps import TransferMode

Path = tuple[str, ...]
"""Components from the dandiset's root."""


class Resolution(StrEnum):
    """What became of the search for what a reference means."""

    FOUND = "found"
    BLANK = "blank"
    URL = "url"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    DIFFERS = "differs"
    UNVERIFIED = "unverified"
    OUTSIDE = "outside"
    NOT_FETCHED = "not-fetched"
    DANGLING = "dangling"
    NOT_A_FILE = "not-a-file"
    EMPTY = "empty"
    IN_STORE = "in-store"


class Holder(StrEnum):
    """What stores a reference.

    The entries of the last two are deprecated lists of file names: what is not there is a memory,
    not a defect.
    """

    SERIES = "series"
    IMAGE = "image"
    ORIGINAL = "original"
    LABELED = "labeled"

    @property
    def is_listing(self) -> bool:
        """Whether it is a deprecated list."""
        return self in {Holder.ORIGINAL, Holder.LABELED}


class Writable(Protocol):
    """A string dataset, and whether it takes a text."""

    def refuses(self, text: str) -> str:
        """Say why a text cannot be written there, as a clause; empty if it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """A video or an image that a reference leads to.

    Attributes
    ----------
    source
        Its absolute path on this machine.
    stamp
        What lies there, links followed.
    inside
        Where it lies in the dandiset; empty if outside, or behind a folder that is a link.
    annexed
        Whether its content is an object of git-annex.
    name
        The last part of ``source``.
    cannot_remux
        Why its streams cannot be put into MP4, as a clause; empty if they can or it was not
        checked.
    raw
        Whether it is a bare stream of pictures without time stamps.
    own_rate
        The frame rate that it states itself.
    """

    source: str
    stamp: Stamp
    inside: Path = ()
    annexed: bool = False
    name: str
    cannot_remux: str = ""
    raw: bool = False
    own_rate: float | None = None

    @property
    def suffix(self) -> str:
        """The extension with its dot and in its own case; empty where there is none."""
        stem, dot, extension = self.name.rpartition(".")
        return dot + extension if stem.strip(".") else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFacts:
    """A stored reference, and what it leads to.

    Attributes
    ----------
    dataset, index
        Where it is stored; the index of a scalar is ``None``.
    text
        What it says.
    holder
        What stores it.
    owner, owner_id
        Name and object_id of the ImageSeries, ExternalImage or container.
    entry, entries
        Its place among the owner's references, from 0, and how many there are.
    resolution
        What the search came to.
    media
        What was found; also a link of the dandiset that leads outside, or to content that is not
        fetched: nothing can be placed from it, but it may stay.
    detail
        For people: the path that was looked at, or the clause that says what is wrong.
    leads_to
        Of what lies outside: where it really lies, if a link leads there; else empty.
    near
        Of what is missing: files that nearly have its name, each with how it differs.
    candidates
        The files that have its name, where none was taken for it.
    is_unverified
        Whether a file of its name was taken for it that nothing could be held against.
    elsewhere
        Folders that hold a file of its name and were not searched.
    note
        A sentence on how it was found, if not as it says.
    rate
        The rate of the owner's clock, in hertz.
    strings
        Checks whether a new text can be stored; ``None`` where nothing is to be written.
    """

    dataset: str
    index: int | None = 0
    text: str
    holder: Holder = Holder.SERIES
    owner: str = "video"
    owner_id: str | None = None
    entry: int = 0
    entries: int = 1
    resolution: Resolution = Resolution.FOUND
    media: MediaFacts | None = None
    detail: str = ""
    leads_to: str = ""
    near: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    is_unverified: bool = False
    elsewhere: tuple[str, ...] = ()
    note: str = ""
    rate: float | None = None
    strings: Writable | None = None

    @property
    def location(self) -> str:
        """Where it is stored, as people read it."""
        return self.dataset if self.index is None else f"{self.dataset}[{self.index}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLink:
    """What leads from an NWB file into another HDF5 file, or into itself by its own name.

    Attributes
    ----------
    location
        Where it is stored.
    what
        ``external link``, ``virtual dataset`` or ``external storage``.
    file
        How it names the other file.
    target
        Where that lies, links followed.
    """

    location: str
    what: str
    file: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaceable:
    """Why a Zarr store cannot be copied, moved or changed as a whole.

    Attributes
    ----------
    reason
        As a clause.
    remedy
        What to do about it, as a sentence.
    """

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFacts:
    """An NWB file to organize.

    Attributes
    ----------
    display_path
        Its path as the user would write it.
    source, stamp
        Its absolute path, and what lies there.
    storage
        Its storage format.
    inside
        Where it lies in the dandiset; empty if outside.
    object_id
        Of the file.
    subject
        What it calls its subject, blanks around it aside; empty if it names none.
    session, identifier
        Its session_id and its identifier as they are stored; empty if it has none.
    kept
        Its folder and name, where they are DANDI's already; empty if not.
    plain, distinct
        What dandi calls it, and the name with its object_id; empty if there is none.
    references
        All that it stores.
    troubles
        What is known to keep it from being organized.
    notes
        What a person should know.
    reaches_out
        Whether it is a link to a file that the user did not offer: it may stay, but not be moved.
    unplaceable
        Why it cannot be copied, moved or changed as a whole; ``None`` if it can.
    exempt
        Whether it is to stay as it is: DANDI's layout does not apply to a BIDS dataset.
    real_path
        Where it lies, links followed.
    external_links
        What leads from it into other HDF5 files.
    is_use_unknown
        Whether nothing shows if another program is writing it: there are no locks.
    """

    display_path: str
    source: str
    stamp: Stamp
    storage: StorageFormat = StorageFormat.HDF5
    inside: Path = ()
    object_id: str | None = None
    subject: str = ""
    session: str = ""
    identifier: str = ""
    kept: Path = ()
    plain: Path = ()
    distinct: Path = ()
    references: tuple[ReferenceFacts, ...] = ()
    troubles: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    reaches_out: bool = False
    unplaceable: Unplaceable | None = None
    exempt: bool = False
    real_path: str = ""
    external_links: tuple[ExternalLink, ...] = ()
    is_use_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingRecording:
    """An NWB file of the dandiset that is not to be organized itself.

    Attributes
    ----------
    path
        Where it lies.
    object_id
        Of the file; ``None`` if it cannot be read.
    subject, session, identifier
        As in `RecordingFacts`.
    stamp
        What lies there.
    is_whole
        Whether each of its relative references leads to a file of the dandiset.
    is_edited_copy
        Whether it is what a recording to organize would become: that file with other references.
    """

    path: Path
    object_id: str | None
    subject: str = ""
    session: str = ""
    identifier: str = ""
    stamp: Stamp
    is_whole: bool = True
    is_edited_copy: bool = False


class Obstacle(StrEnum):
    """What stands where something is to be placed, or on the way there."""

    FILE = "file"
    FOLDER = "folder"
    LINKED_FOLDER = "linked-folder"
    NOT_A_FOLDER = "not-a-folder"
    OTHER_CASE = "other-case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupant:
    """What stands in the way of a target.

    Attributes
    ----------
    path
        Where it stands, as it is spelled on the disk.
    obstacle
        What it is.
    """

    path: Path
    obstacle: Obstacle


class Destination(Protocol):
    """The dandiset's folder, with the targets of a plan."""

    @property
    def device(self) -> str:
        """The device that it lies on, as `Stamp.identity` begins."""

    @property
    def free(self) -> int:
        """Bytes that can still be written to it."""

    def occupant(self, target: Path) -> Occupant | None:
        """Return what stands at a target or on the way there, in whatever case it is spelled."""

    def holds(self, media: MediaFacts, target: Path) -> bool:
        """Whether the file at a target has the content of a source."""

    def keeps_annex(self, target: Path) -> bool:
        """Whether git-annex would take what comes to a target."""

    def why_unwritable(self, target: Path) -> str:
        """Say why nothing can be written at a target, as a clause; empty if something can."""

    def why_unmovable(self, source: str) -> str:
        """Say why a source cannot be taken from its folder, as a clause; empty if it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user asked for, settled.

    Attributes
    ----------
    extensions
        The extensions that ``dandi upload`` selects, in lower case and with their dots.
    files, videos
        What becomes of sources outside the dandiset; within it everything is moved.
    """

    extensions: frozenset[str]
    files: FileMode = FileMode.COPY
    videos: TransferMode = TransferMode.AUTO
    video_names: VideoNames = VideoNames.SERIES
    rename: bool = False
    remux: bool = False
    skip_conflicts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a plan is decided from.

    Attributes
    ----------
    dandiset, new_identifier
        As the plan has them.
    recordings
        To organize, in order.
    existing
        What the dandiset holds besides, as far as it concerns them.
    outsiders
        By the identity of a video: an NWB file, not to be organized, that references it.
    linked_from
        By the real path of an HDF5 file: an NWB file, not to be organized, that leads into it.
    destination
        Where they go.
    """

    dandiset: str
    new_identifier: str | None = None
    recordings: tuple[RecordingFacts, ...] = ()
    existing: tuple[ExistingRecording, ...] = ()
    outsiders: Mapping[str, str] = field(default_factory=dict)
    linked_from: Mapping[str, str] = field(default_factory=dict)
    destination: Destination
