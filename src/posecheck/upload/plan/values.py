"""The values that an upload is planned with: local files, the archive's assets, and the plan.

An asset's path is the file's path from the dandiset's root, in POSIX spelling: that is its name in
the archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from posecheck.model.asset import Pointer
from posecheck.model.display import counted, one_line
from posecheck.model.finding import Severity
from posecheck.upload.plan.configured import Configured


class Existing(StrEnum):
    """What becomes of a file that the archive holds already; as ``dandi upload --existing``.

    ``SKIP`` keeps whatever is there, ``REFRESH`` replaces other bytes and refuses if the archive's
    are as new, ``OVERWRITE`` replaces other bytes, ``ERROR`` refuses.
    """

    SKIP = "skip"
    REFRESH = "refresh"
    OVERWRITE = "overwrite"
    ERROR = "error"


class Action(StrEnum):
    """What becomes of one file."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    KEPT = "kept"


SENDING = (Action.NEW, Action.CHANGED)
"""The actions that send something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file on disk.

    Attributes
    ----------
    path
        Its path in the dandiset, which is the asset's.
    location
        Its absolute path on this machine.
    size
        In bytes.
    modified_ns
        Nanoseconds since the epoch.
    identity
        Equal for two names of one content on this disk.
    origin
        Where it really lies, if a link brings it in from a folder that the user named
        (``--linked-from``); otherwise empty.
    """

    path: str
    location: str
    size: int
    modified_ns: int
    identity: str = ""
    origin: str = ""

    @property
    def is_nwb(self) -> bool:
        """Whether it is a recording, and not what a recording references."""
        return self.path.endswith(".nwb")

    @property
    def modified(self) -> datetime:
        """When it was last changed, rounded as dandi rounds it."""
        seconds, rest = divmod(self.modified_ns, 1_000_000_000)
        return datetime.fromtimestamp(seconds + 1e-9 * rest, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The checksums of one content.

    Attributes
    ----------
    etag
        The archive's: the MD5 of the parts' MD5s, and the number of parts.
    sha256
        In hexadecimal.
    parts
        The MD5 of each part, in hexadecimal.
    """

    etag: str
    sha256: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAsset:
    """An asset as the archive lists it.

    Attributes
    ----------
    etag, sha256
        Empty where the archive names none; it computes the latter some time after the upload.
    blob
        The id of its bytes; empty for a Zarr.
    modified
        When the file that was uploaded had last been changed.
    """

    path: str
    asset_id: str
    size: int
    etag: str = ""
    sha256: str = ""
    blob: str = ""
    modified: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteUpload:
    """An upload that the archive has begun and that nobody has finished.

    Attributes
    ----------
    upload_id
        The archive's name for it.
    size
        In bytes.
    created
        When it was begun.
    """

    upload_id: str
    size: int
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsset:
    """One file, and what becomes of it.

    Attributes
    ----------
    remote
        What the archive holds under its path.
    digests
        Its checksums, where they were needed to decide.
    reason
        Why, as a clause, where the action alone does not tell.
    """

    local: LocalFile
    action: Action
    remote: RemoteAsset | None = None
    digests: Digests | None = None
    reason: str = ""

    @property
    def path(self) -> str:
        """Its path in the dandiset."""
        return self.local.path

    @property
    def is_sent(self) -> bool:
        """Whether anything is sent for it."""
        return self.action in SENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A reference of an NWB file that leads to another server, where nobody looks.

    Attributes
    ----------
    location, entry
        As of a `Pointer`.
    url
        The address.
    """

    location: str
    entry: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRecording:
    """An NWB file and what it references: sent whole, the NWB file last, or not at all.

    Attributes
    ----------
    path
        The NWB file's path in the dandiset.
    shown
        Its path as the user would write it.
    pointers
        Its references to files of the dandiset.
    satisfied
        Of the pointers, those to files that the archive holds and this disk does not.
    left_out
        References that lead to nothing that is sent, because the user allowed that; the path is
        what the NWB file says.
    elsewhere
        Those to other servers.
    """

    path: str
    shown: str
    pointers: tuple[Pointer, ...] = ()
    satisfied: tuple[Pointer, ...] = ()
    left_out: tuple[Pointer, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def media(self) -> tuple[str, ...]:
        """The paths of what it references, each once."""
        return tuple(dict.fromkeys(pointer.path for pointer in self.pointers))

    @property
    def paths(self) -> tuple[str, ...]:
        """Everything that belongs to it, in the order of sending."""
        return (*self.media, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a recording, or a file that was named, is not sent.

    Attributes
    ----------
    shown
        The file's path as the user would write it.
    reason
        A sentence.
    remedy
        What to do about it.
    path
        Its path in the dandiset.
    code
        The rule that says so, if one does.
    """

    shown: str
    reason: str
    remedy: str
    path: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedFinding:
    """An error that the user decided to upload with."""

    path: str
    code: str
    location: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an upload goes.

    Attributes
    ----------
    asked
        The archive as the user names it.
    instance
        Its name, or its host where it has none.
    api
        The address of its interface.
    dandiset
        The identifier: six digits.
    embargoed
        Whether nobody but its owners may see it yet.
    web
        The address of the archive's pages; empty if it has none.
    """

    asked: str
    instance: str
    api: str
    dandiset: str
    embargoed: bool = False
    web: str = ""

    @property
    def page(self) -> str:
        """The address of the dandiset's own page; empty if it has none."""
        return f"{self.web}/dandiset/{self.dandiset}/draft" if self.web else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPlan:
    """What an upload will do.

    Attributes
    ----------
    destination
        The archive and the dandiset.
    root
        The dandiset's folder on this machine.
    prefix
        What the paths of all assets begin with, as far as it ends a folder.
    existing
        What becomes of files that the archive holds.
    linked_from
        Folders outside the dandiset from which links may bring files in.
    assets
        Every file of the closed set, sorted by path; those of refused recordings too.
    recordings
        What belongs together.
    refusals
        Why what is not sent.
    skip_refused
        Whether the other recordings are sent all the same.
    archived
        Assets that references lead to, of which this disk has no file.
    gone
        Other assets below the chosen folders that are not on this disk.
    sync
        Whether these are deleted once everything has arrived, as far as nothing here needs them.
    referenced
        The paths of those among them that a recording references.
    unreferenced
        Videos below the chosen folders that no chosen NWB file references; they are not sent.
    allowed, because
        Errors that do not stop the upload, and why.
    configured
        The configuration that the checks follow; ``None`` if they follow none.
    notes
        Sentences that the user should read before agreeing.
    metadata
        What dandi extracted from NWB files that will be sent, by their paths: the metadata of the
        assets, without checksums.
    """

    destination: Destination
    root: str
    prefix: str = ""
    existing: Existing = Existing.REFRESH
    linked_from: tuple[str, ...] = ()
    assets: tuple[PlannedAsset, ...] = ()
    recordings: tuple[PlannedRecording, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    skip_refused: bool = False
    archived: tuple[RemoteAsset, ...] = ()
    gone: tuple[RemoteAsset, ...] = ()
    sync: bool = False
    referenced: tuple[str, ...] = ()
    unreferenced: tuple[str, ...] = ()
    allowed: tuple[AllowedFinding, ...] = ()
    because: str = ""
    configured: Configured | None = None
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return one_line(
            self,
            f"{self.root!r} to dandiset {self.destination.dandiset} of {self.destination.instance}",
            counted(len(self.recordings), "recording"),
            counted(len(self.assets), "file"),
            counted(len(self.refusals), "refusal"),
        )

    @property
    def refused(self) -> frozenset[str]:
        """The paths of what is refused, as far as they lie in the dandiset."""
        return frozenset(refusal.path for refusal in self.refusals if refusal.path)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is sent because something is refused."""
        return bool(self.refusals) and not self.skip_refused

    @property
    def going(self) -> tuple[PlannedRecording, ...]:
        """The recordings that are not refused."""
        return tuple(each for each in self.recordings if each.path not in self.refused)

    @property
    def held(self) -> tuple[PlannedAsset, ...]:
        """The files that the archive must hold afterwards: all but what is refused."""
        wanted = {path for recording in self.going for path in recording.paths}
        bound = {path for recording in self.recordings for path in recording.paths}
        return tuple(
            asset
            for asset in self.assets
            if asset.path in wanted or (asset.path not in bound and asset.path not in self.refused)
        )

    @property
    def to_send(self) -> tuple[PlannedAsset, ...]:
        """The files that will be sent."""
        return () if self.is_stopped else tuple(asset for asset in self.held if asset.is_sent)

    @property
    def to_delete(self) -> tuple[RemoteAsset, ...]:
        """The assets that will be deleted: none beside a refused file, or referenced by any."""
        if not self.sync or self.is_stopped or any(not each.path for each in self.refusals):
            return ()
        kept = tuple(path[: path.rfind("/") + 1] for path in self.refused)
        return tuple(
            asset
            for asset in self.gone
            if asset.path not in self.referenced and not asset.path.startswith(kept)
        )

    @property
    def bytes_to_send(self) -> int:
        """Their size, each content counted as often as it has a path."""
        return sum(asset.local.size for asset in self.to_send)

    def with_action(self, action: Action) -> Iterator[PlannedAsset]:
        """Yield the files of the set that have an action."""
        return (asset for asset in self.held if asset.action is action)
