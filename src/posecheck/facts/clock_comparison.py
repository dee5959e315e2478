"""Two clocks compared as times: how far they differ, and whether they tick on one grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from posecheck.facts.blocks import Floats, Numbers, numbers
from posecheck.facts.sample_matches import TimeSource, match_samples
from posecheck.model.facts import ClockDifference, TimestampFacts

_BLOCK = 2**16
_FIRST_BLOCK = 32
_TOLERANCE = 0.1
_CLEAR = 0.25
_GLITCH = 0.01
_JITTER = 0.6
_RATIO = 0.4
_SHARED = 0.1
_HANDFUL = 10


def regular(start: float, rate: float, count: int) -> TimeSource:
    """Return the times of a series that has a ``starting_time`` and a ``rate``.

    Parameters
    ----------
    start
        In seconds.
    rate
        In hertz. One that is not a positive number says nothing of any sample but the first.
    count
        The number of samples.
    """
    if not (0 < rate < math.inf and math.isfinite(1 / rate)):
        rate = math.nan
    step = 1 / rate

    def times(first: int, stop: int) -> Floats:
        with np.errstate(all="ignore"):
            expanded: Floats = start + np.arange(first, stop, dtype=np.float64) / rate
        if first == 0 and stop > 0:
            expanded[0] = start
        return expanded

    return TimeSource(count=count, times=times, median_step=step, least_step=step)


def stamped(facts: TimestampFacts, read: Callable[[int, int], Numbers]) -> TimeSource:
    """Return the times of a series that has ``timestamps``, reduced before.

    Parameters
    ----------
    facts
        What reading them gave.
    read
        Reads them again, from one sample to another, as they are stored.
    """

    def times(first: int, stop: int) -> Floats:
        with np.errstate(all="ignore"):
            return numbers(read(first, stop), 1).astype(np.float64, copy=False)

    return TimeSource(
        count=facts.count,
        times=times,
        median_step=facts.median_step,
        least_step=facts.least_step,
    )


def compare_clocks(
    source: TimeSource,
    reference: TimeSource,
    *,
    series: str = "",
    reference_series: str = "",
    frame: float = math.nan,
) -> ClockDifference:
    """Compare a series' clock with that of another.

    Parameters
    ----------
    source, reference
        The two clocks. Samples that are not finite are passed over.
    series, reference_series
        The names that the result shall carry.
    frame
        A time between two frames that is known from elsewhere (the video, a sister series), in
        seconds; NaN if none is.

    Notes
    -----
    The spacing of the grid is not the reference's median step: rows may be missing from it. It is
    the smallest step known, as long as jitter or a glitch does not explain it; then it is refined
    by counting frames from step to step over the whole length, so that no error adds up.

    A camera's own clock may lie on no grid. Then the times still say which frames the samples are
    if each sample of one series has a sample of the other to itself, within half a frame. Two
    clocks that are both regular must besides keep their distance: 25 Hz fits into 30 Hz by half a
    frame, and is another clock. Where neither holds all frames of a clock that is not regular, the
    frames that both hold have the same time.
    """
    steps = [step for step in (reference.median_step, source.median_step) if _is_step(step)]
    on_grid = _on_one_grid((reference, source), frame)
    return ClockDifference(
        series=series,
        reference=reference_series,
        frames=source.count,
        reference_frames=reference.count,
        greatest_offset=_greatest_offset(source, reference),
        frame=steps[0] if steps else 0.0,
        on_grid=on_grid,
        is_part=not on_grid and _is_part(source, reference),
    )


def _greatest_offset(source: TimeSource, reference: TimeSource) -> float:
    greatest = 0.0
    shared = min(source.count, reference.count)
    for start in range(0, shared, _BLOCK):
        stop = min(start + _BLOCK, shared)
        with np.errstate(all="ignore"):
            offsets = np.abs(source.times(start, stop) - reference.times(start, stop))
        known = offsets[np.isfinite(offsets)]
        if len(known):
            greatest = max(greatest, float(known.max()))
    return greatest


def _on_one_grid(sources: tuple[TimeSource, ...], frame: float) -> bool:
    spacing = _smallest_step(sources, frame)
    if spacing is None:
        return True  # at most one sample each: two points lie on a grid always
    return _fits(sources, _refine(sources, spacing))


def _is_part(source: TimeSource, reference: TimeSource) -> bool:
    """Whether the samples of the one are samples of the other, or of one clock with it."""
    fewer, more = sorted((source, reference), key=lambda clock: clock.count)
    frame = more.median_step if _is_step(more.median_step) else fewer.median_step
    match = match_samples(fewer, more, frame)
    if match is None:
        return False
    # a handful of samples does not show whether they are regular
    regular = fewer.count >= _HANDFUL and all(
        _on_one_grid((clock,), math.nan) for clock in (fewer, more)
    )
    if match.is_part:
        return not regular or match.spread <= _RATIO
    return not regular and match.exact > max(1, _SHARED * fewer.count)


def _smallest_step(sources: tuple[TimeSource, ...], frame: float) -> float | None:
    medians = [step for step in (frame, *(s.median_step for s in sources)) if _is_step(step)]
    if not medians:
        return None
    median = min(medians)
    least = min([s.least_step for s in sources if s.least_step >= _GLITCH * median] or [median])
    return least if least < _JITTER * median else median


def _is_step(step: float) -> bool:
    return math.isfinite(step) and step > 0


def _refine(sources: tuple[TimeSource, ...], spacing: float) -> float:
    """Estimate the spacing as time over frames, from all steps that are clearly whole frames."""
    frames, span = 0.0, 0.0
    estimate = spacing
    for source in sources:
        for times in _windows(source):
            with np.errstate(all="ignore"):
                steps = np.diff(times)
                ratios = steps / estimate
                counts = np.rint(ratios)
                clear = (counts >= 1) & (np.abs(ratios - counts) <= _CLEAR)
                frames += float(counts[clear].sum())
                span += float(steps[clear].sum())
            if frames and _is_step(span / frames):
                estimate = span / frames
    return estimate


def _windows(source: TimeSource) -> Iterator[Floats]:
    """Yield times in windows that share one sample, short at first: the estimate is still rough."""
    start, length = 0, _FIRST_BLOCK
    while start + 1 < source.count:
        yield source.times(start, min(start + length + 1, source.count))
        start += length
        length = min(2 * length, _BLOCK)


def _fits(sources: tuple[TimeSource, ...], spacing: float) -> bool:
    """Whether some grid of this spacing has all samples within a tenth of it."""
    anchor, low, high = math.nan, 0.0, 0.0
    for source in sources:
        for start in range(0, source.count, _BLOCK):
            times = source.times(start, min(start + _BLOCK, source.count))
            times = times[np.isfinite(times)]
            if not len(times):
                continue
            if math.isnan(anchor):
                anchor = float(times[0])
            with np.errstate(all="ignore"):
                places = (times - anchor) / spacing
                places -= np.rint(places)
            if np.isnan(places).any():
                return False  # a time so far away that its place is beyond float64
            low, high = min(low, float(places.min())), max(high, float(places.max()))
            if high - low > 2 * _TOLERANCE:
                return False
    return True
