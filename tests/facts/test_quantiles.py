from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.cuts import cuts

from posecheck.facts.quantiles import PositiveHistogram

VALUES = st.lists(
    st.one_of(
        st.just(0.0),
        st.floats(sys.float_info.min, sys.float_info.max),
        st.floats(0.01, 0.1),
    ),
    min_size=1,
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data(), values=VALUES)
def test_the_median_is_exact_to_three_permille(data: st.DataObject, values: list[float]) -> None:
    histogram = PositiveHistogram()
    for piece in data.draw(cuts(len(values))):
        histogram.update(np.array(values)[piece])
    ordered = sorted(values)
    low, high = ordered[(len(values) - 1) // 2], ordered[len(values) // 2]
    assert histogram.count == len(values)
    assert histogram.median() == pytest.approx(low / 2 + high / 2, rel=0.003)


@settings(max_examples=200, deadline=None)
@given(values=VALUES, limit=st.floats(0.001, 10))
def test_what_lies_above_a_limit_is_counted_and_summed(values: list[float], limit: float) -> None:
    histogram = PositiveHistogram()
    histogram.update(np.array(values))
    count, total = histogram.above(limit)
    surely = [value for value in values if value > limit * 1.006]
    perhaps = [value for value in values if value > limit]
    assert len(surely) <= count <= len(perhaps)
    assert sum(surely) <= total * (1 + 1e-9) or math.isinf(sum(surely))
    assert total <= sum(perhaps) * (1 + 1e-9)


def test_the_steps_of_a_regular_clock_keep_their_digits() -> None:
    histogram = PositiveHistogram()
    histogram.update(np.diff(np.arange(100_000) / 29.97))
    assert histogram.median() == pytest.approx(1 / 29.97, rel=1e-9)


def test_denormal_and_greatest_values_are_held() -> None:
    histogram = PositiveHistogram()
    histogram.update(np.array([5e-324, sys.float_info.max, sys.float_info.max]))
    assert histogram.median() == pytest.approx(sys.float_info.max, rel=0.003)
    assert histogram.above(1.0)[0] == 2


def test_no_values_have_no_median() -> None:
    histogram = PositiveHistogram()
    histogram.update(np.zeros(0))
    assert math.isnan(histogram.median())
    assert histogram.above(1.0) == (0, 0.0)
