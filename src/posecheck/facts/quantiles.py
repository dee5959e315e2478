"""A streaming histogram of positive values: median and tail sums without keeping the values."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Floats

_DROPPED_BITS = 43
_TOLERANCE = 1.003


class PositiveHistogram:
    """Count and sum values of zero or more in bins that are 0.2 % wide or narrower.

    A bin is what the exponent and the first nine bits of the fraction of a float64 have in common:
    512 bins from one power of two to the next. It is known by its mean, so that values which lie
    close together (the steps of a regular clock) keep all their digits.

    Notes
    -----
    Only the bins between the least and the greatest value are held: 24 KB for values that span a
    factor of eight, 16 MB for the whole range of float64.
    """

    def __init__(self) -> None:
        self._zeros = 0
        self._first = 0
        self._counts: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._sums: Floats = np.zeros(0, np.float64)

    @property
    def count(self) -> int:
        """How many values were added."""
        return self._zeros + int(self._counts.sum())

    def update(self, values: Floats) -> None:
        """Add values.

        Parameters
        ----------
        values
            Shape (n,), finite, none below 0.
        """
        above = values[values > 0] if len(values) and not values.min() > 0 else values
        self._zeros += len(values) - len(above)
        if not len(above):
            return
        low, high = _bin(float(above.min())), _bin(float(above.max()))
        self._reach(low, high)
        start = low - self._first
        with np.errstate(all="ignore"):
            if low == high:
                self._counts[start] += len(above)
                self._sums[start] += above.sum()
                return
            bins = (np.ascontiguousarray(above).view(np.int64) >> _DROPPED_BITS) - low
            counts = np.bincount(bins)
            self._counts[start : start + len(counts)] += counts
            self._sums[start : start + len(counts)] += np.bincount(bins, weights=above)

    def median(self) -> float:
        """Return the median, exact to 0.3 % for normal numbers; NaN of no values."""
        count = self.count
        if not count:
            return math.nan
        ranks = np.cumsum(self._counts) + self._zeros
        middle = [self._at(ranks, rank) for rank in ((count - 1) // 2, count // 2)]
        return middle[0] / 2 + middle[1] / 2 if middle[0] != middle[1] else middle[0]

    def above(self, limit: float) -> tuple[int, float]:
        """Return how many values are greater than a limit, by more than 0.3 %, and their sum.

        A value within 0.3 % of the limit counts as equal to it, or as its bin's mean does.
        """
        occupied = np.flatnonzero(self._counts)
        greater = occupied[self._means(occupied) > limit * _TOLERANCE]
        with np.errstate(all="ignore"):
            total = float(self._sums[greater].sum())
        return int(self._counts[greater].sum()), total

    def _at(self, ranks: npt.NDArray[np.int64], rank: int) -> float:
        if rank < self._zeros:
            return 0.0
        place = np.searchsorted(ranks, rank, side="right")
        return float(self._means(np.array([place]))[0])

    def _means(self, places: npt.NDArray[np.int64]) -> Floats:
        with np.errstate(all="ignore"):
            means: Floats = self._sums[places] / self._counts[places]
        # The sum of values near the limit of float64 overflows; the bin's lower edge does not.
        edges = ((self._first + places) << _DROPPED_BITS).view(np.float64)
        return np.where(np.isfinite(means), means, edges)

    def _reach(self, low: int, high: int) -> None:
        """Hold the bins from ``low`` to ``high``, too."""
        if not len(self._counts):
            self._first = low
        before = max(self._first - low, 0)
        after = max(high + 1 - self._first - len(self._counts), 0)
        if before or after:
            self._first -= before
            self._counts = np.pad(self._counts, (before, after))
            self._sums = np.pad(self._sums, (before, after))


def _bin(value: float) -> int:
    return int(np.array([value]).view(np.int64)[0]) >> _DROPPED_BITS
