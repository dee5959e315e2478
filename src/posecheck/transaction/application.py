"""Carry out a change set, or go on with one: what every operation does alike."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from posecheck.model.errors import ApplyError, PosecheckError, PublicFunction, UsageError
from posecheck.model.progress import ProgressListener
from posecheck.transaction.items import Item
from posecheck.transaction.journal import Journal
from posecheck.transaction.lock import list_runs, locked
from posecheck.transaction.operation import Operation
from posecheck.transaction.preparation import describe_failure
from posecheck.transaction.run import Run
from posecheck.transaction.runs import expect_ours, read_runs
from posecheck.transaction.steps import ChangeSet

DescribePlaced = Callable[[Sequence[Item], int], str]
"""Says how many of all files are in their places: "2 NWB files of 3 are in their places"."""


def begin(
    runs: Path,
    operation: Operation,
    changes: ChangeSet,
    plan: bytes,
    created: Sequence[Path] = (),
) -> Journal:
    """Write the journal of a run whose change set was checked.

    Parameters
    ----------
    runs
        The folder of the operation's runs, whose lock is held.
    operation
        What the run belongs to.
    changes
        What the run does.
    plan
        The plan of which that was made, as the operation saves it.
    created
        Folders that were made for the root, outermost first.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    try:
        return Journal.begin(runs, operation, changes, plan, created)
    except OSError as error:
        raise UsageError(f"the journal cannot be written: {describe_failure(error)}") from error


@contextlib.contextmanager
def unfinished(root: Path, operation: Operation, *, trust_journal: bool) -> Iterator[Journal]:
    """Hold the lock of a folder, and give the run in it that was interrupted.

    Parameters
    ----------
    root
        The folder.
    operation
        What the run belongs to.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.

    Raises
    ------
    UsageError
        If no run is unfinished, it was being undone, or it is another user's.
    """
    if not list_runs(root, operation):
        raise UsageError(f"no run in {root} was broken off.")
    with locked(root, operation):
        journals = read_runs(root, operation, trust=trust_journal)
        found = [journal for journal in journals if journal.is_unfinished]
        if not found:
            expect_ours(journals)
            raise UsageError(f"no run in {root} was broken off.")
        if found[-1].state.is_undoing:
            raise UsageError(
                f"the last run in {root} was being undone. Go on with ",
                operation.undo.of(root),
                ".",
            )
        yield found[-1]


def carry_out(
    journal: Journal,
    *,
    jobs: int,
    listener: ProgressListener | None,
    describe_placed: DescribePlaced,
) -> Run:
    """Do all that is left to do of a run, and return it.

    Parameters
    ----------
    journal
        Its journal.
    jobs
        How many files are worked on at once.
    listener
        Receives how far it is.
    describe_placed
        Says what was done where something stops the run.

    Raises
    ------
    ApplyError
        If something stood in the way. Nothing is lost, and the run can be resumed or undone.
    KeyboardInterrupt
        When interrupted, with a sentence that says the same.
    """
    run = Run(journal, jobs=jobs, listener=listener or ProgressListener())
    with _explained(run, describe_placed):
        run.carry_out()
    return run


@contextlib.contextmanager
def _explained(run: Run, describe_placed: DescribePlaced) -> Iterator[None]:
    """Turn what stops a run into a sentence that says how far it came, and what can be done."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        # It may be of another kind that carries a signal's number.
        interrupt.args = (ApplyError("interrupted. ", *_how_far(run, describe_placed)),)
        raise
    except OSError as error:
        raise ApplyError(f"{describe_failure(error)} ", *_how_far(run, describe_placed)) from error
    except PosecheckError as error:
        raise ApplyError(error, " ", *_how_far(run, describe_placed)) from error


def _how_far(run: Run, describe_placed: DescribePlaced) -> tuple[str | PublicFunction, ...]:
    operation, root = run.journal.operation, run.journal.changes.root
    return (
        f"{describe_placed(run.items_in_place(), len(run.items))}, and nothing is lost. ",
        operation.resume.of(root),
        " goes on, ",
        operation.undo.of(root),
        " undoes it.",
    )
