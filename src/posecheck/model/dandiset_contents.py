"""What a version of a dandiset holds, counted: the recordings, their pose, and their videos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from posecheck.model.pose_probes import PoseProbes


@dataclass(frozen=True, slots=True, kw_only=True)
class DandisetContents:
    """What a version of a dandiset on an archive holds, and how much of it was looked at.

    Attributes
    ----------
    assets, assets_bytes
        How many assets there are, and their size.
    recordings, recordings_bytes
        How many of them are NWB files.
    videos, videos_bytes
        How many are videos, by their extension, and what all of these take.
    read
        How many recordings the run read to their end. What follows is about these.
    with_pose
        How many of these hold pose or training frames.
    ndx_pose_versions
        How many of these carry which version of ndx-pose; those that state none are not counted.
    references
        How many references of theirs lead to an asset.
    dangling
        How many references of theirs to videos and images lead to no asset, or out of the dandiset.
    probed, unplayable
        How many of the videos that they reference were looked into, and how many of these show
        nothing.
    unreferenced
        How many videos none of them references, without those that have the name of a dangling
        reference; ``None`` where ``unknown`` says why nobody knows.
    unreferenced_by_read
        How many videos none of the recordings that were read references: as many as there are at
        most that no recording references.
    unknown
        Why not all that could reference a video is known; empty if it is.
    pose_probes
        What the search for recordings with pose came to; ``None`` if all that were named were
        checked.
    """

    assets: int = 0
    assets_bytes: int = 0
    recordings: int = 0
    recordings_bytes: int = 0
    videos: int = 0
    videos_bytes: int = 0
    read: int = 0
    with_pose: int = 0
    ndx_pose_versions: Mapping[str, int] = field(default_factory=dict)
    references: int = 0
    dangling: int = 0
    probed: int = 0
    unplayable: int = 0
    unreferenced: int | None = None
    unreferenced_by_read: int = 0
    unknown: str = ""
    pose_probes: PoseProbes | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, by the names of ``docs/report.schema.json``."""
        return {
            **asdict(self),
            "ndx_pose_versions": dict(self.ndx_pose_versions),
            "pose_probes": self.pose_probes and self.pose_probes.to_dict(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        probes = document.get("pose_probes")
        return cls(
            **{
                **document,
                "pose_probes": None if probes is None else PoseProbes.from_dict(probes),
            }
        )
