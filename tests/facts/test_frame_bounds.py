from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.cuts import Array, arrays, cuts

from posecheck.facts import OutsideReducer, PositionReducer
from posecheck.model.facts import FrameSize, OutsideFacts

FRAME = FrameSize(width=640, height=480)


def reduce(
    positions: Array, pieces: list[slice], conversion: float = 1.0, offset: float = 0.0
) -> OutsideFacts:
    reducer = PositionReducer(2, OutsideReducer(FRAME, conversion, offset))
    for piece in pieces:
        reducer.update(positions[piece])
    facts = reducer.result().against_frame
    assert facts is not None
    return facts


def naive(positions: Array) -> tuple[int, int, int]:
    with np.errstate(all="ignore"):
        rows = positions.astype(np.float32) if positions.dtype.kind == "b" else positions
    finite = [(x, y) for x, y in rows.tolist() if math.isfinite(x) and math.isfinite(y)]
    return (
        sum(not (-1 <= x <= 641 and -1 <= y <= 481) for x, y in finite),
        sum(not (-1 <= x <= 481 and -1 <= y <= 641) for x, y in finite),
        sum(not (-32 <= x <= 672 and -24 <= y <= 504) for x, y in finite),
    )


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_counts_are_those_of_the_definition_however_the_array_is_cut(data: st.DataObject) -> None:
    positions = data.draw(arrays(columns=2)).reshape(-1, 2)
    if data.draw(st.booleans()) and positions.dtype.kind == "f":
        with np.errstate(all="ignore"):
            positions = positions * positions.dtype.type(500)
    facts = reduce(positions, data.draw(cuts(len(positions))))
    assert (facts.outside, facts.outside_swapped, facts.far_outside) == naive(positions)


@pytest.mark.parametrize(("conversion", "offset"), [(640, 0), (-1, 640), (2, -100)])
def test_stored_coordinates_are_checked_as_the_pixels_that_they_mean(
    conversion: float, offset: float
) -> None:
    pixels = np.random.default_rng(3).uniform(-100, 900, (5000, 2))
    stored = (pixels - offset) / conversion
    assert reduce(stored, [slice(None)], conversion, offset) == reduce(pixels, [slice(None)])


def test_three_columns_are_not_held_against_a_frame() -> None:
    reducer = PositionReducer(3, OutsideReducer(FRAME))
    reducer.update(np.full((10, 3), 900.0))
    assert reducer.result().against_frame is None
