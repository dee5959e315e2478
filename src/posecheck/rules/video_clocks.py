"""TIM, against the video: pose runs on the clock of the frames that it was tracked in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from posecheck.model.recording import Clock, PoseSeries, Recording, Video
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.clocks import bounded, counts_frames, distinct_clocks, linked_video
from posecheck.rules.footage import counted_frames, length_of, why_uncounted
from posecheck.rules.video_parts import part_of

_ROUNDING = 1.01
"""Times are sums of rounded numbers: a hundredth of a frame is none."""

_MILLISECONDS = 2.0
"""The step in seconds from which TIM012 takes a clock for one in milliseconds."""


def tim009(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report pose before the beginning or after the end of its video."""
    videos = {video.path: video for video in recording.videos}
    for container in recording.every_container():
        video = videos.get(container.source_video or "")
        if video is None:
            continue
        filmed = _video_span(video)
        if filmed is None:
            if _has_clock(video.clock):
                yield Skip(container.path, f"the end of '{video.name}' is not known")
            continue
        found = [
            (excess, series, variant)
            for series in container.sampled
            for excess, variant in _beyond(series, video, filmed)
            if excess > params.number("frames") * filmed.frame * _ROUNDING
        ]
        if found:
            excess, series, variant = max(found, key=lambda one: one[0])
            yield Hit(
                container.path,
                variant,
                series=series.name,
                seconds=bounded(excess),
                frames=bounded(excess / filmed.frame),
                video=video.name,
                start=filmed.first,
                end=filmed.last,
            )


def tim010(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report pose that runs at another rate than its video."""
    for timed in distinct_clocks(recording):
        if timed.container is None or timed.samples < params.number("least_samples"):
            continue
        rate = _clock_rate(timed.clock)
        video, filmed = linked_video(recording, timed.container)
        if rate is None or video is None or counts_frames(timed.clock):
            continue  # TIM006's
        if filmed is None:
            yield Skip(timed.location, f"the rate of '{video.name}' is not known")
        elif not _is_fraction(rate, filmed, params.number("tolerance")):
            yield Hit(timed.location, rate=rate, video=video.name, filmed=filmed)


def tim013(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report pose of more frames than its video has, or of fewer and no telling which."""
    videos = {video.path: video for video in recording.videos}
    slack = params.number("tolerance")
    for container in recording.every_container():
        video = videos.get(container.source_video or "")
        series = max(container.sampled, key=lambda one: one.frames, default=None)
        if video is None or series is None:
            continue
        frames, part = length_of(video), part_of(video)
        if part is not None and any(abs(series.frames - n) <= slack for n in part.lengths):
            continue  # VID036's
        if frames is None:
            yield Skip(container.path, why_uncounted(video))
        elif series.frames > frames + slack and not _lies_inside(series, video):
            yield _miscounted(container.path, "", series, video)
        elif series.frames < frames - slack and series.clock.timestamps is None:
            yield _miscounted(container.path, "fewer", series, video)


@dataclass(frozen=True, slots=True)
class _Span:
    """From the first to the last sample in seconds, and the time from one to the next."""

    first: float
    last: float
    frame: float


def _span(clock: Clock, samples: int) -> _Span | None:
    """Return the span of a clock; ``None`` where it is not known, or no number."""
    facts = clock.facts
    if clock.timestamps is not None:
        if facts is None or not facts.count or facts.not_finite:
            return None
        span = _Span(facts.first, facts.last, facts.median_step)
    else:
        rate, first = clock.rate or 0.0, clock.start or 0.0
        if not 0 < rate < math.inf or not samples:
            return None
        span = _Span(first, first + (samples - 1) / rate, 1 / rate)
    known = all(map(math.isfinite, (span.first, span.last, span.frame))) and span.frame > 0
    return span if known else None


def _video_span(video: Video) -> _Span | None:
    # An encoder that lost a frame at the end did not shorten what was filmed.
    stated = video.num_samples or (video.data.length if video.data and video.has_frames else 0)
    span, part = _span(video.clock, max(stated, counted_frames(video) or 0)), part_of(video)
    if span is None or part is None:
        return span
    # Whether its clock begins with the file or with the part is not known.
    return replace(span, last=span.last + part.first * span.frame)


def _has_clock(clock: Clock) -> bool:
    return clock.rate is not None or clock.timestamps is not None


def _beyond(series: PoseSeries, video: Video, filmed: _Span) -> Iterator[tuple[float, str]]:
    """Yield by how many seconds a series begins too early, and ends too late."""
    span = _span(series.clock, series.frames)
    if span is None or counts_frames(series.clock):
        return  # frame numbers are TIM006's
    if span.frame >= _MILLISECONDS and filmed.frame < 1:
        return  # milliseconds are TIM012's
    yield filmed.first - span.first, "early"
    by_rate = series.clock.timestamps is None and video.clock.timestamps is None
    alike = math.isclose(span.frame, filmed.frame, rel_tol=1e-6)
    if by_rate and alike and math.isclose(span.first, filmed.first, abs_tol=filmed.frame):
        return  # of two equal rates the number of frames tells, which is TIM013's
    yield span.last - filmed.last, ""


def _lies_inside(series: PoseSeries, video: Video) -> bool:
    """Whether a series has timestamps of its own, all within the time of the video."""
    span, filmed = _span(series.clock, series.frames), _video_span(video)
    if series.clock.timestamps is None or span is None or filmed is None:
        return False
    grace = filmed.frame * _ROUNDING
    return filmed.first - grace <= span.first and span.last <= filmed.last + grace


def _clock_rate(clock: Clock) -> float | None:
    rate = clock.rate
    if clock.timestamps is not None:
        step = clock.facts.median_step if clock.facts is not None else math.nan
        rate = 1 / step if step > 0 else None
    return rate if rate is not None and 0 < rate < math.inf else None


def _is_fraction(rate: float, filmed: float, tolerance: float) -> bool:
    """Whether one of so many frames of the video was tracked: all, every second, every third."""
    every = round(filmed / rate)
    return every >= 1 and abs(filmed / rate / every - 1) <= tolerance


def _miscounted(path: str, variant: str, series: PoseSeries, video: Video) -> Hit:
    said = "has" if counted_frames(video) is not None else "is said to have"
    return Hit(
        path, variant, pose=series.frames, video=video.name, frames=length_of(video), said=said
    )
