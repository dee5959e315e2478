"""The tasks of one run on a Dask cluster: submitted, answered, and in the end cancelled."""

from __future__ import annotations

import contextlib
import pickle
import queue
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from posecheck.execution.dask_worker import JobRequest, do_job, same
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.messages import Fault, Refusal
from posecheck.model.errors import InternalError, UsageError

_LONGEST_WAIT = 0.25
"""Seconds until the caller's thread looks up."""

_COUNT_SECONDS = 2.0
"""How old the known size of a cluster may be."""

_SILENT_SECONDS = 10.0
"""After how long without its scheduler a run ends, and without a worker a sentence says so."""

_CANCELLATIONS = 3
"""How often somebody else may cancel a job, as a restart of the cluster does."""


@dataclass(frozen=True, slots=True)
class LostWorkers:
    """The Dask workers that had a job were lost, one after the other.

    Attributes
    ----------
    failure
        What stands in place of the job's result if it is not tried again.
    """

    failure: WorkerFailure


class Submission:
    """The tasks of one run; as a context, it cancels in the end those that are not done.

    Parameters
    ----------
    client
        The `distributed.Client`.
    run
        The packed `Run`. It is sent to each worker once.
    """

    def __init__(self, client: Any, run: bytes) -> None:
        self._client = client
        self._name = uuid.uuid4().hex
        # A task and no scattered value: Dask makes it again if the worker that holds it is lost.
        self._run = client.submit(same, run, key=f"posecheck-run-{self._name}", pure=False)
        self._requests: dict[int, tuple[Any, JobRequest, float]] = {}
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._attempts: Counter[int] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        futures = [self._run, *(future for future, _, _ in self._requests.values())]
        with contextlib.suppress(Exception):  # the cluster may be gone
            self._client.cancel(futures, force=True)

    @property
    def running(self) -> int:
        """How many jobs are submitted and not answered."""
        return len(self._requests)

    def submit(self, index: int, request: JobRequest) -> None:
        """Submit a job."""
        self._attempts[index] += 1
        key = f"posecheck-job-{self._name}-{index}-{self._attempts[index]}"
        future = self._client.submit(
            do_job, self._run, self._name, key, request, key=key, pure=False
        )
        self._requests[index] = future, request, time.monotonic()
        future.add_done_callback(lambda done: self._done.put((index, done)))

    def poll(self) -> Iterator[tuple[int, Any]]:
        """Wait a moment for a job to be done, and yield its number with what it came to.

        That is its result, a `WorkerFailure`, `LostWorkers` or `NotVisible`.

        Raises
        ------
        UsageError
            If a worker refuses to do it.
        InternalError
            If posecheck failed on a worker, or the scheduler is lost.
        """
        try:
            index, future = self._done.get(timeout=_LONGEST_WAIT)
        except queue.Empty:
            if self._client.status in {"closing", "closed"}:
                raise _lost_scheduler() from None
            return
        current, request, submitted = self._requests.pop(index)
        if current is not future:
            self._requests[index] = current, request, submitted
            return
        if future.status == "finished":
            yield index, _unpacked(future.result())
        elif future.status == "error":
            yield index, LostWorkers(_failure(future.exception(), time.monotonic() - submitted))
        elif self._client.status != "running" or self._attempts[index] > _CANCELLATIONS:
            raise _lost_scheduler()
        else:
            self.submit(index, request)


class ClusterSize:
    """How many jobs are to be in flight; the cluster may grow and shrink meanwhile.

    Parameters
    ----------
    client
        The `distributed.Client`.
    jobs
        The greatest number of jobs that are done at a time; ``None`` if there is no bound.
    on_waiting
        Receives a sentence where there is no worker for a while.
    """

    def __init__(self, client: Any, jobs: int | None, on_waiting: Callable[[str], None]) -> None:
        self._client = client
        self._jobs = jobs
        self._on_waiting = on_waiting
        self._threads = 0
        self._known_at = -_COUNT_SECONDS
        self._answered_at = self._had_some_at = time.monotonic()

    def most_in_flight(self) -> int:
        """Return how many jobs are to be submitted and not answered.

        Raises
        ------
        InternalError
            If the scheduler is lost.
        """
        self._look()
        if self._jobs is not None:
            return self._jobs
        # As many again wait at the workers, so that none waits for us.
        return max(1, 2 * self._threads)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._known_at < _COUNT_SECONDS:
            return
        self._known_at = now
        try:
            self._threads = sum(self._client.nthreads().values())
            self._answered_at = now
        except Exception as error:
            if now - self._answered_at > _SILENT_SECONDS:
                raise _lost_scheduler() from error
        if self._threads:
            self._had_some_at = now
        elif now - self._had_some_at > _SILENT_SECONDS:
            self._had_some_at = now
            self._on_waiting("the Dask cluster has no worker: waiting for one")


def _unpacked(content: bytes) -> Any:
    reply: object = pickle.loads(content)  # noqa: S301 - from posecheck on our cluster
    if isinstance(reply, Refusal):
        raise UsageError(reply.reason)
    if isinstance(reply, Fault):
        error = InternalError(f"a worker of the Dask cluster failed: {reply.reason}")
        if reply.traceback:
            error.add_note(f"In the worker:\n{reply.traceback}")
        raise error
    return reply


def _failure(error: BaseException, seconds: float) -> WorkerFailure:
    """Return what a lost worker means for a job.

    Raises
    ------
    UsageError
        If a worker has no posecheck.
    InternalError
        If a worker failed otherwise.
    """
    from distributed import KilledWorker  # noqa: PLC0415 - an extra

    if isinstance(error, KilledWorker):
        return WorkerFailure(
            kind=FailureKind.DEATH,
            reason="each of the Dask workers that it was given to was lost",
            seconds=seconds,
        )
    if isinstance(error, ImportError):
        raise UsageError(f"a worker of the Dask cluster has no posecheck: {error}")
    raise InternalError(f"a worker of the Dask cluster failed: {error}") from error


def _lost_scheduler() -> InternalError:
    return InternalError("the scheduler of the Dask cluster was lost, and the run with it")
