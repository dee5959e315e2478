"""Which rows of an array are read: all, or a sample that lies evenly over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from posecheck.model.data_read import DataRead
from posecheck.storage import Array

_ALL_SAMPLES = 8 * 1024**2
"""Bytes of all samples of a file together, where its arrays are not stored in larger chunks."""
_LEAST_SAMPLE, _LARGEST_SAMPLE = 16 * 1024, 256 * 1024
_BLOCK = 16 * 1024
_MOST_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class RowChoice:
    """How much of each array of a file is read.

    Attributes
    ----------
    data
        What the user chose.
    arrays
        How many arrays the file has, which share what is read.
    """

    data: DataRead = DataRead.FULL
    arrays: int = 1

    def blocks(self, array: Array) -> Iterable[tuple[int, int]]:
        """Return the ranges of rows to read of an array, in order."""
        if self._is_whole(array):
            # Not listed: an array may claim any number of rows.
            return blocks(array.info.length, array.block_rows)
        return self._sample(array)

    def rows_read(self, array: Array) -> int:
        """Return how many rows these ranges have."""
        if self._is_whole(array):
            return array.info.length
        return sum(stop - start for start, stop in self._sample(array))

    def _sample(self, array: Array) -> list[tuple[int, int]]:
        length, step = array.info.length, array.block_rows
        row = max(1, array.info.bytes // max(1, length))
        chunk = array.chunk_rows
        count = max(2, min(_MOST_BLOCKS, self._bytes // max(_BLOCK, chunk * row)))
        rows = max(1, self._bytes // count // row)
        rows = min(step, -(-rows // chunk) * chunk)
        if count * rows >= length:
            return list(blocks(length, step))  # a few
        # The last block ends with the array; where chunks are larger, two may be one.
        starts = [
            number * (length - 1) // (count - 1) // chunk * chunk for number in range(count - 1)
        ]
        starts.append((length - 1) // chunk * chunk if chunk > 1 else length - rows)
        chosen: list[tuple[int, int]] = []
        for start in starts:
            begin = max(start, chosen[-1][1] if chosen else 0)
            stop = min(start + rows, length)
            if begin < stop:
                chosen.append((begin, stop))
        return chosen

    @property
    def _bytes(self) -> int:
        return max(_LEAST_SAMPLE, min(_LARGEST_SAMPLE, _ALL_SAMPLES // max(1, self.arrays)))

    def _is_whole(self, array: Array) -> bool:
        return self.data is DataRead.FULL or array.info.bytes <= self._bytes


def blocks(length: int, rows: int, *, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that follow each other, up to a length."""
    for start in range(first, length, rows):
        yield start, min(start + rows, length)
