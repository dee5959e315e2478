"""Facts of ``PoseEstimationSeries.data``: range, missing rows, sentinels, frozen runs, sameness."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Mask, Numbers, Pieces, numbers
from posecheck.facts.digest import PIECE_BYTES, SampleDigest
from posecheck.facts.frame_bounds import OutsideReducer
from posecheck.facts.rows import FrozenRuns, any_column, every_column, extremes
from posecheck.facts.sentinels import SharedSentinels
from posecheck.model.facts import PositionFacts

_UNLIKELY = 0.1
_CONFIDENT = 0.5
_MOST_COLUMNS = 64


class PositionReducer:
    """Reduce positions, block by block, to `PositionFacts`.

    Parameters
    ----------
    columns
        The number of coordinates: 2 or 3 in ndx-pose.
    outside
        What counts positions outside the frame; for two columns only.
    sentinels
        What gathers the rows that are a placeholder in every series of a container.

    Raises
    ------
    ValueError
        If there are no columns, or far too many for positions.

    Notes
    -----
    ``frozen_frames`` counts the row that is repeated, too: it is 2 or more, or 0 where no finite
    row repeats the one before it. A confidence of NaN counts as none given.
    """

    def __init__(
        self,
        columns: int,
        outside: OutsideReducer | None = None,
        sentinels: SharedSentinels | None = None,
    ) -> None:
        if not 1 <= columns <= _MOST_COLUMNS:
            raise ValueError(f"positions have {columns} columns, wanted 1 to {_MOST_COLUMNS}")
        self._columns = columns
        self._outside = outside if columns == 2 else None
        self._sentinels = sentinels
        self._reduced = 0
        self._dtype: np.dtype[np.generic] | None = None
        self._positions = Pieces(1)
        self._confidence: Pieces | None = None
        self._confidence_dtype: np.dtype[np.generic] = np.dtype(np.float64)
        self._digest = SampleDigest()
        self._runs = FrozenRuns()
        self._frames = 0
        self._finite = 0
        self._missing = 0
        self._infinite = 0
        self._low = [math.inf] * columns
        self._high = [-math.inf] * columns
        self._zeros = 0
        self._minus_ones = 0
        self._unlikely_sentinels = 0
        self._confident_missing = 0

    def update(self, positions: npt.ArrayLike, confidence: npt.ArrayLike | None = None) -> None:
        """Add the next rows.

        Parameters
        ----------
        positions
            Shape (n, columns).
        confidence
            Shape (m,), of the first m of these rows; what is beyond n is ignored.

        Raises
        ------
        TypeError
            If the values are not real numbers.
        ValueError
            If a shape is another.
        """
        block = numbers(positions, 2)
        if block.shape[1] != self._columns:
            raise ValueError(f"the block has {block.shape[1]} columns, wanted {self._columns}")
        given = numbers(confidence, 1)[: len(block)] if confidence is not None else None
        if self._dtype is None:
            self._dtype = block.dtype
            self._positions = Pieces(_piece_rows(self._columns * block.dtype.itemsize))
        self._frames += len(block)
        with np.errstate(all="ignore"):
            block = block.astype(self._dtype, copy=False)
            if given is None and self._confidence is None:
                for piece in self._positions.take(block):
                    self._reduce(piece, None)
                return
            beside = self._beside(given, len(block))
            pieces = zip(self._positions.take(block), beside, strict=True)
            for piece, confidences in pieces:
                self._reduce(piece, confidences)

    def result(self) -> PositionFacts:
        """Return the facts of all rows; no block can follow."""
        last = self._positions.rest()
        confidences = self._confidence.rest() if self._confidence is not None else None
        if last is not None:
            with np.errstate(all="ignore"):
                self._reduce(last, confidences)
        low = tuple(self._low) if self._finite else ()
        high = tuple(self._high) if self._finite else ()
        return PositionFacts(
            frames=self._frames,
            columns=self._columns,
            finite=self._finite,
            missing=self._missing,
            infinite=self._infinite,
            low=low,
            high=high,
            zeros=self._zeros,
            minus_ones=self._minus_ones,
            unlikely_sentinels=self._unlikely_sentinels,
            frozen_frames=self._runs.longest,
            frozen_at=self._runs.longest_at,
            confident_missing=self._confident_missing,
            digest=self._digest.text(str(self._dtype), self._frames, self._columns, low, high),
            against_frame=self._outside.result() if self._outside is not None else None,
        )

    def _beside(self, given: Numbers | None, rows: int) -> Iterator[Numbers]:
        """Cut confidences as the positions of these rows will be cut."""
        if self._confidence is None:
            self._confidence = Pieces(self._positions.rows)
            if given is not None:
                self._confidence_dtype = np.result_type(given.dtype, np.float32)
            before = self._none_given(self._positions.waiting)
            deque(self._confidence.take(before), maxlen=0)
        if given is None:
            given = self._none_given(rows)
        else:
            given = given.astype(self._confidence_dtype, copy=False)
        if len(given) < rows:
            given = np.concatenate([given, self._none_given(rows - len(given))])
        return self._confidence.take(given)

    def _none_given(self, rows: int) -> Numbers:
        return np.full(rows, np.nan, self._confidence_dtype)

    def _reduce(self, piece: Numbers, confidence: Numbers | None) -> None:
        low = extremes(piece, np.minimum)
        high = extremes(piece, np.maximum) if _all_finite(low) else low
        finite = None
        if _all_finite(high):
            self._finite += len(piece)
            self._widen(low, high)
            self._count_sentinels(piece, low, high, confidence)
            if self._outside is not None:
                self._outside.update(piece, low, high, None)
            if piece.dtype.kind == "f" and min(low) <= 0 <= max(high):
                piece = _respelled(piece, None)
        else:
            absent = np.isnan(piece)
            finite = self._reduce_finite(piece, absent, confidence)
            piece = _respelled(piece, absent)
        self._reduced += len(piece)
        self._runs.update(piece, finite)
        self._digest.update(piece)

    def _reduce_finite(self, piece: Numbers, absent: Mask, confidence: Numbers | None) -> Mask:
        """Reduce the finite rows of a piece that has others, too, and return which they are."""
        missing = any_column(absent)
        missing_rows = int(np.count_nonzero(missing))
        self._missing += missing_rows
        if confidence is not None:
            self._confident_missing += int(np.count_nonzero(missing & (confidence > _CONFIDENT)))
        finite = ~missing
        low, high = extremes(piece, np.fmin), extremes(piece, np.fmax)
        if -math.inf in low or math.inf in high:
            infinite = any_column(np.isinf(piece))
            self._infinite += int(np.count_nonzero(infinite))
            finite &= ~infinite
        count = int(np.count_nonzero(finite))
        self._finite += count
        if not count:
            return finite
        wholly_missing = np.count_nonzero(absent) == missing_rows * self._columns
        if count + missing_rows < len(piece) or not wholly_missing:
            # Rows that are finite in one column only must not widen the range.
            rows = np.compress(finite, piece, axis=0)
            low, high = extremes(rows, np.minimum), extremes(rows, np.maximum)
        self._widen(low, high)
        self._count_sentinels(piece, low, high, confidence)
        if self._outside is not None:
            self._outside.update(piece, low, high, finite)
        return finite

    def _widen(self, low: tuple[float, ...], high: tuple[float, ...]) -> None:
        self._low = [min(pair) for pair in zip(self._low, low, strict=True)]
        self._high = [max(pair) for pair in zip(self._high, high, strict=True)]

    def _count_sentinels(
        self,
        piece: Numbers,
        low: tuple[float, ...],
        high: tuple[float, ...],
        confidence: Numbers | None,
    ) -> None:
        if max(low) <= 0 <= min(high):
            zeros = every_column(piece == 0)
            self._zeros += int(np.count_nonzero(zeros))
            self._unlikely_sentinels += _count_unlikely(zeros, confidence)
            self._share(zeros)
        if max(low) <= -1 <= min(high):
            minus_ones = every_column(piece == -1)
            self._minus_ones += int(np.count_nonzero(minus_ones))
            self._unlikely_sentinels += _count_unlikely(minus_ones, confidence)
            self._share(minus_ones)

    def _share(self, rows: Mask) -> None:
        if self._sentinels is not None:
            self._sentinels.add(self._reduced, rows)


def _all_finite(values: tuple[float, ...]) -> bool:
    return all(map(math.isfinite, values))


def _piece_rows(row_bytes: int) -> int:
    """Return a power of two, so that every whole piece is made of whole 64-bit words."""
    most = max(PIECE_BYTES // row_bytes, 8)
    return int(2 ** (most.bit_length() - 1))


def _respelled(piece: Numbers, absent: Mask | None) -> Numbers:
    """Copy, with one spelling of 0 and of NaN, so that equal values have equal bytes."""
    copied: Numbers = piece + piece.dtype.type(0)
    if absent is not None:
        np.copyto(copied, np.nan, where=absent)
    return copied


def _count_unlikely(rows: Mask, confidence: Numbers | None) -> int:
    if confidence is None:
        return int(np.count_nonzero(rows))
    return int(np.count_nonzero(rows & ~(confidence >= _UNLIKELY)))
