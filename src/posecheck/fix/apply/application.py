"""Apply a plan to fix; go on with a run, undo it, or make the runs final."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from posecheck.engine.workers import open_pool
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import available_processors
from posecheck.files.copies import share_blocks
from posecheck.files.publication import remove
from posecheck.fix.apply.change_set import FIX, change_set_of, save_plan
from posecheck.fix.apply.outcomes import Fixed, FixUndone
from posecheck.fix.apply.preconditions import FitJob, why_unfit
from posecheck.fix.apply.recheck import check_again, prepare_check
from posecheck.fix.plan.document import plan_from_json
from posecheck.fix.plan.relocation import relocated
from posecheck.fix.plan.values import FixPlan
from posecheck.model.errors import UsageError
from posecheck.model.progress import ProgressListener
from posecheck.model.wording import counted
from posecheck.transaction import finalization
from posecheck.transaction import undo as undoing
from posecheck.transaction.application import begin, carry_out, unfinished
from posecheck.transaction.items import Item, list_items
from posecheck.transaction.journal import Journal
from posecheck.transaction.lock import locked
from posecheck.transaction.outcomes import Finalized
from posecheck.transaction.preconditions import AGAIN, check_items
from posecheck.transaction.run import batches
from posecheck.transaction.runs import clear_leftovers, name_foreign, read_runs, refuse_unfinished
from posecheck.transaction.seal import make_secret


def apply_plan(
    plan: FixPlan, *, jobs: int | None = None, listener: ProgressListener | None = None
) -> Fixed:
    """Carry out a plan, and check the files again.

    Every file is checked before anything is touched. A file that is not as planned afterwards is
    undone, and so returned.

    Parameters
    ----------
    plan
        The plan.
    jobs
        How many files are worked on at once; by default as many as there are processors.
    listener
        Receives how far it is.

    Raises
    ------
    UsageError
        If there is nothing to do, a file changed since, does not take the edits, or a run is
        unfinished. Nothing was touched.
    ApplyError
        If something stood in the way later. Nothing is lost, and the run can be resumed or undone.
    KeyboardInterrupt
        When interrupted, with a sentence that says the same.
    """
    started = time.monotonic()
    if plan.is_empty:
        raise UsageError("the plan changes nothing.")
    root = Path(plan.root)
    if not root.is_dir():
        raise UsageError(f"the plan's root {plan.root!r} is no folder of this machine.")
    make_secret(FIX)
    with locked(root, FIX) as runs:
        refuse_unfinished(root, FIX)
        left = clear_leftovers(read_runs(root, FIX))
        notes = (*left, *name_foreign(root, FIX))
        changes = change_set_of(plan)
        items = list_items(changes, "")
        check_items(FIX, changes, items)
        _check_space(root, runs, items)
        check = prepare_check(plan, jobs=jobs)
        _check_edits(plan, items, jobs)
        journal = begin(runs, FIX, changes, save_plan(plan))
        done = _carry_out(journal, plan, jobs, listener)
    done = replace(done, seconds=time.monotonic() - started, notes=notes)
    return check_again(plan, done, check, listener=listener)


def resume(
    root: Path,
    *,
    jobs: int | None = None,
    trust_journal: bool = False,
    listener: ProgressListener | None = None,
) -> Fixed:
    """Go on with a run that was interrupted, to the same end as if it had not been.

    Parameters
    ----------
    root
        The folder that the plan was for.
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
    with unfinished(root, FIX, trust_journal=trust_journal) as journal:
        plan = relocated(plan_from_json(journal.plan()), journal.changes.root)
        check = prepare_check(plan, jobs=jobs)
        done = _carry_out(journal, plan, jobs, listener)
    done = replace(done, seconds=time.monotonic() - started)
    return check_again(plan, done, check, trust_journal=trust_journal, listener=listener)


def undo(
    root: Path, *, trust_journal: bool = False, listener: ProgressListener | None = None
) -> FixUndone:
    """Undo this user's last run, finished or not: see `posecheck.transaction.undo.undo`."""
    reverted = undoing.undo(root, FIX, trust_journal=trust_journal, listener=listener)
    return FixUndone(
        run=reverted.run,
        files=len(reverted.items),
        seconds=reverted.seconds,
        notes=reverted.notes,
    )


def finalize(root: Path, *, trust_journal: bool = False, dry_run: bool = False) -> Finalized:
    """Make all runs of this user final: see `posecheck.transaction.finalization.finalize`."""
    return finalization.finalize(root, FIX, trust_journal=trust_journal, dry_run=dry_run)


def _carry_out(
    journal: Journal, plan: FixPlan, jobs: int | None, listener: ProgressListener | None
) -> Fixed:
    run = carry_out(
        journal,
        jobs=jobs or available_processors(),
        listener=listener,
        describe_placed=_describe_placed,
    )
    placed = run.items_in_place()
    return Fixed(
        run=journal.run,
        files=len(placed),
        findings=plan.fixes,
        refused=plan.refused,
        bytes=sum(item.step.stamp.size for item in placed),
    )


def _describe_placed(placed: Sequence[Item], total: int) -> str:
    return f"{len(placed)} of {counted(total, 'file')} {'is' if total == 1 else 'are'} fixed"


def _check_space(root: Path, runs: Path, items: Sequence[Item]) -> None:
    """Refuse where the copies do not fit that lie beside their originals at a time."""
    free = shutil.disk_usage(root).free
    needed = max(sum(item.step.stamp.size for item in several) for several in batches(items))
    # The whole original of what is repacked is kept.
    needed += sum(item.step.stamp.size for item in items if item.step.is_repacked)
    if needed > free and not _copies_share_blocks(runs, items):
        raise UsageError(
            f"{needed / 1e6:,.0f} MB are needed for copies, and {free / 1e6:,.0f} MB are free. "
            "Nothing was touched. Free disk space."
        )


def _copies_share_blocks(runs: Path, items: Sequence[Item]) -> bool:
    """Whether copies take no space, tried with the first file, beside the journal."""
    if any(item.step.is_repacked for item in items):
        return False
    trial = runs / f"trial-{secrets.token_hex(4)}"
    try:
        return share_blocks(items[0].source, trial)
    except OSError:
        return False
    finally:
        remove(trial)


def _check_edits(plan: FixPlan, items: Sequence[Item], jobs: int | None) -> None:
    """Make the edits on views of the files first: a plan may be old, or have been edited.

    Raises
    ------
    UsageError
        If a file does not take them, or does not come to what was planned.
    """
    workers = min(jobs or available_processors(), len(items))
    tried = [FitJob(item, plan.files[item.number].changes) for item in items]
    with _answers(tried, workers) as answers:
        for index, reason in answers:
            if isinstance(reason, WorkerFailure):
                reason.raise_if_fault()
                reason = reason.reason  # noqa: PLW2901 - said like any other
            if reason:
                raise UsageError(f"{items[index].source} cannot be fixed: {reason}. {AGAIN}")


@contextmanager
def _answers(
    tried: Sequence[FitJob], workers: int
) -> Iterator[Iterator[tuple[int, WorkerFailure | str]]]:
    with open_pool() as pool:
        yield pool.run(why_unfit, tried, workers=workers)
