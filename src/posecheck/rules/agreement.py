"""Whether the series of a container have times that say which frames their samples are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from posecheck.model.clock import Clock
from posecheck.model.pose import PoseContainer, PoseSeries

_SLEAP_SERIES = "Sequential trajectory of "
"""How SLEAP, sleap-io and NeuroConv describe a series. They leave out the rows in which a node was
not found, and write a rate only where the rows that remain follow each other."""


def comparable_series(container: PoseContainer) -> tuple[PoseSeries, ...]:
    """Return the series whose numbers of frames can be held against each other.

    Data of another shape is NOD012's. Times that are broken in themselves are TIM004's, TIM005's
    and TIM008's.
    """
    return tuple(
        series
        for series in container.sampled
        if series.columns in {2, 3} and not _is_broken(series.clock, series.frames)
    )


def lengths_unexplained(container: PoseContainer) -> bool:
    """Whether series differ in their number of frames, and no times say which frames they are.

    Series that all have timestamps of their own are TIM002's.
    """
    series = comparable_series(container)
    if len({one.frames for one in series}) < 2:
        return False
    clocks = [one.clock for one in series]
    if all(clock.timestamps is not None for clock in clocks):
        return False
    if any(clock.timestamps is None and clock.rate is None for clock in clocks):
        return True
    names = {one.name for one in series}
    unknown = any(
        not difference.frames_known
        for difference in container.clock_differences
        if {difference.series, difference.reference} <= names
        and difference.frames != difference.reference_frames
    )
    return unknown or _share_a_rate(series)


def is_sleap_io(container: PoseContainer | None) -> bool:
    """Whether sleap-io wrote a container, by itself or in NeuroConv."""
    if container is None or not (container.source_software or "").upper().startswith("SLEAP"):
        return False
    return all(map(_is_sleap_series, container.series))


def _is_sleap_series(series: PoseSeries) -> bool:
    return (series.description or "").startswith(_SLEAP_SERIES)


def _share_a_rate(series: Sequence[PoseSeries]) -> bool:
    """Whether all begin together at one rate, so that a row left out would not show.

    One that ended early looks like one that lost rows on the way, unless the writer is known to
    write timestamps then.
    """
    if all(map(_is_sleap_series, series)):
        return False
    first = series[0].clock
    return all(one.clock.timestamps is None and _are_one(first, one.clock) for one in series)


def _are_one(one: Clock, other: Clock) -> bool:
    rate, other_rate = one.rate or math.nan, other.rate or math.nan
    start, other_start = one.start or 0.0, other.start or 0.0
    same_rate = math.isclose(rate, other_rate, rel_tol=1e-6)
    return same_rate and abs(start - other_start) <= 0.5 / rate


def _is_broken(clock: Clock, frames: int) -> bool:
    stored = clock.timestamps
    if stored is not None:
        facts = clock.facts
        lost = facts is not None and facts.count == facts.not_finite
        return lost or bool(stored.shape and stored.length != frames)
    if clock.rate is None:
        return False
    return not (0 < clock.rate < math.inf and math.isfinite(clock.start or 0.0))
