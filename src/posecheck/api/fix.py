"""Fixing what has one right answer: plan, resume, undo, finalize."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.api.arguments import (
    AnyPath,
    as_codes,
    as_count,
    as_names,
    as_path,
    as_paths,
    as_per_file,
    as_scheduler,
)
from posecheck.engine.settings import Settings
from posecheck.fix.plan.values import FixPlan
from posecheck.fix.settings import FixSettings
from posecheck.model.errors import UsageError
from posecheck.model.progress import ProgressListener
from posecheck.validators.registry import Engine, engine_names

if TYPE_CHECKING:
    from posecheck.fix.apply import Fixed, FixUndone
    from posecheck.transaction.outcomes import Finalized
    from posecheck.transaction.status import RunStatus


def plan_fix(  # noqa: PLR0913 - an argument for each choice that the command line offers
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    unsafe_fixes: bool = False,
    repack: bool = False,
    select: str | Iterable[str] | None = None,
    extend_select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    per_file_ignores: Iterable[tuple[str, str]] | None = None,
    config: AnyPath | None = None,
    isolated: bool = False,
    engines: Iterable[Engine | str] | None = None,
    linked_from: Iterable[AnyPath] = (),
    jobs: int | None = None,
    scheduler: AnyPath | None = None,
    cache: bool = True,
    progress: ProgressListener | None = None,
) -> FixPlan:
    """Plan what to change in NWB files so that findings go away.

    Nothing is touched. Every fix is tried on a view of its file, and one after which its finding
    would stand, or after which something else would be wrong, is left out and named in
    ``refused``.

    Parameters
    ----------
    paths
        Files and folders of this machine; none stands for the current folder.
    unsafe_fixes
        Whether fixes are planned that rest on an assumption.
    repack
        Whether changed files are written again, so that the space of what is replaced is free.
    select, extend_select, ignore, per_file_ignores, config, isolated, engines, linked_from
        As of `posecheck.validate`.
    jobs, scheduler, cache
        As of `posecheck.validate`, too. Files are changed by this machine.
    progress
        Receives how many files are checked, and in how many fixes are tried.

    Returns
    -------
    FixPlan
        A frozen value: what becomes of each changed place of each file. `posecheck.apply` does it.

    Raises
    ------
    UsageError
        If a path or a code does not exist, lies elsewhere, or there is nothing to check; or an
        earlier run in the same folder is unfinished.
    ConfigurationError
        If the configuration file cannot be used.
    InternalError
        If no worker can be started.
    """
    settings = FixSettings(
        check=Settings(
            paths=as_paths(paths),
            select=as_codes("select", select),
            extend_select=as_codes("extend_select", extend_select),
            ignore=as_codes("ignore", ignore),
            per_file_ignores=as_per_file("per_file_ignores", per_file_ignores),
            config=as_path("config", config),
            isolated=isolated,
            engines=as_names("engines", engine_names(), engines),
            linked_from=tuple(map(Path, linked_from)),
            jobs=as_count("jobs", jobs),
            scheduler=as_scheduler(scheduler),
            remember=cache,
        ),
        unsafe_fixes=unsafe_fixes,
        repack=repack,
    )
    return plan_fix_from_settings(settings, progress)


def plan_fix_from_settings(settings: FixSettings, progress: ProgressListener | None) -> FixPlan:
    """Plan as `plan_fix`, from settings that are values already."""
    from posecheck.fix.apply.change_set import FIX  # noqa: PLC0415 - import is light
    from posecheck.fix.planner import plan_fix as plan  # noqa: PLC0415
    from posecheck.transaction.runs import refuse_unfinished  # noqa: PLC0415

    listener = progress or ProgressListener()
    try:
        made = plan(settings, listener=listener)
    finally:
        listener.end()
    if Path(made.root).is_dir():
        refuse_unfinished(Path(made.root), FIX)
    return made


def resume_fix(
    path: AnyPath | None = None,
    *,
    jobs: int | None = None,
    trust_journal: bool = False,
    progress: ProgressListener | None = None,
) -> Fixed:
    """Go on with a run of `apply` that was interrupted.

    Parameters
    ----------
    path
        The dandiset or the folder that the plan was for, or what lies in it; by default the current
        folder.
    jobs, progress
        As in `apply`.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.
        It names files to change: look at its ``plan.json`` first.

    Returns
    -------
    Fixed
        What was done.

    Raises
    ------
    UsageError
        If there is no unfinished run, or it is another user's.
    ApplyError
        If a file changed since, or the system refuses a step.
    """
    from posecheck.fix.apply import resume  # noqa: PLC0415 - import is light

    return resume(_root(path), jobs=jobs, trust_journal=trust_journal, listener=progress)


def undo_fix(
    path: AnyPath | None = None,
    *,
    trust_journal: bool = False,
    progress: ProgressListener | None = None,
) -> FixUndone:
    """Undo the last run: every file is again what it was, byte for byte.

    Parameters
    ----------
    path, trust_journal, progress
        As in `resume_fix`.

    Returns
    -------
    FixUndone
        What was undone.

    Raises
    ------
    UsageError
        If there is nothing to undo, a file was changed since, or it is another user's run.
    ApplyError
        If the system refuses a step.
    """
    from posecheck.fix.apply import undo  # noqa: PLC0415 - import is light

    return undo(_root(path), trust_journal=trust_journal, listener=progress)


def finalize_fix(
    path: AnyPath | None = None, *, trust_journal: bool = False, dry_run: bool = False
) -> Finalized:
    """Make the runs final: remove what would undo them, and free its disk space.

    Parameters
    ----------
    path, trust_journal
        As in `resume_fix`.
    dry_run
        Whether only to return what would be given up.

    Returns
    -------
    Finalized
        What was, or would be, given up.

    Raises
    ------
    UsageError
        If there is no finished run, or it is another user's.
    ApplyError
        If the system refuses to remove something.
    """
    from posecheck.fix.apply import finalize  # noqa: PLC0415 - import is light

    return finalize(_root(path), trust_journal=trust_journal, dry_run=dry_run)


def list_fix_runs(
    path: AnyPath | None = None, *, trust_journal: bool = False
) -> tuple[RunStatus, ...]:
    """Return the runs in a folder that can be resumed or undone, the latest last.

    Parameters
    ----------
    path, trust_journal
        As in `resume_fix`.

    Raises
    ------
    UsageError
        If there is none.
    """
    from posecheck.fix.apply.change_set import FIX  # noqa: PLC0415 - import is light
    from posecheck.transaction.status import list_runs_of  # noqa: PLC0415

    return list_runs_of(_root(path), FIX, trust_journal=trust_journal)


def _root(named: AnyPath | None) -> Path:
    """Return the nearest folder upwards in which there were runs."""
    start = Path(named if named is not None else os.curdir).absolute()
    for folder in (start, *start.parents):
        if (folder / ".posecheck" / "fix").is_dir():
            return folder
    raise UsageError(f"nothing was fixed in {os.fspath(start)!r}, or all of it was made final.")
