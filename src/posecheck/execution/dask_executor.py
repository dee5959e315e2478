"""Maps a task over jobs on a Dask cluster, with the same limits for each file as on this machine.

Dask hands out the jobs and notices lost workers. On a worker each job runs in a process of its own,
whose limits `posecheck.execution.pool` keeps: what a file does to that process costs one file, and
never the Dask worker.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from posecheck.execution.dask_cluster import check_scheduler
from posecheck.execution.dask_connection import DaskConnection, connection_to
from posecheck.execution.dask_submission import ClusterSize, LostWorkers, Submission
from posecheck.execution.dask_worker import JobRequest
from posecheck.execution.executor import FollowUp, Job, Result
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.host_process import Session
from posecheck.execution.limits import DEFAULT_LIMITS, Limits
from posecheck.execution.messages import NotVisible, PackedJob, Run, stamp_of
from posecheck.execution.scratch import pack
from posecheck.model.errors import UsageError


class DaskExecutor:
    """The workers of a Dask cluster; use it as a context manager.

    Parameters
    ----------
    scheduler
        The scheduler's address, or a scheduler file.
    modules
        What workers will import; see `posecheck.execution.start_up.start_server`.
    jobs
        How many jobs may be done at a time; by default as many as the cluster has threads.
    path_of
        Returns the file on this machine that a job needs; ``None`` if there is none.
    on_message
        Receives a sentence where there is no worker yet, or a worker has another file.

    Raises
    ------
    UsageError
        If Dask is not installed, or the scheduler is neither an address nor a file.
    """

    def __init__(
        self,
        scheduler: str,
        modules: Sequence[str] = (),
        *,
        jobs: int | None = None,
        path_of: Callable[[Any], str | None] = lambda _: None,
        on_message: Callable[[str], None] = lambda _: None,
    ) -> None:
        check_scheduler(scheduler)
        self._scheduler = scheduler
        self._modules = tuple(modules)
        self._jobs = jobs
        self._path_of = path_of
        self._on_message = on_message
        self._cleanup = contextlib.ExitStack()
        self._connection: DaskConnection
        self._session: Session

    def __enter__(self) -> Self:
        connection = connection_to(self._scheduler, self._modules)
        self._connection = self._cleanup.enter_context(connection)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

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
        """Yield the number of each job with its result, as they come; see `Executor`.

        The size of the cluster, and not ``workers``, says how many are done at a time. Each job has
        a copy of ``follow_up`` to itself, and it is called where the job is done.

        Raises
        ------
        UsageError
            If a worker does not see a file that is here, or has other versions than we have.
        InternalError
            If the scheduler is lost.
        """
        if not jobs:
            return
        run = Run(pack(task), limits, pack(follow_up) if follow_up is not None else b"")
        # Now, and not when the context begins: relative paths begin in the folder of this moment.
        self._session = self._connection.session(self._modules)
        self._connection.begin(self._session, min(len(jobs), self._jobs or len(jobs)))
        with Submission(
            self._connection.client(), pickle.dumps(run), self._on_message
        ) as submission:
            yield from self._answers(submission, jobs, while_waiting or _do_nothing)

    def _answers(
        self, submission: Submission, jobs: Sequence[Any], while_waiting: Callable[[], None]
    ) -> Iterator[tuple[int, Any]]:
        """Submit jobs as others are done, and yield their results.

        A job whose Dask workers were lost again and again is tried once more when no other is at
        work: it may only have been beside the one that is at fault.
        """
        waiting = deque(range(len(jobs)))
        later: deque[int] = deque()
        tried: set[int] = set()
        unseen: set[int] = set()
        size = ClusterSize(self._connection.client(), self._jobs, self._on_message)

        def submit(indexes: Sequence[int], *, is_fresh: bool = False) -> None:
            packed = [self._packed(jobs[one], is_there=one not in unseen) for one in indexes]
            request = JobRequest(session=self._session, jobs=tuple(packed), is_fresh=is_fresh)
            submission.submit(indexes, request)

        while waiting or later or submission.running:
            in_flight = size.most_in_flight()
            while waiting and submission.running < in_flight:
                count = submission.sizes.next_one(len(waiting), in_flight)
                submit([waiting.popleft() for _ in range(count)])
            if later and not submission.running:
                submit([later.popleft()], is_fresh=True)
            while_waiting()
            for index, answer in submission.poll():
                if isinstance(answer, NotVisible):
                    _raise_if_here(answer)
                    unseen.add(index)
                    waiting.appendleft(index)
                elif isinstance(answer, LostWorkers) and index not in tried:
                    tried.add(index)
                    later.append(index)
                else:
                    yield index, answer.failure if isinstance(answer, LostWorkers) else answer

    def _packed(self, job: Any, *, is_there: bool) -> PackedJob:
        path = self._path_of(job) if is_there else None
        if path is not None and not os.path.lexists(path):
            path = None  # the task says so of the file, as without a cluster
        return PackedJob(pack(job), path or "", stamp_of(path) if path else None)


def _do_nothing() -> None:
    """Do nothing while jobs are done."""


def _raise_if_here(answer: NotVisible) -> None:
    if os.path.lexists(answer.path):
        raise UsageError(
            f"{answer.path} is here, and {answer.machine}, a machine of the Dask cluster, does not "
            "see it: all workers need the file system that holds the files, at the same path"
        )
