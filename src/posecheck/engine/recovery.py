"""What is done about a file whose worker was lost: go on with the validators that remain.

Who held the worker when it was lost is recorded in the file's checkpoint. A validator that took too
long is given up. One that brought the worker down is tried once more in a fresh one, because what
killed it may have been left behind by the file before; only then it is given up. The others go on.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace

from posecheck.engine.file_check import FileJob
from posecheck.engine.validator_run import ValidatorSelection
from posecheck.engine.validator_steps import Begun, Ended, Stop
from posecheck.execution.executor import NextAttempt
from posecheck.execution.failure import FailureKind, WorkerFailure

_OWN_CHECK = ""
_LEAST_SECONDS = 10.0
"""What an attempt has at least, to evaluate what was read: that takes no validator and no limit."""


class Recovery:
    """Decides how the check of a file goes on whose worker was lost.

    Parameters
    ----------
    selection
        The validators that run.
    seconds
        What the check of one file may take.
    """

    def __init__(self, selection: ValidatorSelection, seconds: float) -> None:
        self._selection = selection
        self._seconds = seconds
        self._validators = {each.name: each for each in selection.validators}
        self._tried: set[tuple[int, str]] = set()
        self._spent: defaultdict[int, float] = defaultdict(float)

    def spent(self, index: int) -> float:
        """Return how long the lost attempts of a job took, in seconds."""
        return self._spent[index]

    def __call__(
        self, index: int, job: FileJob, failure: WorkerFailure
    ) -> NextAttempt[FileJob] | None:
        """Return the next attempt; ``None`` where the file's own check is lost, too.

        Parameters
        ----------
        index
            The job's number.
        job
            What was tried.
        failure
            How it ended.
        """
        kept = job.checkpoint.progress() if job.checkpoint is not None else None
        if kept is None or job.checkpoint is None:
            if failure.kind is not FailureKind.DEATH or not self._is_first(index, _OWN_CHECK):
                return None
            return NextAttempt(job, self._seconds, is_fresh=True)
        progress, started = kept
        self._spent[index] += failure.ended - started
        begun = progress.at_work
        if begun is None:  # whatever ended it, it was none of them
            if not self._is_first(index, _OWN_CHECK):
                return None
        elif not self._may_try_again(index, begun, failure):
            progress = progress.after(self._given_up(job, begun, failure))
        try:
            job.checkpoint.begin_again(progress, time.monotonic())
        except OSError:
            return None
        left = max(0.0, self._seconds - self._spent[index])
        return NextAttempt(
            replace(job, is_resumed=True, seconds=left, spent=self._spent[index]),
            max(left, _LEAST_SECONDS),
            is_fresh=failure.kind is FailureKind.DEATH and not _is_late(begun, failure),
        )

    def _is_first(self, index: int, what: str) -> bool:
        """Whether nothing like this was tried before; now it is."""
        if (index, what) in self._tried:
            return False
        self._tried.add((index, what))
        return True

    def _may_try_again(self, index: int, begun: Begun, failure: WorkerFailure) -> bool:
        return (
            failure.kind is FailureKind.DEATH
            and not _is_late(begun, failure)
            and self._is_first(index, begun.name)
        )

    def _given_up(self, job: FileJob, begun: Begun, failure: WorkerFailure) -> Ended:
        cause = FailureKind.DEATH if failure.kind is FailureKind.DEATH else FailureKind.MEMORY
        if _is_late(begun, failure):
            cause = FailureKind.TIME
        return self._selection.stopped(
            self._validators[begun.name],
            job.source.display_path,
            Stop(
                cause=cause,
                detail=f"its process died: {failure.reason}",
                limit=begun.limit,
                seconds=failure.ended - begun.at,
            ),
        )


def _is_late(begun: Begun | None, failure: WorkerFailure) -> bool:
    if begun is None:
        return failure.kind is FailureKind.TIME
    return failure.kind is FailureKind.TIME or failure.ended - begun.at >= begun.limit.seconds
