"""What ``auto`` does with a video, as far as it is known before it is done.

Whether a file system shares blocks is seen by trying, which is a write, and a plan writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from posecheck.organize.plan.facts import Destination
from posecheck.organize.plan.values import PlannedMedia, VideoMode

HARD_LINKED = (
    "Where the file system cannot share their blocks, videos are hard-linked: one file under two "
    "names, so a change of one in place changes both. --videos copy keeps them apart."
)


def foresee(media: PlannedMedia, destination: Destination) -> tuple[VideoMode, ...]:
    """Return the ways that a video may take, in the order in which they are tried.

    Parameters
    ----------
    media
        The video, or an image.
    destination
        The dandiset's folder.
    """
    if media.mode is not VideoMode.AUTO:
        return (media.mode,)
    if media.remux or media.stamp.identity.partition(":")[0] != destination.device:
        return (VideoMode.COPY,)
    # Of what git-annex has, or would take, no second name is made.
    if media.annexed or destination.keeps_annex(media.target):
        return (VideoMode.REFLINK, VideoMode.COPY)
    return (VideoMode.REFLINK, VideoMode.HARDLINK)


def may_hard_link(media: Sequence[PlannedMedia], destination: Destination) -> bool:
    """Whether ``auto`` may make a second name for one of some sources."""
    return any(
        one.mode is VideoMode.AUTO and VideoMode.HARDLINK in foresee(one, destination)
        for one in media
    )
