"""What is done about a file whose worker was lost: go on with whoever has not judged it yet.

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
from posecheck.execution.pool import Lost, NextAttempt
from posecheck.validators.protocol import Cause

_OWN_CHECK = ""
_LEAST_SECONDS = 10.0
"""What an attempt has at least, to judge what was read: that takes no validator and no limit."""


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

    def __call__(self, index: int, job: FileJob, lost: Lost) -> NextAttempt | None:
        """Return the next attempt; ``None`` where the file's own check is lost, too.

        Parameters
        ----------
        index
            The job's number.
        job
            What was tried.
        lost
            How it ended.
        """
        kept = job.checkpoint.progress() if job.checkpoint is not None else None
        if kept is None or job.checkpoint is None:
            if not lost.died or not self._is_first(index, _OWN_CHECK):
                return None
            return NextAttempt(job, self._seconds, is_fresh=True)
        progress, started = kept
        self._spent[index] += lost.ended - started
        begun = progress.at_work
        if begun is None:  # whatever ended it, it was none of them
            if not self._is_first(index, _OWN_CHECK):
                return None
        elif not self._may_try_again(index, begun, lost):
            progress = progress.after(self._given_up(job, begun, lost))
        try:
            job.checkpoint.begin_again(progress, time.monotonic())
        except OSError:
            return None
        left = max(0.0, self._seconds - self._spent[index])
        return NextAttempt(
            replace(job, is_resumed=True, seconds=left),
            max(left, _LEAST_SECONDS),
            is_fresh=lost.died and not _is_late(begun, lost),
        )

    def _is_first(self, index: int, what: str) -> bool:
        """Whether nothing like this was tried before; now it is."""
        if (index, what) in self._tried:
            return False
        self._tried.add((index, what))
        return True

    def _may_try_again(self, index: int, begun: Begun, lost: Lost) -> bool:
        return lost.died and not _is_late(begun, lost) and self._is_first(index, begun.name)

    def _given_up(self, job: FileJob, begun: Begun, lost: Lost) -> Ended:
        cause = Cause.DEATH if lost.died else Cause.MEMORY
        if _is_late(begun, lost):
            cause = Cause.TIME
        return self._selection.stopped(
            self._validators[begun.name],
            job.shown,
            Stop(
                cause=cause,
                detail=f"its process died: {lost.reason}",
                limit=begun.limit,
                seconds=lost.ended - begun.at,
            ),
        )


def _is_late(begun: Begun | None, lost: Lost) -> bool:
    if begun is None:
        return lost.timed_out
    return lost.timed_out or lost.ended - begun.at >= begun.limit.seconds
