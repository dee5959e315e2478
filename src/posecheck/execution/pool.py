"""Worker processes that may crash, hang or eat memory, each at the cost of one file.

pebble keeps the processes: it ends one that takes too long, and starts another where one died. Here
is what posecheck adds: jobs are handed out as workers get free, however many there are; the end of
a worker is told in words; and a job whose worker died is tried once more in a fresh one, because
what killed it may have been left behind by the file before.
"""

from __future__ import annotations

import contextlib
import functools
import pickle
import queue
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import pebble
from pebble import ProcessExpired, ProcessPool

from posecheck.execution.deadline import ENDED_HERE
from posecheck.execution.worker import Done, Failed, OutOfMemory, Reply, work
from posecheck.execution.worker_context import safe_environment, worker_context
from posecheck.model.errors import InternalError

_LONGEST_WAIT = 0.25
"""Seconds until the caller's thread looks up: on Windows a wait cannot be interrupted."""

pebble.CONSTS.sleep_unit = 0.01
"""Seconds between two looks of pebble at its workers. Its 0.1 is a tenth of a small run."""

_SIGNALS = {
    "SIGSEGV": "a segmentation fault",
    "SIGBUS": "a bus error: the file shrank, or the disk failed",
    "SIGABRT": "a library gave up",
    "SIGFPE": "an arithmetic fault",
    "SIGILL": "an illegal instruction",
    "SIGKILL": "killed by the system, most often for want of memory",
}


@dataclass(frozen=True, slots=True)
class Lost:
    """A job whose worker gave no answer.

    Attributes
    ----------
    reason
        Why, as a clause.
    seconds
        After how long.
    timed_out
        Whether it took too long.
    died
        Whether its worker died: neither of the two means that it ran out of memory.
    ended
        When, on the clock of `time.monotonic`.
    """

    reason: str
    seconds: float
    timed_out: bool = False
    died: bool = False
    ended: float = 0.0


Answer = Done | Failed | Lost


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """How a job goes on that was lost.

    Attributes
    ----------
    job
        What is to be done.
    seconds
        The time that it may take.
    is_fresh
        Whether a worker is to do it that has done nothing before.
    """

    job: Any
    seconds: float
    is_fresh: bool = False


FollowUp = Callable[[int, Any, Lost], NextAttempt | None]
"""Says how a job goes on that was lost, by its number and what was tried; ``None``: it does not."""


class Pool:
    """Worker processes, which begin to import what they need before the first job is known.

    Use it as a context manager: whatever ends the block, Ctrl-C too, ends the workers with it. It
    serves one `run` after the other, with the same workers: what they loaded for one file serves
    those after it.

    Parameters
    ----------
    modules
        What workers will import; see `worker_context`.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self._context = worker_context(modules)
        self._pools: list[ProcessPool] = []
        self._kept: tuple[int, ProcessPool] | None = None
        self._environment = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._environment.enter_context(safe_environment())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._environment:
            for pool in self._pools:
                pool.stop()  # type: ignore[no-untyped-call]
            for pool in self._pools:
                pool.join()

    def run(  # noqa: PLR0913 - each limit is the caller's to choose
        self,
        task: Callable[[Any], Any],
        jobs: Sequence[Any],
        *,
        size: int,
        seconds: float,
        memory: int,
        follow_up: FollowUp | None = None,
    ) -> Iterator[tuple[int, Answer]]:
        """Yield the index and the answer of each job as they come.

        Parameters
        ----------
        task
            A function that a worker can import, or a partial of one.
        jobs
            Its arguments, each sent when a worker is free.
        size
            The greatest number of workers.
        seconds
            The time that one job may take.
        memory
            The bytes that one job may take, beyond what an idle worker holds.
        follow_up
            Says how a job goes on that was lost; by default one whose worker died is tried once
            more in a fresh one.
        """
        packed = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        order = _Order(
            functools.partial(work, packed, memory=memory),
            size,
            memory,
            follow_up or _OnceMore(seconds),
        )
        attempts = [(index, NextAttempt(job, seconds)) for index, job in enumerate(jobs)]
        yield from self._answers(order, attempts)

    def _answers(
        self, order: _Order, attempts: Sequence[_Attempt], *, is_fresh: bool = False
    ) -> Iterator[tuple[int, Answer]]:
        if not attempts:
            return
        workers = min(order.size, len(attempts))
        desk = _Desk(self._workers(workers, is_fresh=is_fresh), order)
        waiting = deque(attempts)
        later: list[_Attempt] = []
        while waiting or desk.busy:
            # One job more than there are workers, so that none waits for the caller to print.
            while waiting and desk.busy <= workers:
                desk.hand_out(*waiting.popleft())
            for index, attempt, answer in desk.hear():
                following = None
                if isinstance(answer, Lost):
                    following = order.follow_up(index, attempt.job, answer)
                if following is None:
                    yield index, answer
                elif following.is_fresh and not is_fresh:
                    later.append((index, following))
                else:
                    waiting.appendleft((index, following))
        yield from self._answers(order, later, is_fresh=True)

    def _workers(self, count: int, *, is_fresh: bool) -> ProcessPool:
        """Return so many workers: those of the run before, if they do not have to be fresh."""
        if not is_fresh and self._kept is not None and self._kept[0] == count:
            return self._kept[1]
        pool = ProcessPool(count, max_tasks=int(is_fresh), context=self._context)
        self._pools.append(pool)
        if not is_fresh:
            self._kept = count, pool
        return pool


_Attempt = tuple[int, NextAttempt]
"""A job's number, and what is tried."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What a run is to do, and within which limits."""

    function: Callable[[Any], bytes]
    size: int
    memory: int
    follow_up: FollowUp


class _OnceMore:
    """Tries a job whose worker died once more in a fresh one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tried: set[int] = set()

    def __call__(self, index: int, job: Any, lost: Lost) -> NextAttempt | None:
        if not lost.died or index in self._tried:
            return None
        self._tried.add(index)
        return NextAttempt(job, self._seconds, is_fresh=True)


class _Desk:
    """What is being worked on: hands out jobs, and turns what comes back into answers."""

    def __init__(self, pool: ProcessPool, order: _Order) -> None:
        self._pool = pool
        self._order = order
        self._out: dict[int, tuple[float, NextAttempt]] = {}
        self._done: queue.SimpleQueue[tuple[int, float, Future[bytes]]] = queue.SimpleQueue()

    @property
    def busy(self) -> int:
        """How many jobs are out."""
        return len(self._out)

    def hand_out(self, index: int, attempt: NextAttempt) -> None:
        """Send a job to whichever worker is free next."""
        self._out[index] = time.monotonic(), attempt
        future = self._pool.schedule(
            self._order.function, args=(attempt.job,), timeout=attempt.seconds
        )
        future.add_done_callback(lambda done: self._done.put((index, time.monotonic(), done)))

    def hear(self) -> Iterator[tuple[int, NextAttempt, Answer]]:
        """Yield what came back; nothing, if nothing did for a moment."""
        with contextlib.suppress(queue.Empty):
            index, ended, future = self._done.get(timeout=_LONGEST_WAIT)
            began, attempt = self._out.pop(index)
            answer = self._answer(future, ended - began, attempt.seconds)
            if isinstance(answer, Lost):
                answer = replace(answer, ended=ended)
            yield index, attempt, answer

    def _answer(self, future: Future[bytes], seconds: float, limit: float) -> Answer:
        try:
            packed: bytes = future.result()
        except TimeoutError:
            return Lost(f"it took longer than {limit:g} s", seconds, timed_out=True)
        except ProcessExpired as error:
            if error.exitcode in ENDED_HERE:
                return Lost("it did not end in time", seconds, timed_out=True)
            return Lost(describe_exit(error.exitcode), seconds, died=True)
        except Exception as error:
            raise InternalError(f"a worker of posecheck failed: {error}") from error
        try:
            reply: Reply = pickle.loads(packed)  # noqa: S301 - from our own worker
        except Exception as error:  # noqa: BLE001 - torn memory may send anything
            return Lost(f"its answer made no sense: {error}", seconds, died=True)
        if isinstance(reply, OutOfMemory):
            megabytes = self._order.memory / 1024**2
            return Lost(f"it needed more memory than the limit of {megabytes:,.0f} MB", seconds)
        return reply


def describe_exit(code: int | None) -> str:
    """Say in words how a process ended.

    Parameters
    ----------
    code
        Its return code: a negative one is the number of the signal that ended it.
    """
    if code is None:
        return "it stopped answering"
    if code >= 0:
        return f"it ended by itself with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"it was ended by signal {-code}"
    meaning = _SIGNALS.get(name, "")
    return f"it was ended by {name}" + (f" ({meaning})" if meaning else "")


def worker_failure(what: str, said: str) -> InternalError:
    """Make an error of a worker's traceback: its last line as the sentence, the rest as a note."""
    lines = said.strip().splitlines() or ["it gave no reason"]
    error = InternalError(f"{what}: {lines[-1]}")
    error.add_note(f"In the worker:\n{said}")
    return error
