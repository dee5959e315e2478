"""A bound on requests that threads and processes share."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from posecheck.archive.request_rate import RequestRate, share_request_rate


def turn_of(rate: RequestRate) -> float:
    """Reserve a turn, and return when it is at the latest."""
    wait = rate.reserve()
    return time.monotonic() + wait


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param(lambda: ThreadPoolExecutor(8), id="threads"),
        pytest.param(
            lambda: ProcessPoolExecutor(3, multiprocessing.get_context("spawn")),
            id="processes",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_no_two_requests_have_one_turn(workers: type[Executor]) -> None:
    began = time.monotonic()
    with share_request_rate(100) as rate, workers() as executor:
        turns = sorted(executor.map(turn_of, [rate] * 60))
    assert turns[-1] - began >= 59 / 100


def test_who_comes_late_does_not_wait() -> None:
    with share_request_rate(0.5) as rate:
        assert rate is not None
        assert rate.reserve() == 0
        assert 1 < rate.reserve() <= 2


def test_without_a_bound_nothing_is_shared() -> None:
    with share_request_rate(None) as rate:
        assert rate is None
