"""Apply a plan, or go on with one that was broken off."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from posecheck.execution.limits import available_processors
from posecheck.model.errors import ApplyError, PosecheckError, PublicFunction, UsageError
from posecheck.model.wording import counted
from posecheck.organize.apply.agreeing import check_strings
from posecheck.organize.apply.checking import (
    check_existing,
    check_items,
    check_modes,
    check_plan,
)
from posecheck.organize.apply.items import Item, list_items
from posecheck.organize.apply.journal import Journal
from posecheck.organize.apply.outcomes import Applied, OnProgress
from posecheck.organize.apply.preparing import describe_failure
from posecheck.organize.apply.removing import remove_sources
from posecheck.organize.apply.running import Run
from posecheck.organize.apply.runs import (
    clear_leftovers,
    expect_ours,
    name_foreign,
    read_runs,
    refuse_unfinished,
)
from posecheck.organize.collect.destination import Folder
from posecheck.organize.plan.transfer_modes import foresee
from posecheck.organize.plan.values import OrganizePlan, PlannedMedia, VideoMode
from posecheck.transaction.lock import list_runs, locked
from posecheck.transaction.seal import make_secret

_ANNEXED = "annexed"
_WAYS = {
    VideoMode.REFLINK: "blocks shared with the source; changing one does not change the other",
    VideoMode.HARDLINK: (
        "hard-linked to the source, one file under two names, so do not change it in place"
    ),
    VideoMode.SYMLINK: "symbolic link to the source, which must stay where it is",
    _ANNEXED: "still kept by git-annex; its link moved, so commit that",
}


def apply_plan(
    plan: OrganizePlan, *, jobs: int | None = None, on_progress: OnProgress | None = None
) -> Applied:
    """Carry out a plan.

    Every source and every target is looked at before anything is touched.

    Parameters
    ----------
    plan
        The plan.
    jobs
        How many files are worked on at once; by default as many as there are processors.
    on_progress
        Is told how far it is.

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
    make_secret()
    created = _create(root)
    try:
        with locked(root) as runs:
            refuse_unfinished(root)
            notes = (*clear_leftovers(read_runs(root)), *name_foreign(root))
            items = list_items(plan, "")
            check_items(root, items, writes_identifier=plan.new_identifier is not None)
            check_existing(plan, items)
            check_modes(runs, items)
            check_strings(items)
            try:
                journal = Journal.begin(runs, plan, created)
            except OSError as error:
                raise UsageError(
                    f"the journal cannot be written: {describe_failure(error)}"
                ) from error
            return _carry_out(journal, jobs, on_progress, started, notes)
    except UsageError:
        _remove_created(created)
        raise


def resume(
    dandiset: Path,
    *,
    jobs: int | None = None,
    trust_journal: bool = False,
    on_progress: OnProgress | None = None,
) -> Applied:
    """Go on with a run that was broken off, to the same end as if it had not been.

    Parameters
    ----------
    dandiset
        The dandiset's folder.
    jobs, on_progress
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
    if not list_runs(dandiset):
        raise UsageError(f"no run in {dandiset} was broken off.")
    with locked(dandiset):
        journals = read_runs(dandiset, trust=trust_journal)
        unfinished = [journal for journal in journals if journal.is_unfinished]
        if not unfinished:
            expect_ours(journals)
            raise UsageError(f"no run in {dandiset} was broken off.")
        journal = unfinished[-1]
        if journal.story.is_undoing:
            raise UsageError(
                f"the last run in {dandiset} was being undone. Go on with ",
                PublicFunction("undo_organize").of(dandiset),
                ".",
            )
        return _carry_out(journal, jobs, on_progress, started)


def _carry_out(
    journal: Journal,
    jobs: int | None,
    on_progress: OnProgress | None,
    started: float,
    notes: Sequence[str] = (),
) -> Applied:
    run = Run(journal, jobs=jobs or available_processors(), on_progress=on_progress)
    with _telling_how_far(run):
        run.bring_all()
        remove_sources(journal, run.items)
        journal.append(step="done")
    counts = run.count()
    return Applied(
        run=journal.run,
        recordings=counts.recordings,
        media=counts.media,
        bytes=counts.bytes,
        seconds=time.monotonic() - started,
        notes=(*_notes(run), *notes),
    )


@contextlib.contextmanager
def _telling_how_far(run: Run) -> Iterator[None]:
    """Turn what stops a run into a sentence that says how far it came, and what can be done."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        # It may be of another kind that carries a signal's number.
        interrupt.args = (ApplyError("interrupted. ", *_how_far(run)),)
        raise
    except OSError as error:
        raise ApplyError(f"{describe_failure(error)} ", *_how_far(run)) from error
    except PosecheckError as error:
        raise ApplyError(error, " ", *_how_far(run)) from error


def _how_far(run: Run) -> tuple[str | PublicFunction, ...]:
    counts = run.count()
    dandiset = run.journal.plan.dandiset
    return (
        f"{counted(counts.recordings, 'NWB file')} and {counted(counts.media, 'video')} of "
        f"{len(run.items)} files are in their places, and nothing is lost. ",
        PublicFunction("resume_organize").of(dandiset),
        " goes on, ",
        PublicFunction("undo_organize").of(dandiset),
        " undoes it.",
    )


def _notes(run: Run) -> tuple[str, ...]:
    landings = run.journal.story.landings
    media = [
        item
        for item in run.items
        if isinstance(item.planned, PlannedMedia) and item.number in landings
    ]
    # A link to an object of git-annex that moved within its repository is what its source was.
    ways = Counter(
        _ANNEXED if item.is_moved and landings[item.number].link else landings[item.number].how
        for item in media
    )
    notes = [f"{counted(ways[way], 'video')}: {text}." for way, text in _WAYS.items() if ways[way]]
    notes += _note_copies(run, media)
    kept = sum(removal.is_kept for removal in run.journal.story.removals.values())
    if kept:
        notes.append(
            f"{counted(kept, 'video')} put into another container: "
            f"{'its original is' if kept == 1 else 'their originals are'} kept in "
            f"{run.journal.folder} until the run is made final (--finalize)."
        )
    return tuple(notes)


def _note_copies(run: Run, media: Sequence[Item]) -> Iterator[str]:
    """Say which videos were copied that the plan would rather have linked or moved."""
    copied: list[tuple[Item, PlannedMedia]] = [
        (item, item.planned)
        for item in media
        if isinstance(item.planned, PlannedMedia)
        and not item.planned.remux
        and run.journal.story.landings[item.number].how == VideoMode.COPY
    ]
    destination = Folder(Path(run.journal.plan.dandiset))
    auto = [planned for _, planned in copied if planned.mode is VideoMode.AUTO]
    refused = [planned for planned in auto if VideoMode.HARDLINK in foresee(planned, destination)]
    moved = [item for item, _ in copied if item.is_moved]
    if refused:
        yield (
            f"{counted(len(refused), 'video')}: copied, because the file system allows no hard "
            f"link from the source to the dandiset. A copy takes its own room on the disk."
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
