"""The other validators on the file at hand, each within its limits and each at its own cost.

They are imported in a worker when the first file asks for them, and keep what they load for the
files after it. Each step is recorded before it is taken: whoever ends the process, or the machine,
ends one of them.
"""

from __future__ import annotations

import contextlib
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posecheck.engine.checkpoint import StepWriter
from posecheck.engine.evaluation import internal_error
from posecheck.engine.settings import DEFAULT_VALIDATOR_TIMEOUT
from posecheck.engine.validator_steps import (
    Begun,
    Ended,
    Stop,
    TimeLimit,
    not_run,
    noted,
    skipped_by,
)
from posecheck.execution.deadline import end_process_after
from posecheck.execution.failure import FailureKind
from posecheck.execution.limits import DEFAULT_FILE_MEMORY
from posecheck.model.errors import ConfigurationError
from posecheck.model.finding import INTERNAL_ERROR, WHOLE_FILE, Origin
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Recording
from posecheck.validators.protocol import Access, FileToValidate, ValidatorStoppedError

if TYPE_CHECKING:
    from posecheck.validators.protocol import Validator

OPENS_OTHER_FILES = (
    "the file leads into other files (FIL008), which pynwb would open; fix that first"
)
"""Why a file is not handed to those that read it."""

ELSEWHERE = "it needs a file on this machine"
"""Why a validator does not check a file that lies elsewhere."""

_GRACE = 5.0
"""Seconds after which a validator that is to see to its limit itself has not done so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorSelection:
    """Which other validators run, and within which limits.

    Attributes
    ----------
    validators
        Those that run, in this order.
    seconds
        What each may take for one file.
    memory
        The bytes that the check of a file may take, for the sentence that says so.
    alone
        Whether they run without posecheck's own rules: what one of them cannot check is then
        checked by nobody.
    only_with_pose
        Whether a recording that turns out to hold no pose is none of their business.
    """

    validators: tuple[Validator, ...] = ()
    seconds: float = DEFAULT_VALIDATOR_TIMEOUT
    memory: int = DEFAULT_FILE_MEMORY
    alone: bool = False
    only_with_pose: bool = False

    def looks_at(self, recording: Recording) -> bool:
        """Return whether they are to check a recording, after posecheck's own reading."""
        return not self.only_with_pose or bool(recording.containers or recording.trainings)

    @property
    def opens_the_file(self) -> bool:
        """Whether any of them reads what is in the file."""
        return any(each.access is not Access.PATH for each in self.validators)

    def stopped(self, validator: Validator, file: str, stop: Stop) -> Ended:
        """Record that a validator was stopped.

        Parameters
        ----------
        validator
            Which.
        file
            The file, as it is printed.
        stop
            How.
        """
        is_late = stop.cause is FailureKind.TIME
        detail = self._words_of(stop)
        problem = Problem(
            kind=ProblemKind.VALIDATOR_TIMED_OUT if is_late else ProblemKind.VALIDATOR_CRASHED,
            location=WHOLE_FILE,
            detail=detail,
            values={
                "validator": validator.title,
                "limit": stop.limit.words,
                "seconds": stop.limit.seconds,
                "cause": stop.cause.value,
                "gathers": validator.gathers,
                "alone": self.alone,
            },
        )
        return Ended(
            name=validator.name,
            seconds=stop.seconds,
            problems=(problem,),
            skipped=skipped_by(validator, file, f"it was stopped: {detail}"),
            cause=stop.cause,
            aside=validator.access is Access.PROCESS,
        )

    def _words_of(self, stop: Stop) -> str:
        if stop.cause is FailureKind.TIME:
            return f"it did not end within {stop.limit.words}"
        if stop.cause is FailureKind.MEMORY:
            megabytes = self.memory / 1024**2
            return f"it needed more memory than the limit of {megabytes:,.0f} MB (--file-memory)"
        return stop.detail


class ValidatorRun:
    """Runs the validators on one file that have not finished with it, and records each step.

    Parameters
    ----------
    selection
        Which, and within which limits.
    file
        The file.
    steps
        Receives each step.
    until
        When the time for the whole file is over, on the clock of `time.monotonic`.
    origin
        Under whose name a fault of posecheck is reported.
    """

    def __init__(
        self,
        selection: ValidatorSelection,
        file: FileToValidate,
        steps: StepWriter,
        *,
        until: float,
        origin: Origin,
    ) -> None:
        self._selection = selection
        self._file = file
        self._steps = steps
        self._until = until
        self._origin = origin

    def run_on_path(self) -> None:
        """Run those that look at the path alone."""
        for validator in self._pending(Access.PATH):
            self._run(validator)

    def run_on_handle(self) -> None:
        """Run those that read the file, on the handle that is open and beside it.

        Raises
        ------
        ConfigurationError
            If a validator's configuration cannot be used.
        """
        aside, here = self._pending(Access.PROCESS), self._pending(Access.HANDLE)
        for validator in aside:
            validator.prepare()  # before there is a thread
        if not aside:
            for validator in here:
                self._run(validator)
            return
        with ThreadPoolExecutor(max_workers=len(aside)) as threads:
            running = [threads.submit(self._run, validator) for validator in aside]
            for validator in here:
                self._run(validator)
            with end_process_after(self._selection.seconds + _GRACE):
                for each in running:
                    each.result()

    def leave_out(self, reason: str) -> None:
        """Record that those that read the file are not run, and why."""
        for access in (Access.HANDLE, Access.PROCESS):
            for validator in self._pending(access):
                self._steps.add(not_run(validator, self._file.display_path, reason))

    def _pending(self, access: Access) -> tuple[Validator, ...]:
        pending = self._steps.progress.pending(self._selection.validators)
        return tuple(each for each in pending if each.access is access)

    def _run(self, validator: Validator) -> None:
        reason = self._why_elsewhere(validator) or validator.absence(self._file)
        left = self._until - time.monotonic()
        limit = self._steps.progress.next_limit(self._selection.seconds, left)
        if reason:
            self._steps.add(not_run(validator, self._file.display_path, reason))
            return
        if limit is None:
            reason = "no time was left for it, after another one was stopped"
            left_out = not_run(validator, self._file.display_path, reason)
            self._steps.add(replace(left_out, is_passing=True))
            return
        began = time.monotonic()
        aside = validator.access is Access.PROCESS
        self._steps.add(Begun(name=validator.name, at=began, limit=limit, aside=aside))
        self._steps.add(self._validate(validator, limit, began))

    def _why_elsewhere(self, validator: Validator) -> str:
        """Return why a validator cannot check a file that is elsewhere; empty if it can."""
        source = self._file.source
        is_here = source.has_path if validator.access is Access.PATH else source.is_local
        return ELSEWHERE if validator.needs_path and not is_here else ""

    def _validate(self, validator: Validator, limit: TimeLimit, began: float) -> Ended:
        aside = validator.access is Access.PROCESS
        guard = contextlib.nullcontext() if aside else end_process_after(limit.seconds)
        try:
            with guard:
                output = validator.validate(self._file, limit.seconds)
        except MemoryError:
            gc.collect()
            stop = ValidatorStoppedError(FailureKind.MEMORY, "")
        except ValidatorStoppedError as error:
            stop = error
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of posecheck must not end the run
            return self._fault(validator, error)
        else:
            return Ended(
                name=validator.name,
                output=output,
                skipped=noted(validator, self._file.display_path, output.note),
                seconds=time.monotonic() - began,
                gathered=validator.gathers,
                aside=aside,
            )
        return self._selection.stopped(
            validator,
            self._file.display_path,
            Stop(
                cause=stop.cause,
                detail=str(stop),
                limit=limit,
                seconds=time.monotonic() - began,
            ),
        )

    def _fault(self, validator: Validator, error: Exception) -> Ended:
        finding = internal_error(
            error,
            self._origin,
            file=self._file.display_path,
            location=WHOLE_FILE,
            doing=validator.title,
        )
        left_out = not_run(
            validator, self._file.display_path, f"posecheck failed ({INTERNAL_ERROR})"
        )
        return replace(left_out, findings=(finding,), is_passing=True)
