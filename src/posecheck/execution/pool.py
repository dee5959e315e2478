"""Worker processes that may crash, hang or eat memory, each at the cost of one file.

pebble keeps the processes: it ends one that takes too long, and starts another where one died.
posecheck adds three things: a job is submitted when a worker is free, however many jobs there are;
the end of a worker is described in words; and a job whose worker died is tried once more in a fresh
one, because what killed it may have been left behind by the file before.
"""

from __future__ import annotations

import contextlib
import functools
import pickle
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import pebble
from pebble import ProcessExpired, ProcessPool
from pebble.pool.base_pool import Task
from pebble.pool.process import PoolManager

from posecheck.execution.deadline import ENDED_HERE
from posecheck.execution.executor import FollowUp, Job, NextAttempt, Result
from posecheck.execution.failure import FailureKind, WorkerFailure, describe_exit
from posecheck.execution.limits import DEFAULT_LIMITS, Limits
from posecheck.execution.start_up import start_server
from posecheck.execution.worker import Returned, work
from posecheck.execution.worker_context import safe_environment
from posecheck.model.errors import InternalError

_LONGEST_WAIT = 0.25
"""Seconds until the caller's thread looks up: on Windows a wait cannot be interrupted."""

pebble.CONSTS.sleep_unit = 0.01
"""Seconds between two looks of pebble at its workers. Its 0.1 is a tenth of a small run."""

_ACKNOWLEDGED_WITHIN = 1.0
"""Seconds until pebble has read that a worker took a job, though the worker is dead by then."""

_find_expired_task = PoolManager.find_expired_task


def _find_task_of_dead_worker(self: PoolManager, worker_id: int) -> Task:
    """Return the job that a worker had when it died.

    One thread of pebble notices the death, another one reads that the worker had taken the job.
    Where the first is ahead, pebble would give up all jobs, or wait for this one until its time is
    over.
    """
    until = time.monotonic() + _ACKNOWLEDGED_WITHIN
    while time.monotonic() < until:
        for task in tuple(self.task_manager.tasks.values()):
            if task.worker_id == worker_id:
                return task
        time.sleep(pebble.CONSTS.sleep_unit)
    return _find_expired_task(self, worker_id)


PoolManager.find_expired_task = _find_task_of_dead_worker  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class PackedTask:
    """A task that was packed before, for one run after the other.

    Attributes
    ----------
    content
        The packed function.
    """

    content: bytes

    def __call__(self, job: Any) -> Any:
        """Do a job."""
        return pickle.loads(self.content)(job)  # noqa: S301 - packed by posecheck


_LOST = frozenset({FailureKind.TIME, FailureKind.DEATH, FailureKind.MEMORY})
"""After which a job may be tried again."""


class WorkerPool:
    """Worker processes, which begin to import what they need before the first job is known.

    Use it as a context manager: whatever ends the block, Ctrl-C too, ends the workers with it. It
    serves one `run` after the other, with the same workers: what they loaded for one file serves
    those after it.

    Parameters
    ----------
    modules
        What workers will import; see `start_server`.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self._context = start_server(modules)
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

    def run(  # noqa: PLR0913 - what is done, within which limits, and what is done meanwhile
        self,
        task: Callable[[Job], Result],
        jobs: Sequence[Job],
        *,
        workers: int,
        limits: Limits = DEFAULT_LIMITS,
        follow_up: FollowUp[Job] | None = None,
        while_waiting: Callable[[], None] | None = None,
    ) -> Iterator[tuple[int, Result | WorkerFailure]]:
        """Yield the number of each job with its result, as they come; see `Executor`."""
        if isinstance(task, PackedTask):
            packed = task.content
        else:
            packed = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        spec = _RunSpec(
            functools.partial(work, packed, memory=limits.memory),
            workers,
            follow_up or _RetryOnce(limits.seconds),
            while_waiting,
        )
        attempts = [(index, NextAttempt(job, limits.seconds)) for index, job in enumerate(jobs)]
        yield from self._answers(spec, attempts)

    def _answers(
        self, spec: _RunSpec, attempts: Sequence[_Attempt], *, is_fresh: bool = False
    ) -> Iterator[tuple[int, Any]]:
        if not attempts:
            return
        workers = min(spec.workers, len(attempts))
        scheduler = _Scheduler(self._workers(workers, is_fresh=is_fresh), spec.function)
        waiting = deque(attempts)
        later: list[_Attempt] = []
        while waiting or scheduler.running:
            # One job more than there are workers, so that none waits for the caller to print.
            while waiting and scheduler.running <= workers:
                scheduler.submit(*waiting.popleft())
            if spec.while_waiting is not None:
                spec.while_waiting()
            for index, attempt, answer in scheduler.poll():
                following = None
                if isinstance(answer, WorkerFailure) and answer.kind in _LOST:
                    following = spec.follow_up(index, attempt.job, answer)
                if following is None:
                    yield index, answer
                elif following.is_fresh and not is_fresh:
                    later.append((index, following))
                else:
                    waiting.appendleft((index, following))
        yield from self._answers(spec, later, is_fresh=True)

    def _workers(self, count: int, *, is_fresh: bool) -> ProcessPool:
        """Return so many workers: those of the run before, if they do not have to be fresh."""
        if not is_fresh and self._kept is not None and self._kept[0] >= count:
            return self._kept[1]
        pool = ProcessPool(count, max_tasks=int(is_fresh), context=self._context)
        self._pools.append(pool)
        if not is_fresh:
            self._kept = count, pool
        return pool


_Attempt = tuple[int, NextAttempt[Any]]
"""A job's number, and what is tried."""


@dataclass(frozen=True, slots=True)
class _RunSpec:
    """What a run is to do."""

    function: Callable[[Any], bytes]
    workers: int
    follow_up: FollowUp[Any]
    while_waiting: Callable[[], None] | None


class _RetryOnce:
    """Tries a job whose worker died once more in a fresh one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tried: set[int] = set()

    def __call__(self, index: int, job: Any, failure: WorkerFailure) -> NextAttempt[Any] | None:
        if failure.kind is not FailureKind.DEATH or index in self._tried:
            return None
        self._tried.add(index)
        return NextAttempt(job, self._seconds, is_fresh=True)


class _Scheduler:
    """Submits jobs to the workers, and turns what comes back into results and failures."""

    def __init__(self, pool: ProcessPool, function: Callable[[Any], bytes]) -> None:
        self._pool = pool
        self._function = function
        self._submitted: dict[int, tuple[float, NextAttempt[Any]]] = {}
        self._done: queue.SimpleQueue[tuple[int, float, Future[bytes]]] = queue.SimpleQueue()

    @property
    def running(self) -> int:
        """How many jobs are submitted and not done."""
        return len(self._submitted)

    def submit(self, index: int, attempt: NextAttempt[Any]) -> None:
        """Send a job to whichever worker is free next."""
        self._submitted[index] = time.monotonic(), attempt
        future = self._pool.schedule(self._function, args=(attempt.job,), timeout=attempt.seconds)
        future.add_done_callback(lambda done: self._done.put((index, time.monotonic(), done)))

    def poll(self) -> Iterator[tuple[int, NextAttempt[Any], Any]]:
        """Wait a moment for a job to be done, and yield its result or its failure."""
        with contextlib.suppress(queue.Empty):
            index, ended, future = self._done.get(timeout=_LONGEST_WAIT)
            began, attempt = self._submitted.pop(index)
            answer = _answer(future, attempt.seconds)
            if isinstance(answer, WorkerFailure):
                answer = replace(answer, seconds=ended - began, ended=ended)
            yield index, attempt, answer


def _answer(future: Future[bytes], limit: float) -> Any:
    try:
        packed: bytes = future.result()
    except TimeoutError:
        return WorkerFailure(kind=FailureKind.TIME, reason=f"it took longer than {limit:g} s")
    except ProcessExpired as error:
        if error.exitcode in ENDED_HERE:
            return WorkerFailure(kind=FailureKind.TIME, reason="it did not end in time")
        return WorkerFailure(kind=FailureKind.DEATH, reason=describe_exit(error.exitcode))
    except Exception as error:
        raise InternalError(f"a worker of posecheck failed: {error}") from error
    try:
        reply: object = pickle.loads(packed)  # noqa: S301 - from our own worker
    except Exception as error:  # noqa: BLE001 - torn memory may send anything
        return WorkerFailure(kind=FailureKind.DEATH, reason=f"its answer made no sense: {error}")
    if isinstance(reply, Returned):
        return reply.value
    if isinstance(reply, WorkerFailure):
        return reply
    return WorkerFailure(kind=FailureKind.DEATH, reason="its answer made no sense")
