from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.cuts import Array, arrays

from posecheck.facts import TimeSource, TimestampReducer, compare_clocks, regular, stamped
from posecheck.model.facts import ClockDifference

HOURS = 220_000
"""Frames at 30 Hz: two hours."""


def source(times: Array) -> TimeSource:
    """A clock with timestamps, read once for its facts and then piece by piece."""
    reducer = TimestampReducer()
    reducer.update(times)
    return stamped(reducer.result(), lambda start, stop: times[start:stop])


def dropped(frames: int, share: float, seed: int) -> Array:
    """Frame numbers of which a share is missing, the first kept."""
    kept = np.random.default_rng(seed).random(frames) >= share
    kept[0] = True
    return np.flatnonzero(kept)


def test_one_clock_stored_twice_and_as_a_rate() -> None:
    times = 5 + np.arange(1000) / 30
    difference = compare_clocks(
        source(times), regular(5, 30, 1000), series="b", reference_series="a"
    )
    assert difference.greatest_offset == pytest.approx(0, abs=1e-12)
    assert difference.frame == pytest.approx(1 / 30)
    assert replace(difference, greatest_offset=0.0, frame=0.0) == ClockDifference(
        series="b", reference="a", frames=1000, reference_frames=1000, on_grid=True
    )


def test_the_greatest_offset_is_over_the_shared_length() -> None:
    late = np.arange(200_000) / 30
    late[150_000] += 0.25
    late[190_000] += 9
    difference = compare_clocks(source(late), regular(0, 30, 180_000))
    assert difference.greatest_offset == pytest.approx(0.25)
    assert (difference.frames, difference.reference_frames) == (200_000, 180_000)
    assert not difference.on_grid


@pytest.mark.parametrize("share", [0.0, 0.05, 0.6, 0.9])
@pytest.mark.parametrize("rate", [1.0, 29.97, 30.0, 119.88])
def test_dropped_rows_lie_on_one_grid_for_hours(rate: float, share: float) -> None:
    reference = source(1.6e9 + dropped(HOURS, share, 1) / rate)
    series = source(1.6e9 + dropped(HOURS, 0.3, 2) / rate)
    assert compare_clocks(series, reference).on_grid


@pytest.mark.parametrize("digits", [3, 4, 6])
def test_rounded_timestamps_lie_on_the_grid_of_the_frames(digits: int) -> None:
    times = np.round(np.arange(HOURS) / 30, digits)
    series = times[dropped(HOURS, 0.4, 3)]
    assert compare_clocks(source(series), source(times)).on_grid
    assert compare_clocks(source(series), regular(0, 30, HOURS)).on_grid


def test_a_jittered_clock_lies_on_its_grid_up_to_a_tenth_of_a_frame() -> None:
    generator = np.random.default_rng(4)
    for jitter, on_grid in ((0.04, True), (0.3, False)):
        times = (np.arange(HOURS) + generator.uniform(-jitter, jitter, HOURS)) / 30
        difference = compare_clocks(source(times[dropped(HOURS, 0.4, 5)]), source(times))
        assert difference.on_grid is on_grid


@pytest.mark.parametrize(
    "series",
    [
        regular(0.5 / 30, 30, 1000),
        regular(0.2 / 30, 30, 1000),
        regular(0, 29.97, 100_000),
        regular(0, 25, 1000),
        regular(0, 30.0002, HOURS),
    ],
    ids=["half a frame late", "a fifth late", "NTSC", "PAL", "slow drift"],
)
def test_another_clock_is_not_on_the_grid(series: TimeSource) -> None:
    frames = np.arange(HOURS) / 30
    assert not compare_clocks(series, regular(0, 30, HOURS)).on_grid
    assert not compare_clocks(series, source(frames)).on_grid
    assert not compare_clocks(regular(0, 30, HOURS), series).on_grid


def test_a_shift_by_whole_frames_is_an_offset_on_the_grid() -> None:
    difference = compare_clocks(regular(3 / 30, 30, 500), regular(0, 30, 500))
    assert difference.greatest_offset == pytest.approx(0.1)
    assert difference.on_grid


def test_a_frame_known_from_elsewhere_makes_the_grid_of_sparse_rows() -> None:
    few = source(np.array([3.0, 8.0]))
    assert not compare_clocks(few, source(np.array([5.0, 10.0]))).on_grid
    assert compare_clocks(few, source(np.array([5.0, 10.0])), frame=1.0).on_grid
    assert not compare_clocks(few, source(np.array([5.5, 10.0])), frame=1.0).on_grid


def test_one_step_far_too_short_does_not_make_the_grid_fine() -> None:
    times = np.arange(1000) / 30
    times[500] = times[499] + 1e-7
    assert not compare_clocks(source(times), regular(0.4 / 30, 30, 1000)).on_grid


def test_single_samples_have_no_frame_and_lie_on_one_grid() -> None:
    difference = compare_clocks(source(np.array([7.0])), source(np.array([5.5])))
    assert (difference.greatest_offset, difference.frame, difference.on_grid) == (1.5, 0.0, True)


def test_the_frame_is_the_other_clocks_where_the_reference_has_one_sample() -> None:
    difference = compare_clocks(regular(0, 50, 10), source(np.array([0.1])))
    assert (difference.frame, difference.on_grid) == (0.02, True)


@pytest.mark.parametrize("rate", [0.0, -30.0, math.nan, math.inf, 5e-324])
def test_a_rate_that_is_none_shows_the_first_sample_only(rate: float) -> None:
    clock = regular(2.0, rate, 4)
    assert clock.times(0, 1).tolist() == [2.0]
    assert np.isnan(clock.times(0, 4)).tolist() == [False, True, True, True]
    difference = compare_clocks(clock, regular(0, 30, 4))
    assert (difference.greatest_offset, difference.on_grid) == (2.0, True)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(first=arrays(), second=arrays(), frame=st.floats())
def test_no_timestamps_break_it(first: Array, second: Array, frame: float) -> None:
    difference = compare_clocks(source(first), source(second), frame=frame)
    assert difference.greatest_offset >= 0
    assert math.isfinite(difference.greatest_offset)
    assert math.isfinite(difference.frame)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    frames=st.sets(st.integers(0, 2000), min_size=60, max_size=200),
    others=st.sets(st.integers(0, 2000), min_size=60, max_size=200),
    rate=st.floats(1, 500),
    start=st.floats(0, 1e6),
)
def test_any_rows_of_one_clock_lie_on_its_grid(
    frames: set[int], others: set[int], rate: float, start: float
) -> None:
    clocks = [source(start + np.array(sorted(chosen)) / rate) for chosen in (frames, others)]
    assert compare_clocks(*clocks, frame=1 / rate).on_grid


def hardware(frames: int, jitter: float, seed: int) -> Array:
    """The times of a camera's frames, each off its 30 Hz grid by up to a share of a frame."""
    return (np.arange(frames) + np.random.default_rng(seed).uniform(-jitter, jitter, frames)) / 30


@pytest.mark.parametrize("jitter", [0.2, 0.35, 0.49])
def test_rows_of_an_uneven_clock_are_part_of_it(jitter: float) -> None:
    times = hardware(HOURS, jitter, 6)
    rows, others = times[dropped(HOURS, 0.3, 7)], times[dropped(HOURS, 0.5, 8)]
    for one, other in ((rows, times), (times, rows), (rows, others)):
        difference = compare_clocks(source(one), source(other))
        assert (difference.on_grid, difference.is_part, difference.frames_known) == (
            False,
            True,
            True,
        )


@pytest.mark.parametrize("jitter", [0.2, 0.35, 0.49])
def test_uneven_rows_are_frames_of_a_rate(jitter: float) -> None:
    rows = hardware(HOURS, jitter, 9)[dropped(HOURS, 0.3, 10)]
    assert compare_clocks(source(rows), regular(0, 30, HOURS)).frames_known
    assert compare_clocks(regular(0, 30, HOURS), source(rows)).frames_known


def test_rows_a_third_of_a_frame_late_are_frames_of_a_rate() -> None:
    rows = source((dropped(1000, 0.3, 11) + 0.33) / 30)
    difference = compare_clocks(rows, regular(0, 30, 1000))
    assert (difference.on_grid, difference.is_part) == (False, True)


@pytest.mark.parametrize("rate", [29.97, 29.0, 25.0, 24.0, 20.0, 33.0])
def test_a_regular_clock_of_another_rate_is_no_part(rate: float) -> None:
    other = regular(0, rate, round(1000 * rate))
    for reference in (regular(0, 30, 30_000), source(np.arange(30_000) / 30)):
        assert not compare_clocks(other, reference).frames_known
        assert not compare_clocks(reference, other).frames_known


def test_an_uneven_clock_that_runs_late_is_no_part() -> None:
    times = hardware(1000, 0.3, 12)
    assert not compare_clocks(source(times + 0.15), source(times)).frames_known
    assert not compare_clocks(source(times * 1.01), source(times)).frames_known


def test_samples_without_a_time_are_passed_over() -> None:
    times = hardware(1000, 0.3, 13)
    holed = times.copy()
    holed[[5, 500]] = np.nan
    difference = compare_clocks(source(holed), source(times))
    assert (difference.greatest_offset, difference.is_part) == (0.0, True)


def test_times_that_run_back_are_no_part() -> None:
    times = hardware(1000, 0.3, 14)
    back = times.copy()
    back[500] = times[0]
    assert not compare_clocks(source(back), source(times)).frames_known


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_rows_left_out_are_never_another_clock(data: st.DataObject) -> None:
    """However many rows are missing of each node, and whether it has a rate or timestamps."""
    frames = data.draw(st.integers(20, 400))
    rate = data.draw(st.sampled_from([15.0, 25.0, 29.97, 30.0, 59.94, 120.0]))
    start = data.draw(st.sampled_from([0.0, 12.345, 1.7e9]))
    jitter = data.draw(st.floats(0, 0.45))
    offsets = np.random.default_rng(data.draw(st.integers(0, 2**16))).uniform(-1, 1, frames)
    times = start + (np.arange(frames) + jitter * offsets) / rate
    kept = data.draw(st.sets(st.integers(0, frames - 1), min_size=2, max_size=frames))
    rows = source(times[sorted(kept)])
    whole = data.draw(st.sampled_from([source(times), regular(start, rate, frames)]))
    pair = data.draw(st.permutations([rows, whole]))
    assert compare_clocks(pair[0], pair[1], frame=1 / rate).frames_known
