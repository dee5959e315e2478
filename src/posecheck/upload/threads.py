"""Run calls in background threads, which do not keep the program from ending.

The threads of `concurrent.futures` are joined at exit: after Ctrl-C the program would stay until a
part of 64 MB is sent, or a stalled connection times out.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

from posecheck.archive.errors import StoppedError

Item = TypeVar("Item")
Result = TypeVar("Result")

LONGEST_WAIT = 0.25
"""Seconds until the waiting thread looks up: on Windows a wait cannot be interrupted."""


def in_threads(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    count: int,
    stop: threading.Event,
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with what the function returns of it, as they come.

    Parameters
    ----------
    function
        Called in one of the threads.
    items
        Its arguments.
    count
        The greatest number of threads.
    stop
        Ends all of it when set; no item is begun after that.

    Raises
    ------
    Exception
        What a call raised, first come first served; no other item is begun, and the calls that run
        have ended unless ``stop`` is set.
    """
    waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
    total = 0
    for item in items:
        waiting.put(item)
        total += 1
    done: queue.SimpleQueue[tuple[Item, _Outcome[Result]]] = queue.SimpleQueue()
    failed = threading.Event()

    def work() -> None:
        while not stop.is_set() and not failed.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            outcome = _Outcome(function, item)
            if outcome.error is not None:
                failed.set()
            done.put((item, outcome))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(count, total))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(total):
            item, outcome = _next(done, threads)
            if outcome.error is not None:
                # Who tries again must find all that the other calls have achieved.
                _wait_for_end(threads, stop)
            yield item, outcome.value()
    finally:
        failed.set()


def wait_for(future: Future[Result], stop: threading.Event) -> Result:
    """Return what a future holds, as soon as it does.

    Raises
    ------
    StoppedError
        If ``stop`` is set before.
    Exception
        What the future holds instead of a result.
    """
    while not future.done():
        if stop.is_set():
            raise StoppedError
        with contextlib.suppress(TimeoutError):
            future.exception(timeout=LONGEST_WAIT)
    return future.result()


class _Outcome(Generic[Result]):
    """What a call returned or raised, to be had in another thread."""

    def __init__(self, function: Callable[[Item], Result], item: Item) -> None:
        self.error: BaseException | None = None
        self._values: list[Result] = []
        try:
            self._values.append(function(item))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            self.error = error

    def value(self) -> Result:
        if self.error is not None:
            raise self.error
        return self._values[0]


def _next(
    done: queue.SimpleQueue[tuple[Item, _Outcome[Result]]], threads: Iterable[threading.Thread]
) -> tuple[Item, _Outcome[Result]]:
    while True:
        alive = any(thread.is_alive() for thread in threads)
        try:
            return done.get(timeout=LONGEST_WAIT)
        except queue.Empty:
            if not alive:
                raise StoppedError from None


def _wait_for_end(threads: Iterable[threading.Thread], stop: threading.Event) -> None:
    for thread in threads:
        while thread.is_alive() and not stop.is_set():
            thread.join(timeout=LONGEST_WAIT)
