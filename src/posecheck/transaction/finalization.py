"""Make runs final: what would undo them is removed, and its disk space is free."""

from __future__ import annotations

import stat
from pathlib import Path

from posecheck.model.errors import UsageError
from posecheck.transaction.journal import Journal
from posecheck.transaction.lock import list_runs, locked
from posecheck.transaction.operation import Operation
from posecheck.transaction.outcomes import Finalized
from posecheck.transaction.runs import (
    clear_leftovers,
    describe_unfinished,
    expect_ours,
    name_foreign,
    read_runs,
)


def finalize(
    root: Path, operation: Operation, *, trust_journal: bool = False, dry_run: bool = False
) -> Finalized:
    """Make all runs of this user final: what is needed to undo them is removed.

    Parameters
    ----------
    root
        The folder.
    operation
        What the runs belong to.
    trust_journal
        Whether those are meant too that another user began, or this one on another machine.
    dry_run
        Whether only to return what would be given up.

    Raises
    ------
    UsageError
        If there is none, one is unfinished, or they are another user's.
    ApplyError
        If something cannot be removed.
    """
    if not list_runs(root, operation):
        raise UsageError(f"there is no run to make final in {root}.")
    if dry_run:
        return _measure(_final(root, operation, trust=trust_journal))
    with locked(root, operation):
        journals = _final(root, operation, trust=trust_journal)
        measured = _measure(journals)
        notes = [journal.forget() for journal in journals]
        notes += clear_leftovers(read_runs(root, operation))
        if not trust_journal:
            notes += name_foreign(root, operation)
    return Finalized(
        runs=measured.runs,
        originals=measured.originals,
        bytes=measured.bytes,
        notes=tuple(note for note in notes if note),
    )


def _final(root: Path, operation: Operation, *, trust: bool) -> list[Journal]:
    journals = read_runs(root, operation, trust=trust)
    if any(journal.is_unfinished for journal in journals):
        raise UsageError(*describe_unfinished(root, operation, "a run"))
    done = [journal for journal in journals if journal.is_ours and not journal.is_leftover]
    if not done:
        expect_ours(journals)
        raise UsageError(f"there is no run to make final in {root}.")
    return done


def _measure(journals: list[Journal]) -> Finalized:
    originals = [
        journal.kept(number)
        for journal in journals
        for number, removal in journal.state.removed.items()
        if removal.is_kept
    ]
    sizes = [
        status.st_size
        for journal in journals
        for path in journal.folder.rglob("*")
        # What has another name elsewhere frees no space.
        if stat.S_ISREG((status := path.lstat()).st_mode) and status.st_nlink == 1
    ]
    return Finalized(runs=len(journals), originals=len(originals), bytes=sum(sizes))
