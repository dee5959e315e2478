"""``posecheck organize [PATH…]``: plan, show the plan, ask, do it; resume it or undo it."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from posecheck.cli import organize_options as options
from posecheck.cli import plan_options
from posecheck.cli.error_handling import end_with, handle_errors, print_error
from posecheck.cli.options import Documents, NoColor, Scheduler, Traceback
from posecheck.cli.organize_screen import Screen
from posecheck.cli.output_file import check_new_file, write_new_file
from posecheck.cli.output_formats import check_outputs, parse_documents
from posecheck.cli.plan_options import check_choices, given
from posecheck.model.errors import ExitCode, UsageError
from posecheck.organize.plan.values import OrganizePlan, VideoNames
from posecheck.organize.settings import OrganizeSettings


@handle_errors
def organize(  # noqa: PLR0913 - an argument for each option
    paths: options.Paths = None,
    *,
    dandiset: options.Dandiset = None,
    new_dandiset: options.NewDandiset = None,
    rename: options.Rename = False,
    video_names: options.Names = None,
    find_videos: options.FindVideos = None,
    accept_unverified: options.AcceptUnverified = False,
    remux: options.Remux = False,
    files: options.Files = None,
    videos: options.Videos = None,
    skip_conflicts: options.SkipConflicts = False,
    dry_run: plan_options.DryRun = False,
    yes: plan_options.Yes = False,
    plan_file: plan_options.PlanFile = None,
    from_plan: plan_options.FromPlan = None,
    resume: plan_options.Resume = False,
    undo: options.Undo = False,
    finalize: plan_options.Finalize = False,
    trust_journal: options.TrustJournal = False,
    output: Documents = None,
    jobs: options.Jobs = None,
    scheduler: Scheduler = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Organize recordings and their videos into a dandiset, or a dandiset in place.

    Files, videos and every reference to them move together, or not at all.
    """
    choices = {
        "PATH": paths,
        "--new-dandiset": new_dandiset,
        "--rename": rename,
        "--video-names": video_names,
        "--find-videos": find_videos,
        "--accept-unverified": accept_unverified,
        "--remux": remux,
        "--files": files,
        "--videos": videos,
        "--skip-conflicts": skip_conflicts,
        "--scheduler": scheduler,
    }
    after = given({"--resume": resume, "--undo": undo, "--finalize": finalize})
    check_choices(
        after,
        choices=given(choices),
        where=given({"--dandiset": dandiset}),
        saving=given({"--plan-file": plan_file, "--from-plan": from_plan, "--dry-run": dry_run}),
        others=given({"--yes": yes, "--quiet": quiet, "--verbose": verbose}),
    )
    outputs = parse_documents(output)
    check_outputs(outputs)
    screen = Screen(outputs, color=not no_color, quiet=quiet, verbose=verbose)
    if after:
        if not screen.continue_run(
            after[0], dandiset, jobs=jobs, trust_journal=trust_journal, yes=yes
        ):
            print_error("nothing was touched", color=not no_color)
            raise typer.Exit(ExitCode.FINDINGS)
        return
    if trust_journal:
        raise UsageError("--trust-journal goes with --resume, --undo or --finalize")
    if plan_file is not None:
        check_new_file(plan_file, "--plan-file")
    if from_plan is not None:
        plan = _read_plan(from_plan)
    else:
        settings = OrganizeSettings(
            paths=tuple(paths or ()),
            dandiset=dandiset,
            new_dandiset=new_dandiset,
            rename=rename,
            video_names=video_names or VideoNames.SERIES,
            find_videos=tuple(find_videos or ()),
            accept_unverified=accept_unverified,
            remux=remux,
            skip_conflicts=skip_conflicts,
            files=files,
            videos=videos,
            jobs=jobs,
            scheduler=scheduler,
        )
        plan = screen.plan(settings)
    if plan_file is not None:
        from posecheck.organize.plan.document import plan_to_json  # noqa: PLC0415 - help stays light

        write_new_file(plan_file, plan_to_json(plan), "--plan-file")
    screen.show(plan)
    sys.stdout.flush()  # what cannot be shown is not begun
    if not (plan.is_blocked or plan.is_empty or dry_run):
        if not yes and not screen.confirm(plan):
            print_error("nothing was touched", color=not no_color)
            raise typer.Exit(ExitCode.FINDINGS)
        screen.apply(plan, jobs=jobs)
    from posecheck.api.verdict import verdict_of_organize_plan  # noqa: PLC0415 - help stays light

    end_with(verdict_of_organize_plan(plan))


def _read_plan(path: Path) -> OrganizePlan:
    from posecheck import api  # noqa: PLC0415 - help stays light

    try:
        plan = api.read_plan(path)
    except UsageError as error:
        raise UsageError("--from-plan: ", error) from error
    if not isinstance(plan, OrganizePlan):
        raise UsageError("--from-plan: this is a plan to fix; `posecheck fix` carries it out")
    return plan
