"""The tasks of one run on a Dask cluster: submitted, answered, and in the end cancelled."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import queue
import statistics
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from posecheck.execution.dask_worker import JobReply, JobRequest, do_jobs, same
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.messages import Fault, PackedJob, Refusal, stamp_of
from posecheck.model.errors import InternalError, UsageError

_LONGEST_WAIT = 0.25
"""Seconds until the caller's thread looks up."""

_COUNT_SECONDS = 2.0
"""How old the known size of a cluster may be."""

_SILENT_SECONDS = 10.0
"""After how long without its scheduler a run ends, and without a worker a sentence says so."""

_CANCELLATIONS = 3
"""How often somebody else may cancel a job, as a restart of the cluster does."""


_BATCH_SECONDS = 0.5
"""How long a worker may do jobs before it answers for the first of them."""

_LARGEST_BATCH = 16


@dataclass(frozen=True, slots=True)
class LostWorkers:
    """The Dask workers that had a job were lost, one after the other, or its answer was.

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
    on_note
        Receives a sentence, once, where a worker has another file at the same path.
    """

    def __init__(
        self, client: Any, run: bytes, on_note: Callable[[str], None] = lambda _: None
    ) -> None:
        self._client = client
        self._on_note: Callable[[str], None] | None = on_note
        self._name = uuid.uuid4().hex
        # A task and no scattered value: Dask makes it again if the worker that holds it is lost.
        self._run = client.submit(same, run, key=f"posecheck-run-{self._name}", pure=False)
        self._batches: dict[int, _Batch] = {}
        self._number = itertools.count()
        self.sizes = BatchSizes()
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        futures = [self._run, *(batch.future for batch in self._batches.values())]
        with contextlib.suppress(Exception):  # the cluster may be gone
            self._client.cancel(futures, force=True)

    @property
    def running(self) -> int:
        """How many batches are submitted and not answered."""
        return len(self._batches)

    def submit(self, indexes: Sequence[int], request: JobRequest) -> None:
        """Submit jobs that one worker is to do, one after the other."""
        self._submit(next(self._number), _Batch(tuple(indexes), request))

    def poll(self) -> Iterator[tuple[int, Any]]:
        """Wait a moment for a batch to be done, and yield the number of each job and its answer.

        That is its result, a `WorkerFailure`, `LostWorkers` or `NotVisible`.

        Raises
        ------
        UsageError
            If a worker refuses to do it.
        InternalError
            If posecheck failed on a worker, or the scheduler is lost.
        """
        try:
            number, future = self._done.get(timeout=_LONGEST_WAIT)
        except queue.Empty:
            if self._client.status in {"closing", "closed"}:
                raise _lost_scheduler() from None
            return
        if self._batches[number].future is not future:
            return
        batch = self._batches.pop(number)
        if future.status == "finished":
            reply: JobReply = future.result()
            self.sizes.add(len(batch.indexes), reply.seconds)
            for place in reply.different:
                self._note_other_file(batch.request.jobs[place], reply.machine)
            for index, content in zip(batch.indexes, reply.answers, strict=True):
                yield index, _unpacked(content)
        elif future.status == "error":
            lost = LostWorkers(_failure(future.exception(), time.monotonic() - batch.submitted))
            yield from ((index, lost) for index in batch.indexes)
        elif self._client.status != "running" or batch.attempts > _CANCELLATIONS:
            raise _lost_scheduler()
        else:
            self._submit(number, batch)

    def _note_other_file(self, job: PackedJob, machine: str) -> None:
        if self._on_note is None or stamp_of(job.path) != job.stamp:  # it changed meanwhile
            return
        self._on_note(
            f"{machine}, a machine of the Dask cluster, sees another size or time of {job.path} "
            "than this one: what is reported is about the file that the cluster has at this path"
        )
        self._on_note = None

    def _submit(self, number: int, batch: _Batch) -> None:
        batch.attempts += 1
        batch.submitted = time.monotonic()
        key = f"posecheck-job-{self._name}-{number}-{batch.attempts}"
        batch.future = self._client.submit(
            do_jobs, self._run, self._name, key, batch.request, key=key, pure=False
        )
        self._batches[number] = batch
        batch.future.add_done_callback(lambda done: self._done.put((number, done)))


@dataclass(slots=True)
class _Batch:
    indexes: tuple[int, ...]
    request: JobRequest
    future: Any = None
    submitted: float = 0.0
    attempts: int = 0


class BatchSizes:
    """How many jobs are one task of Dask's: where a job takes a moment, the task is most of it."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=5)

    def add(self, jobs: int, seconds: float) -> None:
        """Take note how long jobs took together."""
        self._seconds.append(seconds / jobs)

    def next_one(self, waiting: int, in_flight: int) -> int:
        """Return how many jobs are to be submitted together.

        Parameters
        ----------
        waiting
            How many are not submitted yet.
        in_flight
            How many batches are submitted at a time.
        """
        if not self._seconds:
            return 1
        short = int(_BATCH_SECONDS / max(statistics.median(self._seconds), 0.001))
        # Towards the end they become small, so that no worker is left with many.
        return max(1, min(short, _LARGEST_BATCH, waiting // (2 * in_flight)))


class ClusterSize:
    """How many batches are to be in flight; the cluster may grow and shrink meanwhile.

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
        """Return how many batches are to be submitted and not answered.

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
    try:
        reply: object = pickle.loads(content)  # noqa: S301 - from posecheck on our cluster
    except Exception as wrong:  # noqa: BLE001 - torn memory may send anything
        reason = f"its answer made no sense: {wrong}"
        return LostWorkers(WorkerFailure(kind=FailureKind.DEATH, reason=reason))
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
