"""Which rows are read of an array: all, or a sample that holds the first and the last."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.model.data_read import DataRead
from posecheck.model.facts import ArrayInfo
from posecheck.reading.row_choice import RowChoice
from posecheck.storage import Array


class Stored(Array):
    """An array of which only the extent matters."""

    path = "/data"

    def __init__(self, length: int, row: int, chunk: int) -> None:
        self._info = ArrayInfo(shape=(length, 2), bytes=length * row)
        self._row, self._chunk = row, chunk

    info = property(lambda self: self._info)
    block_rows = property(lambda self: max(1, 2**22 // self._row // self._chunk) * self._chunk)
    chunk_rows = property(lambda self: self._chunk)
    identity = property(lambda self: "1")
    foreign = attributes = property(lambda self: None)

    def attribute(self, name: str) -> Any:
        return None

    def has_attribute(self, name: str) -> bool:
        return False

    def attribute_dtype(self, name: str) -> str | None:
        return None

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        return np.zeros((stop - start, 2))

    def value(self, most: int = 100_000) -> Any:
        return None


@given(
    length=st.integers(1, 10**9),
    row=st.integers(1, 64),
    chunk=st.integers(1, 10**6),
    arrays=st.integers(0, 5000),
)
def test_a_sample_is_in_order_within_bounds_and_holds_both_ends(
    length: int, row: int, chunk: int, arrays: int
) -> None:
    array = Stored(length, row, chunk)
    choice = RowChoice(DataRead.SAMPLE, arrays)
    blocks = list(choice.blocks(array))
    assert blocks[0][0] == 0
    assert blocks[-1][1] == length
    assert all(start < stop for start, stop in blocks)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(blocks))
    assert choice.rows_read(array) == sum(stop - start for start, stop in blocks)


@given(length=st.integers(1, 10**6), chunk=st.integers(1, 10**4))
def test_everything_is_read_without_a_gap(length: int, chunk: int) -> None:
    array = Stored(length, 8, chunk)
    position = 0
    for start, stop in RowChoice(DataRead.FULL).blocks(array):
        assert start == position
        position = stop
    assert position == RowChoice(DataRead.FULL).rows_read(array) == length


@pytest.mark.parametrize("data", DataRead)
def test_a_claim_without_end_is_not_listed(data: DataRead) -> None:
    array = Stored(10**15, 8, 1)
    choice = RowChoice(data)
    assert next(iter(choice.blocks(array)))[0] == 0
    assert choice.rows_read(array) > 0


def test_a_sample_of_many_chunks_is_small() -> None:
    array = Stored(10**8, 8, 8192)
    assert RowChoice(DataRead.SAMPLE, 36).rows_read(array) < 10**6
