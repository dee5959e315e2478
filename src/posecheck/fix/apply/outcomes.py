"""What applying a plan to fix returns, and what undoing it does."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneFile:
    """A file that is again what it was, because the check afterwards was not as planned.

    Attributes
    ----------
    path
        As the user would write it.
    reason
        What was found, as a sentence.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What was done.

    Attributes
    ----------
    run
        The run's name, as its folder in ``.posecheck/fix`` is called.
    files, findings
        How many files were changed, and how many findings went away.
    bytes
        How much the files are.
    seconds
        How long the changes took, without the check.
    refused
        How many findings have a fix that could not be made.
    undone
        Files that were undone.
    report
        What was found in the files afterwards, before some of them were undone; ``None`` if they
        were not checked again.
    notes
        What a person should know, as sentences.
    """

    run: str
    files: int
    findings: int
    bytes: int
    seconds: float = 0.0
    refused: int = 0
    undone: tuple[UndoneFile, ...] = ()
    report: Report | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixUndone:
    """What was undone.

    Attributes
    ----------
    run
        The run's name.
    files
        How many files are again what they were, byte for byte.
    seconds
        How long it took.
    notes
        What a person should know, as sentences.
    """

    run: str
    files: int
    seconds: float
    notes: tuple[str, ...] = ()
