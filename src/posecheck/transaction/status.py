"""Which runs there are in a folder, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posecheck.transaction.journal import Journal
from posecheck.transaction.operation import Operation
from posecheck.transaction.runs import read_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """One run.

    Attributes
    ----------
    run
        Its name, which begins with when it began, in UTC.
    files, placed
        How many files it is about, and how many of them are in their places.
    state
        How far it is, in words.
    """

    run: str
    files: int
    placed: int
    state: str


def list_runs_of(
    root: Path, operation: Operation, *, trust_journal: bool = False
) -> tuple[RunStatus, ...]:
    """Return the runs of an operation in a folder, the latest last.

    Raises
    ------
    UsageError
        If the journal of one cannot be read.
    """
    return tuple(
        RunStatus(
            run=journal.run,
            files=len(journal.changes.files),
            placed=len(journal.state.placed),
            state=_state_of(journal),
        )
        for journal in read_runs(root, operation, trust=trust_journal)
    )


def _state_of(journal: Journal) -> str:
    if not journal.is_ours:
        return "begun by another user or on another machine"
    state = journal.state
    if state.is_undone or not state.is_begun:
        return "nothing is left of it"
    if state.is_undoing:
        return "broken off while it was being undone"
    return "done; it can be undone" if state.is_done else "broken off; it can be resumed or undone"
