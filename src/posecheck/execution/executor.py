"""One way to map a task over jobs, wherever they run.

`posecheck.execution.pool.WorkerPool` runs them in processes of this machine; `InProcess` runs them
here, one after the other, for callers that need no protection from a file.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.limits import DEFAULT_LIMITS, Limits
from posecheck.model.errors import ConfigurationError

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class NextAttempt(Generic[Job]):
    """How a job goes on that failed.

    Attributes
    ----------
    job
        What is to be done.
    seconds
        The time that it may take.
    is_fresh
        Whether a worker is to do it that has done nothing before.
    """

    job: Job
    seconds: float
    is_fresh: bool = False


FollowUp = Callable[[int, Job, WorkerFailure], NextAttempt[Job] | None]
"""Says how a job goes on that failed, by its number and what was tried; ``None``: it does not."""


class Executor(Protocol):
    """Maps a task over jobs, under limits."""

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
        """Yield the number of each job with its result, as they come.

        Parameters
        ----------
        task
            A function that a worker can import, or a partial of one.
        jobs
            Its arguments, each sent when a worker is free.
        workers
            The greatest number of workers.
        limits
            What one job may take.
        follow_up
            Says how a job goes on that ran out of time or memory, or whose worker died. By default
            a job whose worker died is tried once more in a fresh one.
        while_waiting
            Called some times a second as long as jobs are done.

        Raises
        ------
        InternalError
            If no worker can be started.
        """


class InProcess:
    """Runs jobs in this process, one after the other, without limits and without retries."""

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
        """Yield the number of each job with its result, in order."""
        for index, job in enumerate(jobs):
            began = time.monotonic()
            try:
                yield index, task(job)
            except Exception as error:  # noqa: BLE001 - the caller decides what a fault means
                ended = time.monotonic()
                yield index, failure_of(error, limits.memory, seconds=ended - began, ended=ended)
            if while_waiting is not None:
                while_waiting()


def failure_of(
    error: BaseException, memory: int, *, seconds: float = 0.0, ended: float = 0.0
) -> WorkerFailure:
    """Return what a task's exception means.

    Parameters
    ----------
    error
        What the task raised.
    memory
        The bytes that it may take, for the sentence that says so.
    seconds, ended
        As in `WorkerFailure`.
    """
    text = ""
    if isinstance(error, MemoryError):
        kind = FailureKind.MEMORY
        reason = f"it needed more memory than the limit of {memory / 1024**2:,.0f} MB"
    elif isinstance(error, ConfigurationError):
        kind, reason = FailureKind.CONFIGURATION, str(error)
    else:
        text = "".join(traceback.format_exception(error))
        kind, reason = FailureKind.EXCEPTION, text.strip().splitlines()[-1]
    return WorkerFailure(kind=kind, reason=reason, seconds=seconds, ended=ended, traceback=text)
