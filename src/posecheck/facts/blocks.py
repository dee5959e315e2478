"""Blocks of an array on their way into a reducer: plain numbers, regrouped to a fixed length.

A file's chunks decide how an array is cut when it is read. Reducers that depend on the order of
samples see pieces of one fixed length instead, so that their facts cannot depend on the cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
"""Integers, float32 or float64, in the machine's byte order and contiguous."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def numbers(block: npt.ArrayLike, dimensions: int) -> Numbers:
    """Return a block as plain numbers, copied only where its type or layout asks for it.

    Parameters
    ----------
    block
        Booleans (taken as 0 and 1), integers or real numbers of any width and byte order.
    dimensions
        The number of dimensions that it must have.

    Raises
    ------
    TypeError
        If its values are not real numbers.
    ValueError
        If it has another number of dimensions.
    """
    array = np.asarray(block)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"the values are of type {array.dtype}, wanted real numbers")
    if array.ndim != dimensions:
        raise ValueError(f"the block has {array.ndim} dimensions, wanted {dimensions}")
    wanted = array.dtype.newbyteorder("=")
    if array.dtype.kind == "b":
        wanted = np.dtype(np.uint8)
    elif array.dtype.kind == "f" and array.dtype.itemsize not in {4, 8}:
        wanted = np.dtype(np.float32 if array.dtype.itemsize < 4 else np.float64)
    with np.errstate(all="ignore"):  # an extended value beyond float64 becomes infinite
        return np.ascontiguousarray(array, dtype=wanted)


class Pieces:
    """Regroup blocks into pieces of a fixed number of rows.

    Parameters
    ----------
    rows
        The length of every piece but the last.

    Attributes
    ----------
    waiting
        The rows kept for the next piece.

    Notes
    -----
    A piece that lies within one block is a view of it; only what crosses a border is copied.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._kept: Numbers | None = None
        self.waiting = 0

    def take(self, block: Numbers) -> Iterator[Numbers]:
        """Yield the pieces that are complete with this block, and keep what is left over."""
        start = 0
        while start < len(block):
            if not self.waiting and len(block) - start >= self.rows:
                yield block[start : start + self.rows]
                start += self.rows
                continue
            if self._kept is None:
                self._kept = np.empty((self.rows, *block.shape[1:]), block.dtype)
            part = block[start : start + self.rows - self.waiting]
            self._kept[self.waiting : self.waiting + len(part)] = part
            self.waiting += len(part)
            start += len(part)
            if self.waiting == self.rows:
                self.waiting = 0
                yield self._kept

    def rest(self) -> Numbers | None:
        """Return the last, shorter piece; ``None`` if nothing is left."""
        if self._kept is None or not self.waiting:
            return None
        last = self._kept[: self.waiting]
        self.waiting = 0
        return last
