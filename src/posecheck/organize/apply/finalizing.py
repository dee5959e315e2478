"""Make runs final: what would take them back is removed, and the room that it takes is free."""

from __future__ import annotations

import stat
from pathlib import Path

from posecheck.model.errors import PublicFunction, UsageError
from posecheck.organize.apply.journal import Journal
from posecheck.organize.apply.outcomes import Finalized
from posecheck.organize.apply.runs import clear_leftovers, expect_ours, name_foreign, read_runs
from posecheck.transaction.lock import list_runs, locked


def finalize(dandiset: Path, *, trust_journal: bool = False, dry_run: bool = False) -> Finalized:
    """Make all runs of this user final: what is needed to take them back is removed.

    Parameters
    ----------
    dandiset
        The dandiset's folder.
    trust_journal
        Whether those are meant too that another user began, or this one on another machine.
    dry_run
        Whether only to say what would be given up.

    Raises
    ------
    UsageError
        If there is none, one is unfinished, or they are another user's.
    ApplyError
        If something cannot be removed.
    """
    if not list_runs(dandiset):
        raise UsageError(f"there is no run to make final in {dandiset}.")
    if dry_run:
        return _measure(_final(dandiset, trust=trust_journal))
    with locked(dandiset):
        journals = _final(dandiset, trust=trust_journal)
        measured = _measure(journals)
        notes = [journal.forget() for journal in journals]
        notes += clear_leftovers(read_runs(dandiset))
        if not trust_journal:
            notes += name_foreign(dandiset)
    return Finalized(
        runs=measured.runs,
        originals=measured.originals,
        bytes=measured.bytes,
        notes=tuple(note for note in notes if note),
    )


def _final(dandiset: Path, *, trust: bool) -> list[Journal]:
    journals = read_runs(dandiset, trust=trust)
    if any(journal.is_unfinished for journal in journals):
        raise UsageError(
            f"a run in {dandiset} was broken off. Go on with ",
            PublicFunction("resume_organize").of(dandiset),
            ", or undo it with ",
            PublicFunction("undo_organize").of(dandiset),
            ".",
        )
    done = [journal for journal in journals if journal.is_ours and not journal.is_leftover]
    if not done:
        expect_ours(journals)
        raise UsageError(f"there is no run to make final in {dandiset}.")
    return done


def _measure(journals: list[Journal]) -> Finalized:
    originals = [
        journal.kept(number)
        for journal in journals
        for number, removal in journal.story.removals.items()
        if removal.is_kept
    ]
    sizes = [
        status.st_size
        for journal in journals
        for path in journal.folder.rglob("*")
        # What has another name elsewhere goes on taking its room.
        if stat.S_ISREG((status := path.lstat()).st_mode) and status.st_nlink == 1
    ]
    return Finalized(runs=len(journals), originals=len(originals), bytes=sum(sizes))
