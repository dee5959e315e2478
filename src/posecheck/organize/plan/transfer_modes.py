"""What ``auto`` does with a video, as far as it is known before it is done.

Whether a file system shares blocks is known only after a write, and a plan writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from posecheck.organize.plan.facts import Destination
from posecheck.organize.plan.values import PlannedMedia
from posecheck.transaction.steps import PlaceFile, TransferMode

HARD_LINKED = (
    "Where the file system cannot share their blocks, videos are hard-linked: one file under two "
    "names, so a change of one in place changes both. --videos copy keeps them apart."
)


def possible_modes(
    media: PlannedMedia | PlaceFile, destination: Destination
) -> tuple[TransferMode, ...]:
    """Return the modes that a video may be transferred in, in the order in which they are tried.

    Parameters
    ----------
    media
        The video, or an image.
    destination
        The dandiset's folder.
    """
    if media.mode is not TransferMode.AUTO:
        return (media.mode,)
    if media.remux or media.stamp.device != destination.device:
        return (TransferMode.COPY,)
    # Of what git-annex has, or would take, no second name is made.
    if media.annexed or destination.keeps_annex(media.target):
        return (TransferMode.REFLINK, TransferMode.COPY)
    return (TransferMode.REFLINK, TransferMode.HARDLINK)


def may_hard_link(media: Sequence[PlannedMedia], destination: Destination) -> bool:
    """Whether ``auto`` may make a second name for one of some sources."""
    return any(
        one.mode is TransferMode.AUTO and TransferMode.HARDLINK in possible_modes(one, destination)
        for one in media
    )
