"""TIM, against the video: pose runs on the clock of the frames that it was tracked in."""

from __future__ import annotations

import math
from collections.abc import Iterator

from posecheck.model.clock import Clock
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.clocks import counts_frames
from posecheck.rules.epochs import YEAR, SessionDates, session_dates
from posecheck.rules.probed_video import counted_frames, length_of, why_uncounted
from posecheck.rules.texts import mentions
from posecheck.rules.time_spans import (
    ROUNDING,
    Span,
    lies_inside,
    linked_video,
    span_of,
    video_span,
)
from posecheck.rules.timed import Timed, bounded, distinct_clocks
from posecheck.rules.video_parts import part_of

_MILLISECONDS = 2.0
"""The step in seconds from which TIM012 takes a clock for one in milliseconds."""


def tim009(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report pose before the beginning or after the end of its video."""
    videos = {video.path: video for video in recording.videos}
    dates = session_dates(recording)
    for container in recording.every_container():
        video = videos.get(container.source_video or "")
        if video is None:
            continue
        filmed = video_span(video)
        if filmed is None:
            if _has_clock(video.clock):
                yield Skip(container.path, f"the end of '{video.name}' is not known")
            continue
        found = [
            (excess, series, variant)
            for series in container.sampled
            for excess, variant in _beyond(series, video, filmed, dates)
            if excess > params.number("frames") * filmed.frame * ROUNDING
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
        if any(
            difference.series == timed.name and difference.frames_known
            for difference in timed.container.clock_differences
        ):
            continue  # rows of a clock that is looked at itself
        rates = _clock_rates(timed.clock)
        video, filmed = linked_video(recording, timed.container)
        if not rates or video is None or counts_frames(timed.clock):
            continue  # TIM006's
        if _is_resampled(timed, params):
            continue
        if filmed is None:
            yield Skip(timed.location, f"the rate of '{video.name}' is not known")
        elif not any(
            _is_fraction(rate, other, params.number("tolerance"))
            for rate in rates
            for other in (filmed, *_clock_rates(video.clock))
        ):
            yield Hit(timed.location, rate=rates[0], video=video.name, filmed=filmed)


def _is_resampled(timed: Timed, params: Params) -> bool:
    """Whether a description says that the pose runs at another rate on purpose."""
    container, words = timed.container, params.words("explained")
    series = container.series if container is not None else ()
    descriptions = [item.description for item in series if item.path == timed.path]
    return any(
        mentions(text, words)
        for text in (container.description if container else None, *descriptions)
    )


def tim013(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report pose of more frames than its video has, or of fewer without a sign of which."""
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
        elif abs(series.frames - frames) <= slack or lies_inside(series, video, frames):
            continue
        elif series.frames > frames:
            yield _miscounted(container.path, "", series, video)
        elif span_of(series.clock, series.frames) is None or video_span(video) is None:
            # times that lie elsewhere are TIM009's
            yield _miscounted(container.path, "fewer", series, video)


def _has_clock(clock: Clock) -> bool:
    return clock.rate is not None or clock.timestamps is not None


def _beyond(
    series: PoseSeries, video: Video, filmed: Span, dates: SessionDates
) -> Iterator[tuple[float, str]]:
    """Yield by how many seconds a series begins too early, and ends too late."""
    span = span_of(series.clock, series.frames)
    if span is None or counts_frames(series.clock):
        return  # frame numbers are TIM006's
    if span.frame >= _MILLISECONDS and filmed.frame < 1:
        return  # milliseconds are TIM012's
    if abs(span.first - filmed.first) >= YEAR and any(
        dates.seconds_off(first) >= YEAR for first in (span.first, filmed.first)
    ):
        return  # a clock that counts from another moment is TIM014's
    yield filmed.first - span.first, "early"
    by_rate = series.clock.timestamps is None and video.clock.timestamps is None
    alike = math.isclose(span.frame, filmed.frame, rel_tol=1e-6)
    if by_rate and alike and math.isclose(span.first, filmed.first, abs_tol=filmed.frame):
        return  # of two equal rates the number of frames decides, which is TIM013's
    yield span.last - filmed.last, ""


def _clock_rates(clock: Clock) -> tuple[float, ...]:
    """Return the rates in hertz that a clock may be said to have.

    Of timestamps they are that of the median step, and the average: the steps of a camera's own
    clock vary, and where rows were left out the average is too low.
    """
    facts = clock.facts
    if clock.timestamps is None:
        rates: tuple[float, ...] = (clock.rate or math.nan,)
    elif facts is None or not facts.median_step > 0:
        return ()
    else:
        span = facts.last - facts.first
        rates = (1 / facts.median_step, (facts.count - 1) / span if span > 0 else math.nan)
    return tuple(rate for rate in rates if 0 < rate < math.inf)


def _is_fraction(rate: float, filmed: float, tolerance: float) -> bool:
    """Whether one of so many frames of the video was tracked: all, every second, every third."""
    every = round(filmed / rate)
    return every >= 1 and abs(filmed / rate / every - 1) <= tolerance


def _miscounted(path: str, variant: str, series: PoseSeries, video: Video) -> Hit:
    said = "has" if counted_frames(video) is not None else "is said to have"
    return Hit(
        path, variant, pose=series.frames, video=video.name, frames=length_of(video), said=said
    )
