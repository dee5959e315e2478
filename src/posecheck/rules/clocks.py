"""TIM: when each sample was taken, and whether its clock runs in seconds."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from posecheck.model.facts import ArrayInfo, ClockDifference, TimestampFacts
from posecheck.model.recording import Clock, PoseContainer, PoseSeries, Recording, Video
from posecheck.model.rule import Hit, Params
from posecheck.rules.footage import rate_of
from posecheck.rules.names import listed


@dataclass(frozen=True, slots=True)
class Timed:
    """Something that has a clock: a series with samples, or a video.

    Attributes
    ----------
    name, path
        Its own.
    samples
        Its number of samples; 0 where a video does not tell.
    container
        What holds the series; ``None`` for a video.
    video
        The video itself; ``None`` for a series.
    """

    name: str
    path: str
    clock: Clock
    samples: int
    container: PoseContainer | None = None
    video: Video | None = None

    @property
    def location(self) -> str:
        """Where its clock is stored: the timestamps dataset, or the series that has a rate."""
        stored = self.clock.timestamps
        return stored.path if stored is not None and stored.path else self.path


def distinct_clocks(recording: Recording) -> Iterator[Timed]:
    """Yield what has a clock, and of all that share one timestamps dataset only the first."""
    seen = set()
    for timed in _every_timed(recording):
        stored = timed.clock.timestamps
        if stored is not None:
            if _key(stored) in seen:
                continue
            seen.add(_key(stored))
        yield timed


def tim001(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report samples without any time."""
    if series.frames and series.clock.rate is None and series.clock.timestamps is None:
        yield Hit(series.path, frames=series.frames)


def tim002(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container whose series do not share one clock."""
    tolerance = params.number("tolerance")
    series = container.sampled
    # where a series has only a rate, other numbers of frames are NOD010's
    told_apart = all(one.clock.timestamps is not None for one in series)
    apart = [
        difference
        for difference in container.clock_differences
        if (
            told_apart
            if difference.frames != difference.reference_frames
            else _frames_apart(difference) > tolerance
        )
    ]
    if not apart:
        return
    worst = max(apart, key=_frames_apart)
    if all(difference.on_grid for difference in apart):
        variant = "grid"
    elif _frames_apart(worst) <= tolerance:
        variant = "samples"
    else:
        variant = ""
    yield Hit(
        container.path,
        variant,
        count=len(apart),
        total=len(series),
        series=listed(difference.series for difference in apart),
        reference=worst.reference,
        offset=bounded(worst.greatest_offset),
        samples=worst.frames,
        reference_samples=worst.reference_frames,
    )


def tim003(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report timestamps that stand still or run backwards."""
    for timed, facts in _timestamps(recording):
        if facts.not_increasing:
            yield Hit(
                timed.location,
                count=facts.not_increasing,
                steps=facts.count - 1,
                first=facts.first_not_increasing,
            )


def tim004(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report timestamps that are not one per frame."""
    stored = series.clock.timestamps
    if stored is not None and series.frames and stored.length != series.frames:
        yield Hit(series.path, timestamps=stored.length, frames=series.frames)


def tim005(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report timestamps that are no number."""
    for timed, facts in _timestamps(recording):
        if facts.not_finite:
            yield Hit(timed.location, count=facts.not_finite, total=facts.count)


def tim006(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report frame numbers that pass for seconds."""
    least = params.number("least_samples")
    for timed in distinct_clocks(recording):
        if timed.container is None or timed.samples < least or not counts_frames(timed.clock):
            continue
        clock = (
            "the rate is 1 Hz"
            if timed.clock.timestamps is None
            else "timestamps are whole numbers 1 apart"
        )
        video, rate = linked_video(recording, timed.container)
        if video is None or rate is None:
            yield Hit(timed.location, "unconfirmed", clock=clock)
        elif rate > 1 + params.number("tolerance"):
            yield Hit(timed.location, clock=clock, video=video.name, rate=rate)


def tim007(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report timestamps that are stored again instead of linked."""
    stored: dict[str, str] = {}
    extra: dict[str, list[ArrayInfo]] = {}
    # the videos come first: a pose links to its video's timestamps, not the other way round
    timed = sorted(distinct_clocks(recording), key=lambda one: one.video is None)
    for one in timed:
        array, facts = one.clock.timestamps, one.clock.facts
        if array is None or facts is None or not facts.digest:
            continue
        if facts.count < params.number("least_samples"):
            continue
        if stored.setdefault(facts.digest, _key(array)) != _key(array):
            holder = one.container.path if one.container is not None else one.path
            extra.setdefault(holder, []).append(array)
    for holder, arrays in extra.items():
        yield Hit(holder, copies=len(arrays), bytes=sum(array.bytes for array in arrays))


def tim008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a rate that no camera has."""
    highest = params.number("highest")
    for timed in _every_timed(recording):
        rate = timed.clock.rate
        if rate is None or (timed.video is not None and timed.video.is_physiology):
            continue
        if not math.isfinite(rate):
            yield Hit(timed.path, "not-finite", rate=str(rate), highest=highest)
        elif not 0 < rate <= highest:
            yield Hit(timed.path, rate=rate, highest=highest)


def tim011(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report interruptions."""
    for timed, facts in _timestamps(recording):
        span = facts.last - facts.first
        if facts.gaps and span > 0 and _is_behavior(timed):
            yield Hit(
                timed.location,
                count=facts.gaps,
                longest=facts.greatest_step,
                median=facts.median_step,
                share=min(facts.gaps_total / span, 1.0),
            )


def tim012(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a clock that seems to run in milliseconds, or in frame numbers times the rate."""
    for timed, facts in _timestamps(recording):
        step = facts.median_step
        if facts.count < params.number("least_samples") or not _is_behavior(timed):
            continue
        if not params.number("least_step") <= step <= params.number("greatest_step"):
            continue
        video, rate = None, None
        if timed.container is not None:
            video, rate = linked_video(recording, timed.container)
        if video is None or rate is None or _is_own_clock(video, step):
            yield Hit(timed.location, step=step, hertz=1000 / step)
            continue
        slack = params.number("tolerance")
        if math.isclose(1 / step, rate, rel_tol=slack):
            continue  # the video is as slow: a time-lapse
        milliseconds = math.isclose(1000 / step, rate, rel_tol=slack)
        product = math.isclose(step, rate, rel_tol=slack)
        variant = "" if milliseconds == product else "milliseconds" if milliseconds else "product"
        yield Hit(
            timed.location, variant, step=step, hertz=1000 / step, video=video.name, rate=rate
        )


def tim014(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report time before the session, or longer than any session."""
    for timed in distinct_clocks(recording):
        clock, facts = timed.clock, timed.clock.facts
        if clock.timestamps is not None:
            first = facts.first if facts is not None else math.nan
            span = facts.last - facts.first if facts is not None else math.nan
        else:
            first = clock.start if clock.start is not None else math.nan
            rate = clock.rate or math.nan
            span = (timed.samples - 1) / rate
        if first < 0:
            yield Hit(timed.location, first=first)
        if span > params.number("longest"):
            span = bounded(span)
            yield Hit(timed.location, "duration", seconds=span, days=span / 86400)


def _every_timed(recording: Recording) -> Iterator[Timed]:
    """Yield every series with samples, and then every video."""
    for container in recording.every_container():
        for series in container.sampled:
            yield Timed(series.name, series.path, series.clock, series.frames, container)
    for video in recording.videos:
        samples = video.num_samples or (video.data.length if video.data else 0)
        yield Timed(video.name, video.path, video.clock, samples, video=video)


def _timestamps(recording: Recording) -> Iterator[tuple[Timed, TimestampFacts]]:
    """Yield each timestamps dataset that was read and holds a sample, with what uses it first."""
    for timed in distinct_clocks(recording):
        facts = timed.clock.facts
        if timed.clock.timestamps is not None and facts is not None and facts.count:
            yield timed, facts


def _key(array: ArrayInfo) -> str:
    return array.identity or array.path


def bounded(seconds: float) -> float:
    """Keep what may have overflowed a number that every report can hold."""
    return seconds if math.isfinite(seconds) else sys.float_info.max


def counts_frames(clock: Clock) -> bool:
    """Whether time advances by exactly one per frame; frames may be left out."""
    if clock.timestamps is None:
        return clock.rate is not None and math.isclose(clock.rate, 1, rel_tol=1e-6)
    facts = clock.facts
    # the median is exact to 0.3 %
    return facts is not None and facts.whole and abs(facts.median_step - 1) <= 0.005


def _is_behavior(timed: Timed) -> bool:
    """Whether it is pose or the video of an animal: stimuli and imaging pause as they please."""
    video = timed.video
    return video is None or not (video.is_physiology or video.section.startswith("stimulus"))


def linked_video(
    recording: Recording, container: PoseContainer
) -> tuple[Video | None, float | None]:
    """Return the first linked video that tells its rate in hertz, else the first linked one."""
    videos = {video.path: video for video in recording.videos}
    links = _links((container, *container.views))
    linked = [videos[path] for path in links if path in videos] or [
        # before ndx-pose 0.2 a container named its videos itself
        Video(name=file.reference.name, path=container.path, external_files=(file,))
        for file in container.original_videos or ()
    ]
    for video in linked:
        rate = _rate(video)
        if rate is not None:
            return video, rate
    return (linked[0], None) if linked else (None, None)


def _links(containers: Iterable[PoseContainer]) -> Iterator[str]:
    for container in containers:
        yield from filter(None, (container.source_video, container.labeled_video))


def _rate(video: Video) -> float | None:
    """Return the rate of a video in hertz: stated, by its timestamps, or as its files tell it.

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


def _is_own_clock(video: Video, step: float) -> bool:
    """Whether a video's timestamps are as slow as those in doubt, and so vouch for nothing."""
    facts = video.clock.facts
    return video.clock.rate is None and facts is not None and facts.median_step > step / 2


def _frames_apart(difference: ClockDifference) -> float:
    """Return the greatest offset in frames; infinite where the reference has a single sample."""
    offset, frame = difference.greatest_offset, difference.frame
    if not offset > 0:
        return 0.0
    return offset / frame if frame > 0 else math.inf
