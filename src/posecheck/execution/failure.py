"""A job that gave no result: why, in words, and what caused it."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import StrEnum

from posecheck.model.errors import ConfigurationError, InternalError

_SIGNALS = {
    "SIGSEGV": "a segmentation fault",
    "SIGBUS": "a bus error: the file shrank, or the disk failed",
    "SIGABRT": "a library gave up",
    "SIGFPE": "an arithmetic fault",
    "SIGILL": "an illegal instruction",
    "SIGKILL": "killed by the system, most often for want of memory",
}


class FailureKind(StrEnum):
    """What kept a job, or a part of one, from its end."""

    TIME = "time"
    """It took too long."""
    DEATH = "death"
    """The process that did it died."""
    MEMORY = "memory"
    """It needed more memory than the limit."""
    EXCEPTION = "exception"
    """It raised: a fault of posecheck."""
    CONFIGURATION = "configuration"
    """It raised `ConfigurationError`: the user can correct it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFailure:
    """What stands in place of a job's result.

    Attributes
    ----------
    kind
        What kept the job from its end.
    reason
        Why, as a clause.
    seconds
        After how long.
    ended
        When, on the clock of `time.monotonic`.
    traceback
        Of an exception.
    """

    kind: FailureKind
    reason: str
    seconds: float = 0.0
    ended: float = 0.0
    traceback: str = ""

    def raise_if_fault(self, task: str = "a worker of posecheck failed") -> None:
        """Raise what the job raised; return where time, memory or a death kept it from its end.

        Parameters
        ----------
        task
            What failed, as a sentence.

        Raises
        ------
        ConfigurationError
            If the job raised it.
        InternalError
            If the job raised anything else. The traceback is added as a note.
        """
        if self.kind is FailureKind.CONFIGURATION:
            raise ConfigurationError(self.reason)
        if self.kind is FailureKind.EXCEPTION:
            error = InternalError(f"{task}: {self.reason}")
            error.add_note(f"In the worker:\n{self.traceback}")
            raise error


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
