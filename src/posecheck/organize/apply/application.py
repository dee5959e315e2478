"""Apply a plan to organize; go on with a run, undo it, or make the runs final."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from posecheck.execution.limits import available_processors
from posecheck.model.errors import UsageError
from posecheck.model.progress import ProgressListener
from posecheck.model.wording import counted
from posecheck.organize.apply.change_set import ORGANIZE, change_set_of, save_plan
from posecheck.organize.apply.outcomes import Applied, Undone
from posecheck.organize.apply.preconditions import check_existing, check_plan
from posecheck.organize.collect.destination import Folder
from posecheck.organize.plan.transfer_modes import possible_modes
from posecheck.organize.plan.values import OrganizePlan
from posecheck.transaction import finalization
from posecheck.transaction import undo as undoing
from posecheck.transaction.application import begin, carry_out, unfinished
from posecheck.transaction.items import Item, list_items
from posecheck.transaction.journal import Journal
from posecheck.transaction.lock import locked
from posecheck.transaction.outcomes import Finalized
from posecheck.transaction.preconditions import check_items, check_modes, check_strings
from posecheck.transaction.preparation import describe_failure
from posecheck.transaction.run import Run
from posecheck.transaction.runs import (
    clear_leftovers,
    name_foreign,
    read_runs,
    refuse_unfinished,
)
from posecheck.transaction.seal import make_secret
from posecheck.transaction.steps import TransferMode

_ANNEXED = "annexed"
_MODES = {
    TransferMode.REFLINK: "blocks shared with the source; changing one does not change the other",
    TransferMode.HARDLINK: (
        "hard-linked to the source, one file under two names, so do not change it in place"
    ),
    TransferMode.SYMLINK: "symbolic link to the source, which must stay where it is",
    _ANNEXED: "still kept by git-annex; its link moved, so commit that",
}


def apply_plan(
    plan: OrganizePlan, *, jobs: int | None = None, listener: ProgressListener | None = None
) -> Applied:
    """Carry out a plan.

    Every source and every target is checked before anything is touched.

    Parameters
    ----------
    plan
        The plan.
    jobs
        How many files are worked on at once; by default as many as there are processors.
    listener
        Receives how far it is.

    Returns
    -------
    Applied
        What was done.

    Raises
    ------
    UsageError
        If the plan has conflicts, a source changed since, a target is taken, or a run is
        unfinished. Nothing was touched.
    ApplyError
        If something stood in the way later. Nothing is lost, and the run can be resumed or undone.
    KeyboardInterrupt
        When interrupted, with a sentence that says the same.
    """
    started = time.monotonic()
    check_plan(plan)
    root = Path(plan.dandiset)
    make_secret(ORGANIZE)
    created = _create(root)
    try:
        with locked(root, ORGANIZE) as runs:
            refuse_unfinished(root, ORGANIZE)
            left = clear_leftovers(read_runs(root, ORGANIZE))
            notes = (*left, *name_foreign(root, ORGANIZE))
            changes = change_set_of(plan)
            items = list_items(changes, "")
            check_items(ORGANIZE, changes, items)
            check_existing(plan, items)
            check_modes(ORGANIZE, runs, items)
            check_strings(items)
            journal = begin(runs, ORGANIZE, changes, save_plan(plan), created)
            return _carry_out(journal, jobs, listener, started, notes)
    except UsageError:
        _remove_created(created)
        raise


def resume(
    dandiset: Path,
    *,
    jobs: int | None = None,
    trust_journal: bool = False,
    listener: ProgressListener | None = None,
) -> Applied:
    """Go on with a run that was interrupted, to the same end as if it had not been.

    Parameters
    ----------
    dandiset
        The dandiset's folder.
    jobs, listener
        As `apply_plan` takes them.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.

    Raises
    ------
    UsageError
        If no run is unfinished, it was being undone, or it is another user's.
    ApplyError, KeyboardInterrupt
        As `apply_plan` does.
    """
    started = time.monotonic()
    with unfinished(dandiset, ORGANIZE, trust_journal=trust_journal) as journal:
        return _carry_out(journal, jobs, listener, started)


def undo(
    dandiset: Path, *, trust_journal: bool = False, listener: ProgressListener | None = None
) -> Undone:
    """Undo this user's last run, finished or not: see `posecheck.transaction.undo.undo`."""
    reverted = undoing.undo(dandiset, ORGANIZE, trust_journal=trust_journal, listener=listener)
    recordings = sum(item.step.is_recording for item in reverted.items)
    return Undone(
        run=reverted.run,
        recordings=recordings,
        media=len(reverted.items) - recordings,
        seconds=reverted.seconds,
        notes=reverted.notes,
    )


def finalize(dandiset: Path, *, trust_journal: bool = False, dry_run: bool = False) -> Finalized:
    """Make all runs of this user final: see `posecheck.transaction.finalization.finalize`."""
    return finalization.finalize(dandiset, ORGANIZE, trust_journal=trust_journal, dry_run=dry_run)


def _carry_out(
    journal: Journal,
    jobs: int | None,
    listener: ProgressListener | None,
    started: float,
    notes: Sequence[str] = (),
) -> Applied:
    run = carry_out(
        journal,
        jobs=jobs or available_processors(),
        listener=listener,
        describe_placed=_describe_placed,
    )
    placed = run.items_in_place()
    recordings = sum(item.step.is_recording for item in placed)
    return Applied(
        run=journal.run,
        recordings=recordings,
        media=len(placed) - recordings,
        bytes=sum(item.step.stamp.size for item in placed),
        seconds=time.monotonic() - started,
        notes=(*_notes(run), *notes),
    )


def _describe_placed(placed: Sequence[Item], total: int) -> str:
    recordings = sum(item.step.is_recording for item in placed)
    return (
        f"{counted(recordings, 'NWB file')} and {counted(len(placed) - recordings, 'video')} of "
        f"{total} files are in their places"
    )


def _notes(run: Run) -> tuple[str, ...]:
    state = run.journal.state
    placed = [item for item in run.items if item.number in state.placed]
    media = [item for item in placed if not item.step.is_recording]
    # A link to an object of git-annex that moved within its repository is what its source was.
    modes = Counter(
        _ANNEXED
        if item.is_moved and state.placed[item.number].link
        else state.placed[item.number].how
        for item in media
    )
    notes = [
        f"{counted(modes[mode], 'video')}: {text}." for mode, text in _MODES.items() if modes[mode]
    ]
    notes += _note_copies(run, media)
    kept = sum(removal.is_kept for removal in state.removed.values())
    if kept:
        notes.append(
            f"{counted(kept, 'video')} put into another container: "
            f"{'its original is' if kept == 1 else 'their originals are'} kept in "
            f"{run.journal.folder} until the run is made final (--finalize)."
        )
    return tuple(notes)


def _note_copies(run: Run, media: Sequence[Item]) -> Iterator[str]:
    """Say which videos were copied that the plan would rather have linked or moved."""
    copied = [
        item
        for item in media
        if item.step.remux is None
        and run.journal.state.placed[item.number].how == TransferMode.COPY
    ]
    destination = Folder(Path(run.journal.changes.root))
    auto = [item.step for item in copied if item.step.mode is TransferMode.AUTO]
    refused = [step for step in auto if TransferMode.HARDLINK in possible_modes(step, destination)]
    moved = [item for item in copied if item.is_moved]
    if refused:
        yield (
            f"{counted(len(refused), 'video')}: copied, because the file system allows no hard "
            f"link from the source to the dandiset. A copy takes its own disk space."
        )
    if len(auto) > len(refused):
        yield f"{counted(len(auto) - len(refused), 'video')}: copied."
    if moved:
        yield f"{counted(len(moved), 'video')}: copied, and then removed from the source."


def _create(root: Path) -> list[Path]:
    """Make the dandiset's folder, and return which folders were made, outermost first."""
    missing = [folder for folder in (*reversed(root.parents), root) if not folder.exists()]
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the dandiset cannot be made: {describe_failure(error)}") from error
    return missing


def _remove_created(created: list[Path]) -> None:
    for folder in reversed(created):
        with contextlib.suppress(OSError):
            folder.rmdir()
