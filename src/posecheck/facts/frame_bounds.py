"""Facts of positions and the frame that they should lie in: how many lie outside, and which way."""

from __future__ import annotations

import numpy as np

from posecheck.facts.blocks import Mask, Numbers
from posecheck.model.facts import FrameSize, OutsideFacts

MARGIN = 0.05
"""The share of the frame's width and height beyond which a position counts as far outside."""

_SLACK = 1.0
"""Pixels of grace at the edge: some trackers count from the corner of a pixel, others from its
middle."""

_Box = tuple[tuple[float, float], tuple[float, float]]


class OutsideReducer:
    """Count the positions outside a frame, piece by piece.

    Parameters
    ----------
    frame
        The size of the frame in pixels.
    conversion, offset
        What turns a stored coordinate into pixels: it is multiplied, then the offset is added.
    """

    def __init__(self, frame: FrameSize, conversion: float = 1.0, offset: float = 0.0) -> None:
        self._frame = frame
        width, height = frame.width, frame.height
        scale = (conversion, offset)
        self._edge = _box(width, height, (_SLACK, _SLACK), scale)
        self._swapped = _box(height, width, (_SLACK, _SLACK), scale)
        self._far = _box(width, height, (MARGIN * width, MARGIN * height), scale)
        self._outside = 0
        self._outside_swapped = 0
        self._far_outside = 0

    def update(
        self, piece: Numbers, low: tuple[float, ...], high: tuple[float, ...], finite: Mask | None
    ) -> None:
        """Add the next rows.

        Parameters
        ----------
        piece
            Shape (n, 2).
        low, high
            Per column, the extremes of its finite rows: most pieces need no other look.
        finite
            Shape (n,): which rows are finite; ``None`` if all are.
        """
        self._outside += _count(piece, low, high, finite, self._edge)
        self._outside_swapped += _count(piece, low, high, finite, self._swapped)
        self._far_outside += _count(piece, low, high, finite, self._far)

    def result(self) -> OutsideFacts:
        """Return the counts."""
        return OutsideFacts(
            frame=self._frame,
            outside=self._outside,
            outside_swapped=self._outside_swapped,
            far_outside=self._far_outside,
        )


def _box(
    width: float, height: float, grace: tuple[float, float], scale: tuple[float, float]
) -> _Box:
    """Return the range of x and of y in stored coordinates."""
    conversion, offset = scale
    x = sorted((edge - offset) / conversion for edge in (-grace[0], width + grace[0]))
    y = sorted((edge - offset) / conversion for edge in (-grace[1], height + grace[1]))
    return (x[0], x[1]), (y[0], y[1])


def _count(
    piece: Numbers,
    low: tuple[float, ...],
    high: tuple[float, ...],
    finite: Mask | None,
    box: _Box,
) -> int:
    outside: Mask | None = None
    for column, (least, greatest) in enumerate(box):
        values = piece[:, column]
        if low[column] < least:
            below = values < least
            outside = below if outside is None else outside | below
        if high[column] > greatest:
            above = values > greatest
            outside = above if outside is None else outside | above
    if outside is None:
        return 0
    return int(np.count_nonzero(outside if finite is None else outside & finite))
