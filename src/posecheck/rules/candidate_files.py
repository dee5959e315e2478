"""Whether a file that an absolute reference may mean is the one: compared with what is stated.

A file of the right name is not by itself the file that was tracked: every session of a lab has its
``cam1.mp4``. What the NWB file says of the frames decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from posecheck.model.external_file import Candidate, ExternalFile
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.model.video_file import VideoFacts
from posecheck.model.wording import counted
from posecheck.rules.image_sequences import image_count, images_of, is_image, named_files
from posecheck.rules.image_series import frame_size
from posecheck.rules.probed_video import why_unjudged
from posecheck.rules.video_parts import part_of, samples_of

_LOST_FRAMES = 2
_RATE_TOLERANCE = 0.01
INCOMPARABLE = "nothing is stated that it could be compared with"
"""Why a candidate is neither meant nor refuted where a file states nothing of its video."""


class Agreement(StrEnum):
    """What the comparison of a candidate says."""

    MEANT = "meant"
    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What an NWB file says of one of its video files.

    Attributes
    ----------
    frames
        The number of its frames; ``None`` where it is not stated.
    source
        What says so.
    size
        Width and height in pixels.
    rate
        In hertz.
    pose
        The frames of the pose that was tracked in it; 0 where there is none.
    counts_images
        Whether `frames` comes from the whole sequence that an image belongs to.
    """

    frames: int | None = None
    source: str = "num_samples"
    size: tuple[int, int] | None = None
    rate: float | None = None
    pose: int = 0
    counts_images: bool = False


NOTHING_STATED = Stated()
"""Where nothing is known of a file but its name."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Whether a file agrees, and by what.

    Attributes
    ----------
    verdict
        What the comparison says.
    clause
        Why, for people.
    has_size
        Whether the size, which fits, is all that decides of an unknown number of frames.
    """

    agreement: Agreement
    clause: str = ""
    has_size: bool = False


def statements_of(video: Video, users: Iterable[PoseContainer]) -> Callable[[ExternalFile], Stated]:
    """Return a function that gives, for each file of a series, what the series says of it.

    What holds for the whole series is looked up once, however many files it has.

    Parameters
    ----------
    video
        The series.
    users
        The containers that were tracked in it.
    """
    users = tuple(users)
    size = frame_size(video)
    samples, source = samples_of(video)
    if video.dimension is not None and size is None:
        samples = None  # who writes [0, 0] for the size made up the length, too
    sizes = {row for container in users for row in container.dimensions or ()}
    if size is None and len(sizes) == 1:
        size = _size_in(next(iter(sizes)))
    rate = video.clock.rate if video.clock.timestamps is None else None
    images, files, starts = images_of(video), named_files(video), video.starting_frame or ()
    complete = samples is not None and image_count(video) == samples and len(images) == samples
    image = Stated(
        frames=samples if complete else None, source=source, size=size, counts_images=True
    )

    def stated(file: ExternalFile) -> Stated:
        if is_image(file):
            return image
        if len(files) == 1:
            pose = max((one.frames for container in users for one in container.series), default=0)
            frames = samples if part_of(video) is None and (samples or 0) > 1 else None
            return Stated(frames=frames, source=source, size=size, rate=rate, pose=pose)
        frames = _share_of(file, starts, len(files), samples)
        return Stated(frames=frames, source="starting_frame", size=size, rate=rate)

    return stated


def stated_by_container(container: PoseContainer) -> Stated:
    """Return what a container says of the only video that it names itself."""
    if len(container.original_videos or ()) != 1:
        return Stated()
    sizes = set(container.dimensions or ())
    return Stated(
        size=_size_in(next(iter(sizes))) if len(sizes) == 1 else None,
        pose=max((series.frames for series in container.series), default=0),
    )


def weigh(candidate: Candidate, stated: Stated) -> Weighed:
    """Compare a candidate with what is stated."""
    if candidate.is_meant:
        return Weighed(Agreement.MEANT)
    if candidate.video is None:
        reason = INCOMPARABLE if stated == NOTHING_STATED else "videos were not looked into"
        return Weighed(Agreement.UNKNOWN, reason)
    return weigh_video(candidate.video, stated)


def weigh_video(facts: VideoFacts, stated: Stated) -> Weighed:
    """Compare what was read from a video or an image, with what is stated of it."""
    if facts.fault is not None:
        reason = why_unjudged(facts.fault)
        if reason:
            return Weighed(Agreement.UNKNOWN, reason)
        return Weighed(Agreement.CONTRADICTS, f"it cannot be shown ({facts.detail})")
    frames, size = _compare_frames(facts, stated), _compare_size(facts, stated)
    compared = (frames, size, _compare_rate(facts, stated))
    against = [one.clause for one in compared if one is not None and not one.agrees]
    agreeing = [one.clause for one in compared if one is not None and one.agrees]
    if against:
        return Weighed(Agreement.CONTRADICTS, "; ".join(against))
    if frames is not None:
        return Weighed(Agreement.AGREES, ", ".join(agreeing))
    if agreeing:
        return Weighed(
            Agreement.UNKNOWN,
            f"its {' and '.join(agreeing)} fit, and its number of frames is not stated",
            has_size=size is not None,
        )
    return Weighed(Agreement.UNKNOWN, INCOMPARABLE)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Whether a file agrees with one statement, as a clause."""

    agrees: bool
    clause: str


def _compare_frames(facts: VideoFacts, stated: Stated) -> _Compared | None:
    held = facts.displayed_frames
    if stated.frames is not None and stated.counts_images:
        if facts.is_image:
            return _Compared(True, counted(stated.frames, "image"))
        return _Compared(
            False, f"it holds {counted(held, 'frame')}, and is listed as a single image"
        )
    if stated.frames is not None:
        if abs(held - stated.frames) <= _LOST_FRAMES:
            return _Compared(True, counted(held, "frame"))
        return _Compared(
            False, f"it holds {counted(held, 'frame')}, {stated.source} says {stated.frames:,}"
        )
    if stated.pose and abs(held - stated.pose) <= _LOST_FRAMES:
        return _Compared(True, f"{counted(held, 'frame')}, as the pose")
    if stated.pose > held:
        return _Compared(False, f"it holds {counted(held, 'frame')}, the pose has {stated.pose:,}")
    return None


def _compare_size(facts: VideoFacts, stated: Stated) -> _Compared | None:
    if stated.size is None:
        return None
    displayed, coded = (facts.width, facts.height), (facts.coded_width, facts.coded_height)
    if stated.size in {displayed, coded}:
        return _Compared(True, f"{displayed[0]} × {displayed[1]} pixels")
    if stated.size[::-1] in {displayed, coded}:
        return None  # writers mix up width and height, which VID018 reports of the right video
    said = f"{stated.size[0]} × {stated.size[1]}"
    return _Compared(False, f"it is {displayed[0]} × {displayed[1]}, and {said} is stated")


def _compare_rate(facts: VideoFacts, stated: Stated) -> _Compared | None:
    if stated.rate is None or not 0 < stated.rate < math.inf or not facts.rate:
        return None
    if math.isclose(facts.rate, stated.rate, rel_tol=_RATE_TOLERANCE):
        return _Compared(True, f"{facts.rate:.5g} Hz")
    return _Compared(False, f"it runs at {facts.rate:.5g} Hz, and {stated.rate:.5g} Hz is stated")


def _share_of(
    file: ExternalFile, starts: tuple[int, ...], files: int, samples: int | None
) -> int | None:
    """Return how many frames a file holds by the starting frames of all."""
    if len(starts) != files or file.index >= files:
        return None
    end = starts[file.index + 1] if file.index + 1 < files else samples
    return end - starts[file.index] if end is not None and end > starts[file.index] else None


def _size_in(row: tuple[int, ...]) -> tuple[int, int] | None:
    return (row[0], row[1]) if len(row) == 2 and min(row) > 0 else None
