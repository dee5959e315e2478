"""Frames in which every series of a container holds a placeholder: the animal was not found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Mask

_MOST_ROWS = 4_000_000
"""More placeholders than this are not kept, one number each: 32 MB."""

Rows = npt.NDArray[np.int64]


class SharedSentinels:
    """Gather the rows that are (0, 0) or (-1, -1) in every series, one series after the other.

    Only the rows that all series so far have in common are kept: where one series has no
    placeholder, nothing is left to compare.
    """

    def __init__(self) -> None:
        self._common: Rows | None = None
        self._current: list[Rows] = []
        self._kept = 0
        self._series = 0
        self._frames: int | None = None

    def add(self, start: int, rows: Mask) -> None:
        """Add rows of the current series.

        Parameters
        ----------
        start
            The index of the first row of the mask.
        rows
            Which of the rows from there on are a placeholder, shape (n,).
        """
        if self._common is not None and not len(self._common):
            return
        found = np.flatnonzero(rows) + start
        self._kept += len(found)
        if self._kept <= _MOST_ROWS:
            self._current.append(found)

    def finish(self, frames: int) -> None:
        """End a series of some frames; the next one begins."""
        found = np.concatenate(self._current) if self._current else np.empty(0, np.int64)
        # In series of different lengths, one row is not one frame.
        comparable = self._kept <= _MOST_ROWS and self._frames in {None, frames}
        if not comparable:
            self._common = np.empty(0, np.int64)
        elif self._common is None:
            self._common = np.unique(found)
        else:
            self._common = np.intersect1d(self._common, found)
        self._frames, self._series = frames, self._series + 1
        self._current, self._kept = [], 0

    @property
    def count(self) -> int:
        """In how many frames every series is a placeholder; 0 where there is one series only."""
        return len(self._common) if self._common is not None and self._series > 1 else 0
