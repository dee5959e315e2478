from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.cuts import Array, arrays, blocks, cuts

from posecheck.facts import PositionReducer
from posecheck.facts.digest import PIECE_BYTES
from posecheck.model.facts import PositionFacts


def reduce(
    positions: Array, confidence: Array | None = None, pieces: list[slice] | None = None
) -> PositionFacts:
    reducer = PositionReducer(positions.shape[1])
    for piece in pieces or [slice(0, len(positions))]:
        beside = confidence[piece] if confidence is not None else None
        reducer.update(positions[piece], beside)
    return reducer.result()


def naive(positions: Array, confidence: Array | None) -> dict[str, Any]:
    """The facts as their definitions say them, row by row."""
    with np.errstate(all="ignore"):
        wide = positions.astype(np.float32) if positions.dtype.kind == "b" else positions
        rows = wide.tolist()
    likelihood = confidence.astype(float).tolist() if confidence is not None else []
    likelihood += [math.nan] * (len(rows) - len(likelihood))
    finite = [all(math.isfinite(value) for value in row) for row in rows]
    present = [row for row, good in zip(rows, finite, strict=True) if good]
    zeros = [all(value == 0 for value in row) for row in rows]
    ones = [all(value == -1 for value in row) for row in rows]
    missing = [any(math.isnan(value) for value in row) for row in rows]
    longest, longest_at, length = 0, 0, 0
    for index, row in enumerate(rows):
        length = length + 1 if index and finite[index] and row == rows[index - 1] else 1
        if length >= 2 and length > longest:
            longest, longest_at = length, index - length + 1
    return {
        "frames": len(rows),
        "columns": positions.shape[1],
        "finite": len(present),
        "missing": sum(missing),
        "infinite": sum(any(math.isinf(value) for value in row) for row in rows),
        "low": tuple(float(min(column)) for column in zip(*present, strict=True)),
        "high": tuple(float(max(column)) for column in zip(*present, strict=True)),
        "zeros": sum(zeros),
        "minus_ones": sum(ones),
        "unlikely_sentinels": sum(
            (zero or one) and not sure >= 0.1
            for zero, one, sure in zip(zeros, ones, likelihood, strict=True)
        ),
        "frozen_frames": longest,
        "frozen_at": longest_at,
        "confident_missing": sum(
            gone and sure > 0.5 for gone, sure in zip(missing, likelihood, strict=True)
        ),
    }


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_facts_are_those_of_the_definition_however_the_array_is_cut(data: st.DataObject) -> None:
    columns = data.draw(st.sampled_from([2, 3]))
    positions = data.draw(arrays(columns=columns)).reshape(-1, columns)
    confidence = data.draw(st.none() | arrays(length=len(positions)))
    if confidence is not None:
        confidence = confidence[: data.draw(st.integers(0, len(confidence)))]
    facts = reduce(positions, confidence, data.draw(cuts(len(positions))))
    expected = naive(positions, confidence)
    assert {key: getattr(facts, key) for key in expected} == expected
    assert facts.digest == reduce(positions).digest


def long_track(columns: int, dtype: str, rows: int) -> tuple[Array, Array]:
    """A track of several pieces, with a frozen run over a border and all kinds of gaps."""
    generator = np.random.default_rng(7)
    track = generator.integers(-3, 4, (rows, columns)).astype(dtype)
    confidence = generator.random(rows).astype(np.float32)
    piece = PIECE_BYTES // (columns * track.dtype.itemsize)
    border = 2 ** (piece.bit_length() - 1)
    track[border - 60 : border + 60] = 2
    if track.dtype.kind == "f":
        track[100:200] = np.nan
        track[300, 0] = np.nan
        track[400, 1] = np.inf
        track[-1, 0] = -np.inf
        track[border + 100 : border + 103, 1] = np.nan
    return track, confidence


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("columns", [2, 3])
def test_long_tracks_have_the_same_facts_in_blocks_of_any_size(columns: int, dtype: str) -> None:
    rows = 3 * PIECE_BYTES // (columns * np.dtype(dtype).itemsize) // 2 + 17
    track, confidence = long_track(columns, dtype, rows)
    whole = reduce(track, confidence)
    expected = naive(track, confidence)
    assert {key: getattr(whole, key) for key in expected} == expected
    for size in (4096, 50_001):
        reducer = PositionReducer(columns)
        beside = blocks(confidence, size)
        for block, likelihood in zip(blocks(track, size), beside, strict=True):
            reducer.update(block, likelihood)
        assert reducer.result() == whole


def test_confidence_that_begins_late_belongs_to_its_own_rows() -> None:
    gone = np.full((6, 2), np.nan)
    reducer = PositionReducer(2)
    reducer.update(gone[:2])
    reducer.update(gone[2:], np.array([0.9, 0.4, 0.9, 0.9]))
    assert reducer.result().confident_missing == 3


def test_a_buffer_that_the_reader_fills_again_may_be_passed() -> None:
    track = np.arange(40, dtype=np.float64).reshape(-1, 2)
    reducer, buffer = PositionReducer(2), np.empty((5, 2))
    for block in blocks(track, 5):
        buffer[:] = block
        reducer.update(buffer)
    assert reducer.result() == reduce(track)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_digests_are_equal_where_the_samples_are_and_only_there(data: st.DataObject) -> None:
    track = data.draw(arrays(columns=2)).reshape(-1, 2).astype("float64")
    same = track.copy()
    same[same == 0] *= -1
    same[np.isnan(same)] = -np.nan
    assert reduce(same).digest == reduce(track).digest
    if len(track):
        row = data.draw(st.integers(0, len(track) - 1))
        other = track.copy()
        other[row, 1] = 7.25 if other[row, 1] != 7.25 else math.nan
        assert reduce(other).digest != reduce(track).digest


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_digests_distinguish_tracks_of_round_numbers(dtype: str) -> None:
    generator = np.random.default_rng(1)
    tracks = np.repeat(generator.integers(0, 4, (1, 40, 2)), 3000, axis=0).astype(dtype)
    for index, track in enumerate(tracks):
        # Only the second column differs, by small whole numbers: the digits at the top of a word.
        track[:12, 1] = [index // 4**place % 4 for place in range(12)]
    assert len({reduce(track).digest for track in tracks}) == len(tracks)


def test_digests_distinguish_order_length_and_columns() -> None:
    track = np.arange(12, dtype=np.float32).reshape(-1, 2)
    shorter, padded = track[:-1], np.concatenate([track, np.zeros((1, 2), np.float32)])
    others = [track[::-1], shorter, padded, track.reshape(-1, 3), track[:0]]
    digests = {reduce(np.ascontiguousarray(other)).digest for other in [track, *others]}
    assert len(digests) == 6


@pytest.mark.parametrize(
    ("block", "error", "message"),
    [
        (np.zeros((3, 3)), ValueError, "3 columns, wanted 2"),
        (np.zeros(3), ValueError, "1 dimensions, wanted 2"),
        (np.zeros((3, 2), complex), TypeError, "complex128"),
        (np.full((3, 2), "a"), TypeError, "real numbers"),
        (np.full((3, 2), None), TypeError, "object"),
    ],
)
def test_what_is_no_block_of_positions_is_refused(
    block: Array, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        PositionReducer(2).update(block)


@pytest.mark.parametrize("columns", [0, 65, -1])
def test_what_is_no_number_of_columns_is_refused(columns: int) -> None:
    with pytest.raises(ValueError, match=f"{columns} columns"):
        PositionReducer(columns)
