from __future__ import annotations

import numpy as np
import pytest

from posecheck.facts import PositionReducer, SharedSentinels


def shared(*series: list[int], frames: int = 50, block: int = 7) -> int:
    """Count the frames that are a placeholder in every series, which name theirs."""
    gathered = SharedSentinels()
    for rows in series:
        data = np.random.default_rng(len(rows)).uniform(5, 60, (frames, 2))
        data[rows] = 0
        reducer = PositionReducer(2, sentinels=gathered)
        for start in range(0, frames, block):
            reducer.update(data[start : start + block])
        assert reducer.result().zeros == len(rows)
        gathered.finish(frames)
    return gathered.count


@pytest.mark.parametrize(
    ("series", "count"),
    [
        (([3, 4, 30], [3, 4, 30], [3, 4, 30]), 3),
        (([3, 4, 30], [4, 30, 31]), 2),
        (([3, 4], [30, 31]), 0),
        (([3, 4], [], [3, 4]), 0),
        (([3, 4],), 0),
        (([], []), 0),
    ],
)
@pytest.mark.parametrize("block", [1, 7, 50])
def test_frames_are_counted_that_are_lost_in_every_series(
    series: tuple[list[int], ...], count: int, block: int
) -> None:
    assert shared(*series, block=block) == count


def test_minus_one_counts_as_zero_does() -> None:
    gathered = SharedSentinels()
    for value in (0.0, -1.0):
        reducer = PositionReducer(2, sentinels=gathered)
        data = np.full((20, 2), 9.0)
        data[4:6] = value
        reducer.update(data)
        reducer.result()
        gathered.finish(20)
    assert gathered.count == 2


def test_rows_of_series_of_different_lengths_are_not_one_frame() -> None:
    gathered = SharedSentinels()
    for frames in (20, 19):
        gathered.add(0, np.ones(frames, bool))
        gathered.finish(frames)
    assert gathered.count == 0
