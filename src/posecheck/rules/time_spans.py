"""From when to when samples were taken, beside the time of the video and of other containers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from posecheck.model.clock import Clock
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.rules.probed_video import counted_frames, length_of, rate_of
from posecheck.rules.timed import Timed
from posecheck.rules.video_parts import part_of

ROUNDING = 1.01
"""Times are sums of rounded numbers: a hundredth of a frame is none."""

_SECOND = 1.0
"""Containers with such a step do not show the unit of another: theirs is in doubt, too."""

_LOST_FRAMES = 2
"""Frames that trackers and encoders are known to lose."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last sample in seconds, and the time from one to the next."""

    first: float
    last: float
    frame: float

    def holds(self, other: Span, grace: float) -> bool:
        """Whether another span lies in this one, or sticks out by no more than `grace` seconds."""
        return self.first - grace <= other.first and other.last <= self.last + grace


def span_of(clock: Clock, samples: int) -> Span | None:
    """Return the span of a clock; ``None`` where it is not known, or no number."""
    facts = clock.facts
    if clock.timestamps is not None:
        if facts is None or not facts.count or facts.not_finite:
            return None
        span = Span(facts.first, facts.last, facts.median_step)
    else:
        rate, first = clock.rate or 0.0, clock.start or 0.0
        if not 0 < rate < math.inf or not samples:
            return None
        span = Span(first, first + (samples - 1) / rate, 1 / rate)
    known = all(map(math.isfinite, (span.first, span.last, span.frame))) and span.frame > 0
    return span if known else None


def video_span(video: Video) -> Span | None:
    """Return the span of a video by its own clock.

    An encoder that lost a frame at the end did not shorten what was filmed.
    """
    stated = video.num_samples or (video.data.length if video.data and video.has_frames else 0)
    span, part = span_of(video.clock, max(stated, counted_frames(video) or 0)), part_of(video)
    if span is None or part is None:
        return span
    # Whether its clock begins with the file or with the part is not known.
    return replace(span, last=span.last + part.first * span.frame)


def lies_inside(series: PoseSeries, video: Video, frames: int | None) -> bool:
    """Whether a series' times, by timestamps or start and rate, lie within those of a video.

    Parameters
    ----------
    frames
        The number of frames that the video has.
    """
    span, filmed = span_of(series.clock, series.frames), span_of(video.clock, frames or 0)
    if span is None or filmed is None:
        return False
    lost = 0 if series.clock.timestamps is not None else _LOST_FRAMES
    return filmed.holds(span, (lost + ROUNDING) * filmed.frame)


@dataclass(frozen=True, slots=True)
class Filmed:
    """What is known of the video that a container links.

    Attributes
    ----------
    rate
        In hertz; ``None`` if it is not known.
    frames
        Its length; ``None`` if it is not known.
    span
        Its time in seconds; ``None`` if it is not known.
    """

    video: Video
    rate: float | None = None
    frames: int | None = None
    span: Span | None = None


def linked_video(
    recording: Recording, container: PoseContainer
) -> tuple[Video | None, float | None]:
    """Return the first linked video that states its rate in hertz, else the first linked one."""
    filmed = [_filmed(video) for video in _linked_videos(recording, container)]
    known = next((one for one in filmed if one.rate is not None), None)
    if known is not None:
        return known.video, known.rate
    return (filmed[0].video, None) if filmed else (None, None)


class Unit(Enum):
    """What times that may be numbers of frames turn out to be."""

    SECONDS = auto()
    NOT_SECONDS = auto()
    OPEN = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class DeducedUnit:
    """What the span of a clock says of its unit.

    Attributes
    ----------
    unit
        ``OPEN`` if the times lie inside the video and neither cover it nor count its frames,
        ``UNKNOWN`` if no linked video states its length.
    filmed
        The linked video that says so.
    """

    unit: Unit
    filmed: Filmed | None = None


def deduce_unit(recording: Recording, timed: Timed, cover: float) -> DeducedUnit:
    """Distinguish seconds from numbers of frames by what the times cover.

    Parameters
    ----------
    cover
        The share of a video's time from which on times cover it.

    Notes
    -----
    An object that is looked for once a second has times 0, 1, 2 … that end with the video; numbers
    of frames run on beyond it, and are as many as its frames. A video of one frame a second is
    both, and its times are seconds.
    """
    span = span_of(timed.clock, timed.samples)
    videos = () if timed.container is None else _linked_videos(recording, timed.container)
    known = [filmed for filmed in map(_filmed, videos) if filmed.span is not None]
    if span is None:
        return DeducedUnit(Unit.UNKNOWN)
    for filmed in known:
        if filmed.span is not None and _covers(span, filmed.span, cover):
            return DeducedUnit(Unit.SECONDS, filmed)
    for filmed in known:
        counted = filmed.frames is not None and abs(timed.samples - filmed.frames) <= _LOST_FRAMES
        if counted or all(_ends_after(span, one) for one in known):
            return DeducedUnit(Unit.NOT_SECONDS, filmed)
    siblings = _sibling_span(recording, timed.container, span)
    if siblings is not None and _covers(span, siblings, cover):
        return DeducedUnit(Unit.SECONDS)
    return DeducedUnit(Unit.OPEN, known[0]) if known else DeducedUnit(Unit.UNKNOWN)


def _covers(span: Span, whole: Span, cover: float) -> bool:
    length = whole.last - whole.first
    return whole.holds(span, _grace(whole)) and span.last - span.first >= cover * length


def _ends_after(span: Span, filmed: Filmed) -> bool:
    return filmed.span is not None and span.last > filmed.span.last + _grace(filmed.span)


def _grace(span: Span) -> float:
    return (_LOST_FRAMES + ROUNDING) * span.frame


def _sibling_span(recording: Recording, own: PoseContainer | None, span: Span) -> Span | None:
    """Return the time of all containers beside one that are sampled more often than it."""
    spans = [
        found
        for container in recording.every_container()
        if own is None or container.path != own.path
        for series in container.sampled
        if (found := span_of(series.clock, series.frames)) is not None
        and found.frame <= span.frame / 2
        and found.frame < _SECOND
    ]
    if not spans:
        return None
    first, last = min(one.first for one in spans), max(one.last for one in spans)
    return Span(first, last, max(one.frame for one in spans))


def _linked_videos(recording: Recording, container: PoseContainer) -> Iterator[Video]:
    videos = {video.path: video for video in recording.videos}
    linked = [videos[path] for path in _links((container, *container.views)) if path in videos]
    yield from linked
    originals = container.original_videos or ()
    if originals and not linked:
        # before ndx-pose 0.2 a container named its videos itself
        name = originals[0].reference.name
        yield Video(name=name, path=container.path, external_files=originals)


def _links(containers: Iterable[PoseContainer]) -> Iterator[str]:
    for container in containers:
        yield from filter(None, (container.source_video, container.labeled_video))


def _filmed(video: Video) -> Filmed:
    rate, frames = _rate(video), length_of(video)
    span = video_span(video)
    has_clock = video.clock.rate is not None or video.clock.timestamps is not None
    if span is None and not has_clock and rate is not None and frames:
        span = Span(0.0, (frames - 1) / rate, 1 / rate)
    return Filmed(video, rate, frames, span)


def _rate(video: Video) -> float | None:
    """Return the rate of a video in hertz: stated, by its timestamps, or as its files state it.

    A time-lapse is stored at a speed at which it can be watched: what the NWB file says comes
    first.
    """
    clock = video.clock
    rate = clock.rate
    if rate is None and clock.facts is not None and clock.facts.median_step > 0:
        rate = 1 / clock.facts.median_step
    if rate is None:
        rate = rate_of(video)
    return rate if rate is not None and math.isfinite(rate) and rate > 0 else None
