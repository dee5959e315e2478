"""``posecheck fix [PATH…]``: plan, show what would change, ask, do it, and check again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from posecheck.cli import fix_options as options
from posecheck.cli import plan_options
from posecheck.cli.error_handling import end_with, handle_errors, print_error
from posecheck.cli.fix_screen import FixScreen
from posecheck.cli.gate_options import LinkedFrom
from posecheck.cli.option_values import split_codes, split_globs
from posecheck.cli.options import (
    Config,
    Documents,
    Engines,
    ExtendSelect,
    Ignore,
    Isolated,
    Jobs,
    NoCache,
    NoColor,
    PerFileIgnores,
    Scheduler,
    Select,
    Traceback,
)
from posecheck.cli.output_file import check_new_file, write_new_file
from posecheck.cli.output_formats import check_outputs, parse_documents
from posecheck.cli.plan_options import check_choices, given
from posecheck.engine.settings import Settings
from posecheck.fix.plan.values import FixPlan
from posecheck.fix.settings import FixSettings
from posecheck.model.errors import ExitCode, UsageError
from posecheck.report.console import is_terminal


@handle_errors
def fix(  # noqa: PLR0913 - an argument for each option
    paths: options.Paths = None,
    *,
    unsafe_fixes: options.UnsafeFixes = False,
    repack: options.Repack = False,
    select: Select = None,
    extend_select: ExtendSelect = None,
    ignore: Ignore = None,
    per_file_ignores: PerFileIgnores = None,
    config: Config = None,
    isolated: Isolated = False,
    engine: Engines = None,
    linked_from: LinkedFrom = None,
    diff: options.Diff = False,
    interactive: options.Interactive = False,
    dry_run: plan_options.DryRun = False,
    yes: plan_options.Yes = False,
    plan_file: plan_options.PlanFile = None,
    from_plan: plan_options.FromPlan = None,
    resume: plan_options.Resume = False,
    undo: options.Undo = False,
    finalize: plan_options.Finalize = False,
    status: options.Status = False,
    trust_journal: options.TrustJournal = False,
    output: Documents = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    no_cache: NoCache = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Fix what has one right answer: show what would change, ask, do it, and check again.

    Every run can be undone, byte for byte.
    """
    choices = {
        "--unsafe-fixes": unsafe_fixes,
        "--repack": repack,
        "--select": select,
        "--extend-select": extend_select,
        "--ignore": ignore,
        "--per-file-ignores": per_file_ignores,
        "--config": config,
        "--isolated": isolated,
        "--engine": engine,
        "--linked-from": linked_from,
        "--interactive": interactive,
        "--scheduler": scheduler,
    }
    after = given({"--resume": resume, "--undo": undo, "--finalize": finalize, "--status": status})
    _check_questions(after, paths or (), interactive=interactive, yes=yes)
    check_choices(
        after,
        choices=given(choices),
        where=given({"PATH": paths}),
        saving=given(
            {
                "--plan-file": plan_file,
                "--from-plan": from_plan,
                "--dry-run": dry_run,
                "--diff": diff and bool(after),
            }
        ),
        others=given({"--yes": yes, "--quiet": quiet, "--verbose": verbose}),
    )
    outputs = parse_documents(output)
    check_outputs(outputs)
    screen = FixScreen(outputs, color=not no_color, diff=diff, quiet=quiet, verbose=verbose)
    if after:
        _continue_run(after[0], screen, paths, jobs=jobs, trust_journal=trust_journal)
        return
    if trust_journal:
        raise UsageError("--trust-journal goes with --resume, --undo, --finalize or --status")
    if plan_file is not None:
        check_new_file(plan_file, "--plan-file")
    if from_plan is not None:
        plan = _read_plan(from_plan)
    else:
        settings = FixSettings(
            check=Settings(
                paths=tuple(paths or ()),
                select=split_codes(select),
                extend_select=split_codes(extend_select),
                ignore=split_codes(ignore),
                per_file_ignores=split_globs(per_file_ignores),
                config=config,
                isolated=isolated,
                engines=tuple(engine) if engine else None,
                linked_from=tuple(linked_from or ()),
                jobs=jobs,
                scheduler=scheduler,
                remember=not no_cache,
            ),
            unsafe_fixes=unsafe_fixes,
            repack=repack,
        )
        plan = screen.plan(settings)
        if interactive and not plan.is_empty:
            chosen = screen.choose(plan, settings)
            plan = plan if chosen == settings else screen.plan(chosen)
    if plan_file is not None:
        from posecheck.fix.plan.document import plan_to_json  # noqa: PLC0415 - help stays light

        write_new_file(plan_file, plan_to_json(plan), "--plan-file")
    screen.show(plan)
    sys.stdout.flush()  # what cannot be shown is not begun
    from posecheck.api.verdict import verdict_of_fix, verdict_of_fix_plan  # noqa: PLC0415

    if plan.is_empty or dry_run or (diff and not yes and not _can_ask()):
        end_with(verdict_of_fix_plan(plan))
    if not yes and not screen.confirm(plan):
        print_error("nothing was touched", color=not no_color)
        raise typer.Exit(ExitCode.FINDINGS)
    fixed = screen.apply(plan, jobs=jobs)
    end_with(verdict_of_fix(fixed))


def _continue_run(
    option: str,
    screen: FixScreen,
    paths: Sequence[str] | None,
    *,
    jobs: int | None,
    trust_journal: bool,
) -> None:
    """Finish the last run, undo it, make the runs final, or show them."""
    path = Path(paths[0]) if paths else None
    if option == "--resume":
        from posecheck.api.verdict import verdict_of_fix  # noqa: PLC0415 - help stays light

        end_with(verdict_of_fix(screen.resume(path, jobs=jobs, trust_journal=trust_journal)))
    elif option == "--undo":
        screen.undo(path, trust_journal=trust_journal)
    elif option == "--finalize":
        screen.finalize(path, trust_journal=trust_journal)
    else:
        screen.status(path, trust_journal=trust_journal)


def _check_questions(
    after: Sequence[str], paths: Sequence[str], *, interactive: bool, yes: bool
) -> None:
    """Refuse to ask and not to ask, and several folders where a run is of one."""
    if interactive and yes:
        raise UsageError("--interactive asks, and --yes does not: use one of them")
    if after and len(paths) > 1:
        raise UsageError(f"{after[0]} concerns one folder: name one")


def _can_ask() -> bool:
    return sys.stdin is not None and is_terminal(sys.stdin)


def _read_plan(path: Path) -> FixPlan:
    from posecheck import api  # noqa: PLC0415 - help stays light

    try:
        plan = api.read_plan(path)
    except UsageError as error:
        raise UsageError("--from-plan: ", error) from error
    if not isinstance(plan, FixPlan):
        raise UsageError("--from-plan: this is a plan to organize; `posecheck organize` takes it")
    return plan
