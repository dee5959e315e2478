from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.cuts import Array, arrays, blocks, cuts

from posecheck.facts import TimestampReducer
from posecheck.model.facts import TimestampFacts


def reduce(timestamps: Array, pieces: list[slice] | None = None) -> TimestampFacts:
    reducer = TimestampReducer()
    for piece in pieces or [slice(0, len(timestamps))]:
        reducer.update(timestamps[piece])
    return reducer.result()


def known(facts: TimestampFacts) -> dict[str, Any]:
    """All fields, with NaN spelled so that it equals itself."""
    fields = {name: getattr(facts, name) for name in TimestampFacts.__dataclass_fields__}
    return {key: repr(value) for key, value in fields.items()}


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_facts_are_those_of_the_definition_however_the_array_is_cut(data: st.DataObject) -> None:
    array: Array = data.draw(arrays())
    facts = reduce(array, data.draw(cuts(len(array))))
    assert known(facts) == known(reduce(array))
    samples = [float(value) for value in array.tolist()]
    finite = [value for value in samples if math.isfinite(value)]
    steps = [
        (index, min(samples[index] - samples[index - 1], sys.float_info.max))
        for index in range(1, len(samples))
        if math.isfinite(samples[index]) and math.isfinite(samples[index - 1])
    ]
    backward = [index for index, step in steps if step <= 0]
    forward = sorted(step for _, step in steps if step > 0)
    assert facts.count == len(samples)
    assert facts.not_finite == len(samples) - len(finite)
    assert facts.not_increasing == len(backward)
    assert facts.first_not_increasing == (backward[0] if backward else -1)
    assert facts.whole == (bool(finite) and all(value.is_integer() for value in finite))
    if finite:
        assert (facts.first, facts.last) == (finite[0], finite[-1])
    else:
        assert math.isnan(facts.first)
        assert math.isnan(facts.last)
    if forward:
        assert (facts.least_step, facts.greatest_step) == (forward[0], forward[-1])
        middle = forward[(len(forward) - 1) // 2] / 2 + forward[len(forward) // 2] / 2
        assert facts.median_step == pytest.approx(middle, rel=0.003, abs=1e-300)
        assert math.isfinite(facts.gaps_total)
    else:
        assert math.isnan(facts.median_step)
        assert math.isnan(facts.least_step)
        assert math.isnan(facts.greatest_step)


def test_an_hour_of_frames_with_dropped_rows_in_blocks_of_any_size() -> None:
    frames = np.delete(np.arange(200_000), [*range(1000, 1003), *range(70_000, 70_009), 5])
    times = 12.5 + frames / 30
    whole = reduce(times)
    assert whole.median_step == pytest.approx(1 / 30, rel=1e-6)
    assert whole.least_step == pytest.approx(1 / 30, rel=1e-6)
    assert whole.gaps == 1
    assert whole.gaps_total == pytest.approx(10 / 30)
    assert whole.greatest_step == pytest.approx(10 / 30)
    assert not whole.whole
    for size in (4096, 65_536, 100_001):
        assert reduce(times, [slice(a, a + size) for a in range(0, len(times), size)]) == whole


def test_a_step_of_five_frames_is_no_gap_and_one_of_six_is() -> None:
    frames = np.delete(np.arange(3000), [*range(100, 104), *range(500, 505)])
    assert frames[100] - frames[99] == 5
    facts = reduce(frames / 30)
    assert facts.gaps == 1
    assert facts.gaps_total == pytest.approx(0.2)


def test_equal_samples_have_equal_digests_whatever_they_are_stored_as() -> None:
    whole = np.arange(70_000)
    assert reduce(whole).digest == reduce(whole.astype("<f8")).digest
    assert reduce(whole).digest == reduce(whole.astype(">f4")).digest
    assert reduce(np.array([0.0, np.nan])).digest == reduce(np.array([-0.0, -np.nan])).digest
    other = whole.copy()
    other[69_999] += 1
    assert reduce(other).digest != reduce(whole).digest
    assert reduce(whole[:-1]).digest != reduce(whole).digest


def test_the_first_step_back_is_found_across_blocks() -> None:
    times = np.arange(200_000.0)
    times[131_072:] -= 5
    times[190_000] = 0
    reducer = TimestampReducer()
    for block in blocks(times, 10_000):
        reducer.update(block)
    facts = reducer.result()
    assert (facts.not_increasing, facts.first_not_increasing) == (2, 131_072)


def test_what_is_no_block_of_timestamps_is_refused() -> None:
    with pytest.raises(ValueError, match="2 dimensions, wanted 1"):
        TimestampReducer().update(np.zeros((3, 1)))
    with pytest.raises(TypeError, match="real numbers"):
        TimestampReducer().update(np.array(["2024"], dtype="datetime64[s]"))


def test_the_longest_gaps_are_kept_in_order_with_the_samples_around_them() -> None:
    frames = np.delete(np.arange(200_000), [*range(100, 110), *range(70_000, 70_100), 5])
    facts = reduce(frames / 30)
    assert [gap.index for gap in facts.longest_gaps] == [99, 69_989]
    assert [gap.length for gap in facts.longest_gaps] == pytest.approx([11 / 30, 101 / 30])
    assert facts.longest_gaps[1].begin == pytest.approx(69_999 / 30)


def test_of_very_many_gaps_a_thousand_are_kept() -> None:
    steps = np.where(np.arange(300_000) % 100 == 99, 10.0 + np.arange(300_000) / 1e6, 1.0)
    facts = reduce(np.cumsum(steps))
    assert facts.gaps == 3000
    assert len(facts.longest_gaps) == 1000
    assert min(gap.length for gap in facts.longest_gaps) > 10.19
    assert [gap.index for gap in facts.longest_gaps] == sorted(
        gap.index for gap in facts.longest_gaps
    )
