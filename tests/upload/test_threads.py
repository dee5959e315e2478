"""Calls in threads: all answers, the first failure, and an end."""

from __future__ import annotations

import threading
import time

import pytest

from posecheck.archive.errors import StoppedError
from posecheck.upload.threads import in_threads


def test_every_item_is_answered() -> None:
    answers = dict(in_threads(lambda number: number * number, range(50), 4, threading.Event()))
    assert answers == {number: number * number for number in range(50)}


def test_nothing_is_nothing() -> None:
    assert list(in_threads(str, [], 4, threading.Event())) == []


def test_a_failure_is_raised_and_nothing_else_is_begun() -> None:
    begun: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        raise LookupError(f"no {number}")

    with pytest.raises(LookupError, match="no 0"):
        list(in_threads(fail, range(1000), 1, threading.Event()))
    assert begun == [0]


def test_threads_that_stop_leave_nobody_waiting() -> None:
    stop = threading.Event()

    def work(number: int) -> int:
        if number == 3:
            stop.set()
        return number

    with pytest.raises(StoppedError):
        list(in_threads(work, range(1000), 1, stop))


def test_a_failure_waits_for_what_runs() -> None:
    runs, ended = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number == 0:
            runs.wait(10)
            raise LookupError
        runs.set()
        time.sleep(0.3)
        ended.set()

    with pytest.raises(LookupError):
        list(in_threads(work, range(2), 2, threading.Event()))
    assert ended.is_set()
