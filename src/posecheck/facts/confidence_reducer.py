"""Facts of ``PoseEstimationSeries.confidence``: how many values, and how far they reach."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Numbers, numbers
from posecheck.model.facts import ConfidenceFacts


class ConfidenceReducer:
    """Reduce confidence, block by block, to `ConfidenceFacts`."""

    def __init__(self) -> None:
        self._count = 0
        self._finite = 0
        self._infinite = 0
        self._low = math.inf
        self._high = -math.inf
        self._outside = 0
        self._whole = 0

    def update(self, confidence: npt.ArrayLike) -> None:
        """Add the next values.

        Parameters
        ----------
        confidence
            Shape (n,); booleans count as 0 and 1.

        Raises
        ------
        TypeError
            If the values are not real numbers.
        ValueError
            If the shape is another.
        """
        block = numbers(confidence, 1)
        self._count += len(block)
        if not len(block):
            return
        low, high = float(np.minimum.reduce(block)), float(np.maximum.reduce(block))
        if math.isfinite(low) and math.isfinite(high):
            self._reduce(block, low, high)
            return
        present = block[np.isfinite(block)]
        self._infinite += int(np.count_nonzero(np.isinf(block)))
        if len(present):
            self._reduce(present, float(present.min()), float(present.max()))

    def result(self) -> ConfidenceFacts:
        """Return the facts of all values so far."""
        return ConfidenceFacts(
            count=self._count,
            finite=self._finite,
            infinite=self._infinite,
            low=self._low if self._finite else math.nan,
            high=self._high if self._finite else math.nan,
            outside=self._outside,
            fractional=self._finite - self._whole,
        )

    def _reduce(self, values: Numbers, low: float, high: float) -> None:
        self._finite += len(values)
        self._low = min(self._low, low)
        self._high = max(self._high, high)
        if low < 0:
            self._outside += int(np.count_nonzero(values < 0))
        if high > 1:
            self._outside += int(np.count_nonzero(values > 1))
        if low <= 0 <= high:
            self._whole += int(np.count_nonzero(values == 0))
        if low <= 1 <= high:
            self._whole += int(np.count_nonzero(values == 1))
