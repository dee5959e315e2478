from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.cuts import Array, arrays, cuts

from posecheck.facts import ConfidenceReducer


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_facts_are_those_of_the_definition_however_the_array_is_cut(data: st.DataObject) -> None:
    array: Array = data.draw(arrays())
    reducer = ConfidenceReducer()
    for piece in data.draw(cuts(len(array))):
        reducer.update(array[piece])
    facts = reducer.result()
    values = [float(value) for value in array.tolist()]
    finite = [value for value in values if math.isfinite(value)]
    assert facts.count == len(values)
    assert facts.finite == len(finite)
    assert facts.infinite == sum(math.isinf(value) for value in values)
    assert facts.outside == sum(value < 0 or value > 1 for value in finite)
    assert facts.fractional == sum(value not in {0.0, 1.0} for value in finite)
    if finite:
        assert (facts.low, facts.high) == (min(finite), max(finite))
    else:
        assert math.isnan(facts.low)
        assert math.isnan(facts.high)


def test_what_is_no_block_of_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match="2 dimensions, wanted 1"):
        ConfidenceReducer().update(np.zeros((3, 1)))
    with pytest.raises(TypeError, match="real numbers"):
        ConfidenceReducer().update(np.array(["0.9"]))
