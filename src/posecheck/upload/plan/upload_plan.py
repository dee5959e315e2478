"""The plan of an upload: a frozen value that says what will be sent, and what will not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from posecheck.archive.resources import RemoteAsset, RemoteDandiset
from posecheck.model.display import counted, one_line
from posecheck.upload.plan.configuration import ChecksConfiguration
from posecheck.upload.plan.files import Action, Existing, PlannedAsset
from posecheck.upload.plan.recordings import AllowedFinding, PlannedRecording, Refusal


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
    configuration
        The configuration that the checks follow; ``None`` if they follow none.
    notes
        Sentences that the user should read before agreeing.
    metadata
        What dandi extracted from NWB files that will be sent, by their paths: the metadata of the
        assets, without checksums.
    """

    destination: RemoteDandiset
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
    configuration: ChecksConfiguration | None = None
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return one_line(
            self,
            f"{self.root!r} to dandiset {self.destination.identifier} of "
            f"{self.destination.instance}",
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
