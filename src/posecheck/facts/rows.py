"""Rows of positions: their extremes, their repetitions, and what holds in their columns.

NumPy reduces along an axis of two or three entries a hundred times slower than along a long one,
so everything here first turns a piece into something long.
"""

from __future__ import annotations

import functools
import operator

import numpy as np

from posecheck.facts.blocks import Mask, Numbers

_LANE_ROWS = 512


def extremes(piece: Numbers, extreme: np.ufunc) -> tuple[float, ...]:
    """Return the least or the greatest value of each column.

    Parameters
    ----------
    piece
        Contiguous, shape (n, columns), n at least 1.
    extreme
        ``numpy.minimum`` or ``numpy.maximum``, which give NaN for a column that has one, or
        ``numpy.fmin`` or ``numpy.fmax``, which pass over NaN.
    """
    rows, columns = piece.shape
    tail = rows % _LANE_ROWS
    if rows >= 4 * _LANE_ROWS:
        lanes = piece[: rows - tail].reshape(-1, _LANE_ROWS * columns)
        folded = extreme.reduce(lanes, axis=0).reshape(-1, columns)
        piece = np.concatenate([folded, piece[rows - tail :]]) if tail else folded
    # Adding 0 makes a negative zero positive: equal trajectories have equal facts.
    least = extreme.reduce(np.ascontiguousarray(piece.T), axis=1)
    return tuple(float(value) + 0.0 for value in least.tolist())


def any_column(mask: Mask) -> Mask:
    """Return which rows of a contiguous mask, shape (n, columns), are true in some column."""
    if mask.shape[1] == 2:
        some: Mask = mask.view(np.uint16)[:, 0] != 0
        return some
    return functools.reduce(operator.or_, mask.T)


def every_column(mask: Mask) -> Mask:
    """Return which rows of a contiguous mask, shape (n, columns), are true in every column."""
    if mask.shape[1] == 2:
        both: Mask = mask.view(np.uint16)[:, 0] == 0x0101
        return both
    return functools.reduce(operator.and_, mask.T)


def repetitions(piece: Numbers) -> Mask | None:
    """Return which rows have the bytes of the row before them.

    Parameters
    ----------
    piece
        Contiguous, shape (n, columns), n at least 1.

    Returns
    -------
    numpy.ndarray or None
        Shape (n - 1,), for every row but the first; ``None`` if none of them does.
    """
    columns, width = piece.shape[1], piece.dtype.itemsize
    if columns * width in {1, 2, 4, 8}:
        words = piece.view(f"u{columns * width}")[:, 0]
        same: Mask = words[1:] == words[:-1]
        return same if same.any() else None
    values = piece.reshape(-1).view(f"u{width}")
    same = values[columns:] == values[:-columns]
    if not same.any():
        return None
    same = every_column(same.reshape(-1, columns))
    return same if same.any() else None


class FrozenRuns:
    """Find the longest run of finite rows that repeat one position, across pieces.

    Attributes
    ----------
    longest, longest_at
        The rows of the first longest run, 2 or more, and the index of its first row; 0 and 0 where
        no row repeats the one before it.
    """

    def __init__(self) -> None:
        self.longest = 0
        self.longest_at = 0
        self._rows = 0
        self._start = 0
        self._length = 0
        self._last: bytes | None = None

    def update(self, piece: Numbers, finite: Mask | None) -> None:
        """Add the next rows.

        Parameters
        ----------
        piece
            Contiguous, shape (n, columns), n at least 1; equal rows have equal bytes.
        finite
            Shape (n,): which rows are finite; ``None`` if all are.
        """
        same = repetitions(piece)
        if same is not None and finite is not None:
            same &= finite[1:]
        first = piece[0].tobytes() if finite is None or finite[0] else None
        if first is not None and first == self._last:
            self._length += 1
        else:
            self._start, self._length = self._rows, 1
        if same is not None and same.any():
            self._follow(same)
        else:
            self._note(self._start, self._length)
            if len(piece) > 1:
                self._start, self._length = self._rows + len(piece) - 1, 1
        self._last = piece[-1].tobytes() if finite is None or finite[-1] else None
        self._rows += len(piece)

    def _follow(self, same: Mask) -> None:
        """Go through the runs of a piece, the first of which may have begun in an earlier one."""
        repeats = np.zeros(len(same) + 2, np.bool_)
        repeats[1:-1] = same
        edges = np.flatnonzero(repeats[1:] != repeats[:-1])
        starts, ends = edges[::2], edges[1::2]
        lengths = ends - starts + 1
        if not starts[0]:
            self._length += int(lengths[0]) - 1
        self._note(self._start, self._length)
        best = int(lengths.argmax())
        self._note(self._rows + int(starts[best]), int(lengths[best]))
        if ends[-1] < len(same):
            self._start, self._length = self._rows + len(same), 1
        elif starts[-1]:
            self._start, self._length = self._rows + int(starts[-1]), int(lengths[-1])

    def _note(self, start: int, length: int) -> None:
        if length >= 2 and length > self.longest:
            self.longest, self.longest_at = length, start
