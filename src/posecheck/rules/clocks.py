"""TIM: when each sample was taken, and whether its clock runs in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator

from posecheck.model.clock import Clock
from posecheck.model.facts import ArrayInfo, ClockDifference
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.agreement import is_sleap_io, lengths_unexplained
from posecheck.rules.body_part_names import listed
from posecheck.rules.clock_edits import faster, frame_numbers, link
from posecheck.rules.epochs import DAY, YEAR, session_dates
from posecheck.rules.pauses import Pauses
from posecheck.rules.probed_video import rate_of
from posecheck.rules.time_spans import DeducedUnit, Unit, deduce_unit, linked_video, span_of
from posecheck.rules.timed import (
    Timed,
    array_key,
    bounded,
    distinct_clocks,
    every_timed,
    read_timestamps,
)

_NOMINAL = 0.25
"""By how much, as a share, a camera may miss the rate that its encoder was set to."""

_FEW_LEFT = 5.0
"""Up to this median step, whole numbers that are 1 apart at the least count frames."""


def tim001(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report samples without any time."""
    if series.frames and series.clock.rate is None and series.clock.timestamps is None:
        yield Hit(series.path, frames=series.frames)


def tim002(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container whose series do not share one clock."""
    tolerance = params.number("tolerance")
    unexplained = lengths_unexplained(container)
    apart = [
        difference
        for difference in container.clock_differences
        if (
            not unexplained  # else it is NOD010's
            if difference.frames != difference.reference_frames
            else _frames_apart(difference) > tolerance
        )
    ]
    if not apart:
        return
    unknown = [difference for difference in apart if not difference.frames_known]
    worst = max(unknown or apart, key=_frames_apart)
    if not unknown:
        variant = "grid"
    elif worst.frames != worst.reference_frames:
        variant = "samples"
    else:
        variant = ""
    yield Hit(
        container.path,
        variant,
        count=len(apart),
        total=len(container.sampled),
        series=listed(difference.series for difference in apart),
        reference=worst.reference,
        offset=bounded(worst.greatest_offset),
        samples=worst.frames,
        reference_samples=worst.reference_frames,
    )


def tim003(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report timestamps that stand still or run backwards."""
    for timed, facts in read_timestamps(recording):
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
        length = stored.length
        yield Hit(series.path, timestamps=length, frames=series.frames, length=length)


def tim005(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report timestamps, and starting times, that are no number."""
    for timed, facts in read_timestamps(recording):
        if facts.not_finite:
            yield Hit(timed.location, count=facts.not_finite, total=facts.count)
    for timed in every_timed(recording):
        start = timed.clock.start
        if start is not None and not math.isfinite(start):
            yield Hit(timed.path, "start", start=str(start), name=timed.name)


def tim006(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report frame numbers that pass for seconds."""
    least = params.number("least_samples")
    for timed in distinct_clocks(recording):
        if timed.container is None or timed.samples < least or not counts_frames(timed.clock):
            continue
        deduced = deduce_unit(recording, timed, params.number("cover"))
        clock = (
            "the rate is 1 Hz"
            if timed.clock.timestamps is None
            else "timestamps are whole numbers 1 apart"
        )
        filmed, span = deduced.filmed, span_of(timed.clock, timed.samples)
        rate = linked_video(recording, timed.container)[1]
        slow = rate is not None and rate <= 1 + params.number("tolerance")
        if deduced.unit is Unit.SECONDS or slow:
            continue  # a video of one frame a second has frame numbers that are seconds
        if filmed is None or filmed.span is None or span is None:
            yield Hit(timed.location, "unconfirmed", clock=clock)
            continue
        beyond = span.last > filmed.span.last
        is_open = deduced.unit is Unit.OPEN
        edits = () if is_open else tuple(frame_numbers(recording, timed, filmed))
        yield Hit(
            timed.location,
            "open" if is_open else "" if beyond else "counted",
            clock=clock,
            samples=timed.samples,
            last=span.last,
            video=filmed.video.name,
            rate=filmed.rate,
            frames=filmed.frames,
            end=filmed.span.last,
        ).with_edits(*edits)


def tim007(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report timestamps that are stored again instead of linked."""
    stored: dict[tuple[str, str | None], ArrayInfo] = {}
    extra: dict[str, list[tuple[ArrayInfo, ArrayInfo]]] = {}
    # the videos come first: a pose links to its video's timestamps, not the other way round
    timed = sorted(distinct_clocks(recording), key=lambda one: one.video is None)
    for one in timed:
        array, facts = one.clock.timestamps, one.clock.facts
        if array is None or facts is None or not facts.digest:
            continue
        if facts.count < params.number("least_samples"):
            continue
        # The same numbers in another unit are other times.
        first = stored.setdefault((facts.digest, one.clock.unit), array)
        if array_key(first) != array_key(array):
            holder = one.container.path if one.container is not None else one.path
            extra.setdefault(holder, []).append((array, first))
    for holder, copies in extra.items():
        edits = [edit for array, first in copies for edit in link(array, first)]
        size = sum(array.bytes for array, _ in copies)
        yield Hit(holder, copies=len(copies), bytes=size).with_edits(*edits)


def tim008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a rate that no camera has."""
    highest = params.number("highest")
    for timed in every_timed(recording):
        rate = timed.clock.rate
        if rate is None or (timed.video is not None and timed.video.is_physiology):
            continue
        if not math.isfinite(rate):
            yield Hit(timed.path, "not-finite", rate=str(rate), highest=highest)
        elif rate == 0 and is_sleap_io(timed.container):
            yield Hit(timed.path, "sleap-io", rate=rate)
        elif not 0 < rate <= highest:
            yield Hit(timed.path, rate=rate, highest=highest)


def tim011(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report interruptions that the file does not explain."""
    pauses = Pauses(recording)
    for timed, facts in read_timestamps(recording):
        span, step = facts.last - facts.first, facts.median_step
        if not facts.gaps or not span > 0 or not timed.is_behavior:
            continue
        rest = [gap.length for gap in facts.longest_gaps if not pauses.explain(gap, step)]
        explained = len(facts.longest_gaps) - len(rest)
        if explained == facts.gaps:
            continue
        lost = sum(rest) if len(facts.longest_gaps) == facts.gaps else facts.gaps_total
        yield Hit(
            timed.location,
            count=facts.gaps - explained,
            longest=bounded(max(rest, default=facts.greatest_step)),
            median=step,
            share=min(lost / span, 1.0),
        )


def tim012(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a clock that seems to run in milliseconds, or in frame numbers times the rate."""
    least, greatest = params.number("least_step"), params.number("greatest_step")
    for timed in distinct_clocks(recording):
        step = _pose_step(timed, params.number("least_samples"))
        if counts_frames(timed.clock) or not least <= step <= greatest:
            continue
        deduced = deduce_unit(recording, timed, params.number("cover"))
        if deduced.unit is not Unit.SECONDS:
            yield from _other_units(recording, timed, step, deduced, params.number("tolerance"))


def _pose_step(timed: Timed, least_samples: float) -> float:
    """Return the median step in seconds; NaN where a long one is no cause for doubt."""
    clock, facts = timed.clock, timed.clock.facts
    if not timed.is_behavior:
        return math.nan
    if clock.timestamps is not None:
        return facts.median_step if facts and facts.count >= least_samples else math.nan
    # a video that states a slow rate is a time-lapse
    rate = clock.rate if timed.video is None and timed.samples >= least_samples else None
    return 1 / rate if rate is not None and 0 < rate < math.inf else math.nan


def _other_units(
    recording: Recording, timed: Timed, step: float, deduced: DeducedUnit, slack: float
) -> Iterator[Hit]:
    """Yield which other unit the times may have, as far as the rate of the video shows."""
    video, rate = None, None
    if timed.container is not None:
        video, rate = linked_video(recording, timed.container)
    facts = timed.clock.facts
    least = facts.least_step if facts is not None else step
    multiplied = is_sleap_io(timed.container) and least > 1
    if video is None or rate is None or _is_own_clock(video, step):
        if multiplied:
            yield Hit(timed.location, "sleap-io", step=least)
        elif timed.clock.timestamps is not None and not _is_time_lapse(video or timed.video, step):
            yield Hit(timed.location, step=step, hertz=1000 / step)
        return
    if math.isclose(1 / step, rate, rel_tol=slack):
        return  # the video is as slow: a time-lapse
    milliseconds = math.isclose(1000 / step, rate, rel_tol=slack)
    product = math.isclose(step, rate, rel_tol=slack)
    if deduced.unit is Unit.OPEN and not milliseconds and not product:
        return  # inside the video, and neither reading fits it: sampled sparsely
    variant = "" if milliseconds == product else "milliseconds" if milliseconds else "product"
    if multiplied and not milliseconds:
        variant, step = "sleap-io", least
    hit = Hit(timed.location, variant, step=step, hertz=1000 / step, video=video.name, rate=rate)
    if variant == "milliseconds":
        yield hit.with_edits(*faster(recording, timed, 1000))
    elif variant == "product" and not video.clock.start:
        yield hit.with_edits(*faster(recording, timed, rate * rate))
    else:
        yield hit


def tim014(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report time before the session, long after it, or longer than any session."""
    dates = session_dates(recording)
    year, uptime = params.number("longest"), params.number("uptime")
    late: dict[str, list[tuple[Timed, float]]] = {}
    for timed in distinct_clocks(recording):
        first, span = _first_and_span(timed)
        if -math.inf < first < 0:  # infinite is TIM005's
            yield Hit(timed.location, first=first)
        if span > year:
            span = bounded(span)
            yield Hit(timed.location, "duration", seconds=span, days=span / DAY)
        if not uptime <= first < math.inf:
            continue
        if dates.reference is None:
            yield Skip(timed.location, "no date says when its time is zero")
            return
        after = dates.seconds_off(first)
        if after >= uptime:
            late.setdefault("epoch" if after >= year else "uptime", []).append((timed, first))
    for variant, clocks in late.items():
        timed, first = clocks[0]
        reading = dates.read_otherwise(first)
        yield Hit(
            timed.location,
            "no-date" if variant == "epoch" and reading.moment is None else variant,
            first=first,
            days=first / DAY,
            years=first / YEAR,
            clocks=len(clocks),
            reference=dates.text,
            counted=reading.counted,
            date=reading.moment.isoformat(timespec="seconds") if reading.moment else None,
        )


def _first_and_span(timed: Timed) -> tuple[float, float]:
    """Return the first time and the duration, in seconds; NaN where they are not known."""
    clock, facts = timed.clock, timed.clock.facts
    if clock.timestamps is not None:
        return (facts.first, facts.last - facts.first) if facts is not None else (math.nan,) * 2
    first = clock.start if clock.start is not None else math.nan
    return first, (timed.samples - 1) / (clock.rate or math.nan)


def counts_frames(clock: Clock) -> bool:
    """Whether time advances by exactly one per frame; frames may be left out."""
    if clock.timestamps is None:
        return clock.rate is not None and math.isclose(clock.rate, 1, rel_tol=1e-6)
    facts = clock.facts
    if facts is None or not facts.whole or facts.first >= YEAR:
        return False
    # the median is exact to 0.3 %
    return abs(facts.median_step - 1) <= 0.005 or (
        facts.least_step == 1 and facts.median_step <= _FEW_LEFT
    )


def _is_own_clock(video: Video, step: float) -> bool:
    """Whether a video's timestamps are as slow as those in doubt, and so vouch for nothing."""
    facts = video.clock.facts
    return video.clock.rate is None and facts is not None and facts.median_step > step / 2


def _is_time_lapse(video: Video | None, step: float) -> bool:
    """Whether a video's files play at a rate that neither other unit of its times comes near."""
    played = rate_of(video) if video is not None else None
    return played is not None and not any(
        math.isclose(hertz, played, rel_tol=_NOMINAL) for hertz in (1000 / step, step)
    )


def _frames_apart(difference: ClockDifference) -> float:
    """Return the greatest offset in frames; infinite where the reference has a single sample."""
    offset, frame = difference.greatest_offset, difference.frame
    if not offset > 0:
        return 0.0
    return offset / frame if frame > 0 else math.inf
