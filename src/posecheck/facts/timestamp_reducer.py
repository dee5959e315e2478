"""Facts of a ``timestamps`` dataset: order, steps, gaps, sameness."""

from __future__ import annotations

import math
import sys

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Floats, Pieces, numbers
from posecheck.facts.digest import SampleDigest
from posecheck.facts.quantiles import PositiveHistogram
from posecheck.model.facts import Gap, TimestampFacts

_PIECE_ROWS = 2**16
_GAP = 5.0
_GREATEST = sys.float_info.max
_MOST_GAPS = 1000


class TimestampReducer:
    """Reduce timestamps, block by block, to `TimestampFacts`.

    Notes
    -----
    A step is the time from one sample to the next where both are finite. A step that float64
    cannot hold counts as the greatest that it can. A step within 0.3 % of 5 × the median is no gap.
    """

    def __init__(self) -> None:
        self._pieces = Pieces(_PIECE_ROWS)
        self._digest = SampleDigest()
        self._steps = PositiveHistogram()
        self._count = 0
        self._first = math.nan
        self._last = math.nan
        self._before = math.nan
        self._not_finite = 0
        self._not_increasing = 0
        self._first_not_increasing = -1
        self._least_step = math.inf
        self._greatest_step = 0.0
        self._whole = True
        # Of the longest steps: their length, the index of the sample after, and both samples.
        self._longest: Floats = np.empty((4, 0))

    def update(self, timestamps: npt.ArrayLike) -> None:
        """Add the next samples.

        Parameters
        ----------
        timestamps
            Shape (n,), in seconds.

        Raises
        ------
        TypeError
            If the values are not real numbers.
        ValueError
            If the shape is another.
        """
        with np.errstate(all="ignore"):
            block = numbers(timestamps, 1).astype(np.float64, copy=False)
            for piece in self._pieces.take(block):
                self._reduce(piece)

    def result(self) -> TimestampFacts:
        """Return the facts of all samples; no block can follow."""
        last = self._pieces.rest()
        if last is not None:
            with np.errstate(all="ignore"):
                self._reduce(last)
        median = self._steps.median()
        gaps, gaps_total = self._steps.above(_GAP * median) if self._steps.count else (0, 0.0)
        return TimestampFacts(
            count=self._count,
            first=self._first,
            last=self._last,
            not_finite=self._not_finite,
            not_increasing=self._not_increasing,
            first_not_increasing=self._first_not_increasing,
            least_step=self._least_step if self._steps.count else math.nan,
            median_step=median,
            greatest_step=self._greatest_step if self._steps.count else math.nan,
            whole=self._whole and self._not_finite < self._count,
            gaps=gaps,
            gaps_total=min(gaps_total, _GREATEST),
            longest_gaps=self._longest_gaps(gaps),
            digest=self._digest.text("float64", self._count),
        )

    def _reduce(self, piece: Floats) -> None:
        # One spelling of 0 and of NaN, so that equal samples have equal bytes.
        piece = piece + 0.0
        finite = np.isfinite(piece)
        if not finite.all():
            np.copyto(piece, np.nan, where=np.isnan(piece))
        self._digest.update(piece)
        present = piece[finite]
        self._not_finite += len(piece) - len(present)
        if len(present):
            if math.isnan(self._first):
                self._first = float(present[0])
            self._last = float(present[-1])
            self._whole = self._whole and bool((np.floor(present) == present).all())
        self._reduce_steps(np.where(finite, piece, np.nan) if len(present) < len(piece) else piece)
        self._count += len(piece)

    def _reduce_steps(self, piece: Floats) -> None:
        """Add the steps that end in this piece, in which what is not finite is NaN."""
        steps = np.diff(piece, prepend=self._before)
        self._keep_longest(steps, piece)
        self._before = float(piece[-1])
        least = float(steps.min())
        if not least > 0:
            backward = np.flatnonzero(steps <= 0)
            if len(backward) and not self._not_increasing:
                self._first_not_increasing = self._count + int(backward[0])
            self._not_increasing += len(backward)
            steps = steps[steps > 0]
            if not len(steps):
                return
            least = float(steps.min())
        greatest = float(steps.max())
        if greatest > _GREATEST:
            steps = np.minimum(steps, _GREATEST)
        self._least_step = min(self._least_step, least, _GREATEST)
        self._greatest_step = max(self._greatest_step, min(greatest, _GREATEST))
        self._steps.update(steps)

    def _keep_longest(self, steps: Floats, piece: Floats) -> None:
        full = self._longest.shape[1] >= _MOST_GAPS
        chosen = np.flatnonzero(steps > (self._longest[0].min() if full else 0.0))
        if len(chosen) > _MOST_GAPS:
            chosen = np.sort(chosen[np.argpartition(steps[chosen], -_MOST_GAPS)[-_MOST_GAPS:]])
        if not len(chosen):
            return
        before = np.concatenate(([self._before], piece[:-1]))
        found = np.stack((steps[chosen], self._count + chosen, before[chosen], piece[chosen]))
        longest = np.concatenate((self._longest, found), axis=1)
        if longest.shape[1] > _MOST_GAPS:
            longest = longest[:, np.sort(np.argsort(longest[0], kind="stable")[-_MOST_GAPS:])]
        self._longest = longest

    def _longest_gaps(self, count: int) -> tuple[Gap, ...]:
        """Return the longest steps in stored order, as many as are gaps."""
        order = np.argsort(self._longest[0], kind="stable")[::-1][:count]
        return tuple(
            Gap(index=int(index), begin=float(begin), end=float(end))
            for _, index, begin, end in self._longest[:, np.sort(order)].T
        )
