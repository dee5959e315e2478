"""How a video or an NWB file comes to its place, in words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from posecheck.organize.collect.destination import Folder
from posecheck.organize.plan.facts import Destination
from posecheck.organize.plan.transfer_modes import possible_modes
from posecheck.organize.plan.values import (
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.report.sizes import sized
from posecheck.transaction.steps import TransferMode

_WAYS = {
    TransferMode.REFLINK: "shared",
    TransferMode.HARDLINK: "hard-linked",
    TransferMode.SYMLINK: "linked",
    TransferMode.COPY: "copied",
    TransferMode.MOVE: "moved",
}


def destination_of(plan: OrganizePlan) -> Destination:
    """Return the plan's dandiset as it is on this machine, which shows the ways that are open."""
    return Folder(Path(plan.dandiset))


def describe_way(media: PlannedMedia, destination: Destination) -> str:
    """Say how a video comes to its place, and how much it is."""
    if media.remux:
        way = "put into MP4" + (", source deleted" if media.mode is TransferMode.MOVE else "")
    else:
        way = ", else ".join(_WAYS[mode] for mode in possible_modes(media, destination))
    annexed = ", from git-annex" if media.annexed else ""
    return f"{way}{annexed}, {sized(media.stamp.size)}"


def describe_recording(recording: PlannedRecording, dandiset: str) -> str:
    """Say what becomes of an NWB file, and how much it is."""
    if is_same(recording.source, dandiset, recording.target):
        way = "rewritten in place"
    else:
        way = "moved" if recording.mode is FileMode.MOVE else "copied"
    return f"{way}, {sized(recording.stamp.size)}"


def is_same(source: str, dandiset: str, target: Sequence[str]) -> bool:
    """Whether a source lies at its target already."""
    return os.path.normpath(source) == os.path.normpath(os.path.join(dandiset, *target))  # noqa: PTH118
