"""Two clocks held against each other sample by sample: whether one's times are the other's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from posecheck.facts.blocks import Floats

_BLOCK = 2**16
_EXACT = 0.01
_REACH = 0.5
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSource:
    """When the samples of a series were taken, to be asked for block by block.

    Attributes
    ----------
    count
        The number of samples.
    times
        Gives the times of samples ``start`` to ``stop`` in seconds, shape (stop - start,).
    median_step, least_step
        What is known of the steps above zero, in seconds; NaN if nothing is.
    """

    count: int
    times: Callable[[int, int], Floats]
    median_step: float = math.nan
    least_step: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How the samples of one clock lie to the nearest samples of another.

    Attributes
    ----------
    samples
        Finite samples looked at.
    exact
        Of those, the ones within a hundredth of a frame of a sample of the other clock.
    beyond
        The ones that no sample of the other clock is near to, by half a frame.
    repeated
        The ones whose nearest sample is that of the sample before.
    low, high
        The extremes of the distance to the nearest sample, in frames, of those within half a frame.
    """

    samples: int = 0
    exact: int = 0
    beyond: int = 0
    repeated: int = 0
    low: float = 0.0
    high: float = 0.0

    @property
    def is_part(self) -> bool:
        """Whether each sample has one of the other clock's to itself, within half a frame."""
        return self.samples > 0 and not self.beyond and not self.repeated

    @property
    def spread(self) -> float:
        """How much the distances differ, in frames."""
        return self.high - self.low


def match_samples(source: TimeSource, reference: TimeSource, frame: float) -> Match | None:
    """Look up every sample of a clock among those of another.

    Parameters
    ----------
    source, reference
        The two clocks. Samples that are not finite are passed over.
    frame
        The time between two frames, in seconds.

    Returns
    -------
    Match or None
        ``None`` if a clock does not increase, or if `frame` is not a length.
    """
    if not (math.isfinite(frame) and frame > 0):
        return None
    matcher = _Matcher(frame)
    samples, others = _increasing(source), _increasing(reference)
    waiting: Floats = np.empty(0)
    try:
        known = next(others, None)
        while known is not None:
            following = next(others, None)
            # Of what is at hand, the last sample's neighbour may still come.
            limit = math.inf if following is None else float(known[-1])
            while True:
                if not len(waiting):
                    block = next(samples, None)
                    if block is None:
                        return matcher.result()
                    waiting = block
                taken = int(np.searchsorted(waiting, limit, side="right"))
                matcher.update(waiting[:taken], known)
                waiting = waiting[taken:]
                if len(waiting):
                    break
            matcher.passed += len(known) - 1
            known = None if following is None else np.concatenate((known[-1:], following))
    except _NotIncreasingError:
        return None
    return None


class _NotIncreasingError(Exception):
    """Times that stand still or run backwards cannot be looked up."""


class _Matcher:
    """Counts, while both clocks pass by.

    Attributes
    ----------
    passed
        Samples of the other clock before those at hand.
    """

    def __init__(self, frame: float) -> None:
        self.passed = 0
        self._frame = frame
        self._samples = self._exact = self._beyond = self._repeated = 0
        self._low, self._high = math.inf, -math.inf
        self._before = -1

    def update(self, times: Floats, known: Floats) -> None:
        """Look up samples, none of which lies after the last that is known."""
        if not len(times):
            return
        with np.errstate(all="ignore"):
            if len(known) == 1:
                nearest = np.zeros(len(times), np.int64)
            else:
                after = np.clip(np.searchsorted(known, times), 1, len(known) - 1)
                nearest = after - (times - known[after - 1] <= known[after] - times)
            distances = (times - known[nearest]) / self._frame
        near = np.abs(distances) <= _REACH + _ROUNDING
        places = nearest + self.passed
        steps = np.diff(places, prepend=self._before)
        self._samples += len(times)
        self._exact += int((np.abs(distances) <= _EXACT).sum())
        self._beyond += int((~near).sum())
        self._repeated += int((steps == 0).sum())
        self._before = int(places[-1])
        if near.any():
            self._low = min(self._low, float(distances[near].min()))
            self._high = max(self._high, float(distances[near].max()))

    def result(self) -> Match:
        """Return what was counted."""
        known = self._low <= self._high
        return Match(
            samples=self._samples,
            exact=self._exact,
            beyond=self._beyond,
            repeated=self._repeated,
            low=self._low if known else 0.0,
            high=self._high if known else 0.0,
        )


def _increasing(source: TimeSource) -> Iterator[Floats]:
    """Yield the finite times in blocks.

    Raises
    ------
    _NotIncreasingError
        If a time is not after the one before.
    """
    before = -math.inf
    for start in range(0, source.count, _BLOCK):
        times = source.times(start, min(start + _BLOCK, source.count))
        times = times[np.isfinite(times)]
        if not len(times):
            continue
        if times[0] <= before or not bool((times[1:] > times[:-1]).all()):
            raise _NotIncreasingError
        before = float(times[-1])
        yield times
