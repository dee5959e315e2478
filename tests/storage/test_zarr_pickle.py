"""What is taken out of pickled objects of a Zarr store, and how much of it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from posecheck.storage.zarr_decompression import CodecError
from posecheck.storage.zarr_pickle import objects_of_pickle

EMPTY_LIST, MARK, APPENDS, STOP = b"]", b"(", b"e", b"."
NINE = b"K\x09"


def pickled(*operations: bytes) -> bytes:
    """Return a pickle, operation by operation."""
    return b"\x80\x04" + b"".join(operations) + STOP


@pytest.mark.parametrize("protocol", range(6))
def test_rows_of_references_and_numbers_are_taken(protocol: int) -> None:
    reference = {"path": "/a", "source": "."}
    values = np.empty(2, dtype=object)
    values[:] = [(np.int32(0), 5, reference), (np.float64(0.5), 7, reference)]
    assert objects_of_pickle(pickle.dumps(values, protocol)) == [
        (0, 5, reference),
        (0.5, 7, reference),
    ]


def test_shared_rows_within_rows_are_refused() -> None:
    # Each of 60 tuples has the one before twice: 2 ** 60 values, were they copied.
    doubled = b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + b"\x86" for n in range(60))
    with pytest.raises(CodecError, match="rows within rows"):
        objects_of_pickle(pickled(EMPTY_LIST, MARK, NINE, doubled, APPENDS))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(MARK + NINE * 20_000 + b"t", id="tuple"),
        pytest.param(b"B" + (20_000).to_bytes(4, "little") + b"x" * 20_000, id="bytes"),
    ],
)
def test_a_row_that_is_named_many_times_is_refused(row: bytes) -> None:
    many = b"h\x00" * 20_000
    with pytest.raises(CodecError, match="more than 33,554,432 values or bytes"):
        objects_of_pickle(pickled(EMPTY_LIST, MARK, row, b"q\x00", many, APPENDS))


@pytest.mark.parametrize("place", [b"r\xff\xff\xff\x3f", b"p1073741823\n"])
def test_no_room_is_made_for_a_billion_objects(place: bytes) -> None:
    with pytest.raises(CodecError, match="keeps object number 1,073,741,823"):
        objects_of_pickle(pickled(EMPTY_LIST, place))


def test_a_long_text_is_not_copied_as_bytes() -> None:
    with pytest.raises(CodecError, match="bytes that are no number"):
        objects_of_pickle(pickle.dumps([b"\xff" * 2000], 2))
