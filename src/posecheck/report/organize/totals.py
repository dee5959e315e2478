"""How much a plan to organize is, in figures and in a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from posecheck.model.stamp import Stamp
from posecheck.model.wording import counted
from posecheck.organize.plan.transfer_modes import may_hard_link
from posecheck.organize.plan.values import FileMode, OrganizePlan, PlannedMedia
from posecheck.report.escapes import escape
from posecheck.report.organize.display_paths import place_of
from posecheck.report.organize.mode_texts import destination_of
from posecheck.report.sizes import sized
from posecheck.transaction.steps import TransferMode

_IMAGES = (".png", ".jpg", ".jpeg", ".gif")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much a plan is.

    Attributes
    ----------
    recordings, videos, images
        How many are placed, or rewritten where they lie.
    size
        Bytes of all of them.
    references
        How many strings are rewritten.
    settled, left_out
        How many NWB files need nothing, and how many are left as they are.
    conflicts
        How many things stand against it.
    moved
        Whether a source will no longer be where it is.
    """

    recordings: int
    videos: int
    images: int
    size: int
    references: int
    settled: int
    left_out: int
    conflicts: int
    moved: bool

    @property
    def what(self) -> str:
        """What is placed: ``12 recordings and 24 videos (3.4 GB)``; empty for nothing."""
        joined = _join(
            (self.recordings, "recording"), (self.videos, "video"), (self.images, "image")
        )
        return f"{joined} ({sized(self.size)})" if joined else ""

    @property
    def media(self) -> str:
        """The videos and images that are placed, in words; empty for none."""
        return _join((self.videos, "video"), (self.images, "image"))


def total(plan: OrganizePlan) -> Totals:
    """Add up a plan."""
    images = sum(is_image(media) for media in plan.media)
    return Totals(
        recordings=len(plan.recordings),
        videos=len(plan.media) - images,
        images=images,
        size=sum(stamp.size for stamp in _stamps(plan)),
        references=sum(len(recording.rewrites) for recording in plan.recordings),
        settled=len(plan.settled),
        left_out=len(plan.left_out),
        conflicts=len(plan.conflicts),
        moved=any(recording.mode is FileMode.MOVE for recording in plan.recordings)
        or any(media.mode is TransferMode.MOVE for media in plan.media),
    )


def _join(*amounts: tuple[int, str]) -> str:
    *first, last = [counted(number, noun) for number, noun in amounts if number] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _stamps(plan: OrganizePlan) -> Iterator[Stamp]:
    yield from (recording.stamp for recording in plan.recordings)
    yield from (media.stamp for media in plan.media)


def is_image(media: PlannedMedia) -> bool:
    """Whether it is a picture and not a video, by the name that it will have."""
    return media.target[-1].lower().endswith(_IMAGES)


def question(plan: OrganizePlan) -> str:
    """Return the question whether to do it, in one sentence that says how much and where.

    Returns
    -------
    str
        Safe to show. It says "move" where a source will not stay where it is, and mentions hard
        links where nobody asked for them.
    """
    totals = total(plan)
    dandiset = escape(place_of(plan.dandiset))
    if not plan.recordings and not plan.media:
        return f"Write a dandiset.yaml into {dandiset}?"
    links = may_hard_link(plan.media, destination_of(plan))
    how = ", hard-linked where blocks cannot be shared" if links else ""
    return f"{'Move' if totals.moved else 'Place'} {totals.what} into {dandiset}{how}?"
