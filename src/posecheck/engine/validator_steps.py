"""How far the other validators came with one file: what they said, and who is at work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from posecheck.execution.failure import FailureKind
from posecheck.model.finding import WHOLE_FILE, Finding, Skipped
from posecheck.model.problem import Problem
from posecheck.model.rule import Need
from posecheck.validators.protocol import Validator, ValidatorOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """How long a validator may take.

    Attributes
    ----------
    seconds
        So long.
    words
        The same for people, with the option that sets it.
    """

    seconds: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A validator began.

    Attributes
    ----------
    name
        Which.
    at
        When, on the clock of `time.monotonic`, which all processes share.
    limit
        How long it may take.
    aside
        Whether it works in a process of its own, beside the others.
    """

    name: str
    at: float
    limit: TimeLimit
    aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A validator came to its end, or was stopped, or had nothing to check.

    Attributes
    ----------
    name
        Which.
    output
        What it said; ``None`` if it did not come to its end.
    seconds
        How long it took.
    gathered
        The fact that it gathered.
    findings, problems, skipped
        What is to be said because it did not come to its end.
    cause
        What stopped it; ``None`` if nothing did.
    aside
        Whether it worked beside the others.
    is_passing
        Whether it may come to another end the next time, though the file is the same.
    """

    name: str
    output: ValidatorOutput | None = None
    seconds: float = 0.0
    gathered: Need | None = None
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cause: FailureKind | None = None
    aside: bool = False
    is_passing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How a validator was stopped.

    Attributes
    ----------
    cause
        What stopped it.
    detail
        What is known of its death, as a clause.
    limit
        How long it might have taken.
    seconds
        How long it took.
    """

    cause: FailureKind
    detail: str
    limit: TimeLimit
    seconds: float


Step = Begun | Ended
"""What is recorded while the other validators check a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorResults:
    """What the other validators said of one file, as far as they came.

    Attributes
    ----------
    findings
        In their own codes.
    problems
        What a rule of posecheck's is to report.
    skipped
        What could not be checked, and why.
    finished
        The names of those that finished with the file.
    gathered
        The facts that rules wanted and that are there.
    asset_metadata
        What the archive would hold of the file, if that was wanted.
    is_passing
        Whether any of it may be otherwise the next time, though the file is the same.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    finished: tuple[str, ...] = ()
    gathered: frozenset[Need] = frozenset()
    asset_metadata: Mapping[str, Any] | None = None
    is_passing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The steps so far, in the order in which they were recorded."""

    steps: tuple[Step, ...] = ()

    def after(self, step: Step) -> Progress:
        """Return the progress with one step more."""
        return replace(self, steps=(*self.steps, step))

    @property
    def ended(self) -> dict[str, Ended]:
        """How each validator came to its end, by name."""
        return {step.name: step for step in self.steps if isinstance(step, Ended)}

    @property
    def at_work(self) -> Begun | None:
        """Who is at work, and holds the worker: one beside the others does so only at the end."""
        ended = self.ended
        begun = {
            step.name: step
            for step in self.steps
            if isinstance(step, Begun) and step.name not in ended
        }
        return min(begun.values(), key=lambda step: step.aside, default=None)

    @property
    def results(self) -> ValidatorResults:
        """What was said so far."""
        ended = self.ended.values()
        outputs = [step.output for step in ended if step.output is not None]
        return ValidatorResults(
            findings=(
                *(finding for output in outputs for finding in output.findings),
                *(finding for step in ended for finding in step.findings),
            ),
            problems=(
                *(problem for output in outputs for problem in output.problems),
                *(problem for step in ended for problem in step.problems),
            ),
            skipped=tuple(skip for step in ended for skip in step.skipped),
            finished=tuple(
                step.name for step in ended if step.output is not None and step.gathered is None
            ),
            gathered=frozenset(step.gathered for step in ended if step.gathered is not None),
            is_passing=any(step.is_passing or step.cause is not None for step in ended),
            asset_metadata=next(
                (output.asset_metadata for output in outputs if output.asset_metadata is not None),
                None,
            ),
        )

    def pending(self, validators: Iterable[Validator]) -> tuple[Validator, ...]:
        """Return those that have not come to their end."""
        ended = self.ended
        return tuple(each for each in validators if each.name not in ended)

    def next_limit(self, seconds: float, left: float) -> TimeLimit | None:
        """Return how long the next validator may take; ``None`` if there is no time for it.

        Parameters
        ----------
        seconds
            What each may take. Once one of them did not end within that, the others share as much.
        left
            What is left of the time for the whole file.
        """
        limit = TimeLimit(seconds=seconds, words=f"{seconds:g} seconds (--validator-timeout)")
        hung = [step for step in self.ended.values() if step.cause is FailureKind.TIME]
        if hung:
            others = [step for step in self.ended.values() if step is not hung[0]]
            rest = seconds - sum(step.seconds for step in others if not step.aside)
            if len(hung) == 1:
                rest = max(rest, min(seconds, _LEAST_SECONDS))
            limit = TimeLimit(
                seconds=rest,
                words=f"the {rest:.3g} seconds that were left of {seconds:g} after another one was "
                "stopped (--validator-timeout)",
            )
        if left < limit.seconds:
            limit = TimeLimit(
                seconds=left, words=f"the {left:.3g} seconds that were left of --file-timeout"
            )
        return limit if limit.seconds > 0 else None


_LEAST_SECONDS = 1.0
"""What remains for the others, however long they had taken before one was stopped."""


def not_run(validator: Validator, file: str, reason: str) -> Ended:
    """Record that a validator was not run, and why."""
    return Ended(name=validator.name, skipped=skipped_by(validator, file, reason))


def skipped_by(validator: Validator, file: str, reason: str) -> tuple[Skipped, ...]:
    """Say what a validator leaves open; a fact that it did not gather is reported by the rule."""
    if validator.gathers is not None:
        return ()
    return (Skipped(validator.name, file, WHOLE_FILE, reason),)


def noted(validator: Validator, file: str, note: str) -> tuple[Skipped, ...]:
    """Say what the user should know of how a validator worked."""
    return (Skipped(validator.name, file, WHOLE_FILE, note),) if note else ()
