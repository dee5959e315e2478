"""Undo a run: sources as they were, byte for byte, and nothing left of what it made."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from posecheck.model.errors import ApplyError, UsageError
from posecheck.model.progress import ProgressListener
from posecheck.transaction.journal import Journal
from posecheck.transaction.lock import list_runs, locked
from posecheck.transaction.operation import Operation
from posecheck.transaction.outcomes import Reverted
from posecheck.transaction.preparation import describe_failure
from posecheck.transaction.reversal import Reversal
from posecheck.transaction.runs import clear_leftovers, expect_ours, read_runs


def undo(
    root: Path,
    operation: Operation,
    *,
    trust_journal: bool = False,
    listener: ProgressListener | None = None,
) -> Reverted:
    """Undo this user's last run, finished or not.

    Every target is checked before anything is touched. If undoing is interrupted, the next call
    goes on where it stopped.

    Parameters
    ----------
    root
        The folder.
    operation
        What the run belongs to.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.
    listener
        Receives how far it is.

    Raises
    ------
    UsageError
        If there is no run, it is another user's, or something was changed since. Nothing was
        touched.
    ApplyError
        If something stood in the way later: undo it again.
    KeyboardInterrupt
        When interrupted, with a sentence that says the same.
    """
    started = time.monotonic()
    if not list_runs(root, operation):
        raise UsageError(f"there is no run to undo in {root}.")
    with locked(root, operation):
        journal = _last(root, operation, trust=trust_journal)
        undoing = Reversal(journal, listener or ProgressListener())
        undoing.check()
        try:
            reverted = undoing.run(started)
        except (OSError, ApplyError) as error:
            raise ApplyError(
                describe_failure(error) if isinstance(error, OSError) else error,
                " Nothing is lost, but not all of it was undone. Correct that, and run ",
                operation.undo.of(root),
                " again.",
            ) from error
        except KeyboardInterrupt as interrupt:
            # It may be of another kind that carries a signal's number.
            interrupt.args = (
                ApplyError(
                    "interrupted. Nothing is lost, but not all of it was undone. ",
                    operation.undo.of(root),
                    " goes on.",
                ),
            )
            raise
        created = journal.state.created
        journal.append(step="undone")
        notes = clear_leftovers([journal])
    for folder in reversed(created):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
    return replace(reverted, notes=(*reverted.notes, *notes))


def restore_in_place(
    root: Path,
    operation: Operation,
    run: str,
    numbers: Collection[int],
    *,
    trust_journal: bool = False,
) -> None:
    """Undo some of the files that a finished run edited in place, byte for byte.

    The run can be undone afterwards as before: it finds that these are what they were.

    Parameters
    ----------
    root
        The folder.
    operation
        What the run belongs to.
    run
        The run's name.
    numbers
        The numbers of the files in it.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.

    Raises
    ------
    UsageError
        If there is no such run, or one of the files was changed since.
    ApplyError
        If something stood in the way later.
    """
    with locked(root, operation):
        runs = read_runs(root, operation, trust=trust_journal)
        journals = [one for one in runs if one.run == run]
        if not journals:
            raise UsageError(f"there is no run {run} in {root}.")
        undoing = Reversal(journals[0], ProgressListener())
        undoing.check(numbers)
        try:
            undoing.restore(numbers)
        except OSError as error:
            raise ApplyError(
                describe_failure(error), " Undo the whole run with ", operation.undo.of(root), "."
            ) from error


def _last(root: Path, operation: Operation, *, trust: bool) -> Journal:
    journals = read_runs(root, operation, trust=trust)
    clear_leftovers(journals)
    begun = [journal for journal in journals if journal.is_ours and not journal.is_leftover]
    if not begun:
        expect_ours(journals)
        raise UsageError(f"there is no run to undo in {root}.")
    return begun[-1]
