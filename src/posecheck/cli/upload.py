"""``posecheck upload [PATH…]``: check recordings, send them with their videos, and verify it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from posecheck.cli.error_handling import (
    end_with,
    exit_code_of,
    handle_errors,
    print_error,
)
from posecheck.cli.option_values import split_codes
from posecheck.cli.options import Documents, Isolated, NoCache, NoColor, Scheduler, Traceback
from posecheck.cli.output_file import check_output_file
from posecheck.cli.output_formats import (
    JSON,
    Output,
    check_outputs,
    parse_documents,
)
from posecheck.cli.upload_options import (
    DEFAULT_JOBS,
    Abandon,
    AbandonMode,
    Allow,
    Because,
    Config,
    Dandiset,
    DryRun,
    ExistingFiles,
    Instance,
    Jobs,
    LinkedFrom,
    NoReceipt,
    Paths,
    Quiet,
    Receipt,
    Retries,
    SkipRefused,
    Sync,
    SyncMode,
    VerifyOnly,
    WaitChecksum,
    WaitLimit,
    WaitValidation,
    Yes,
    split_jobs,
)
from posecheck.cli.upload_progress import UploadProgressBars
from posecheck.cli.upload_questions import confirm_deletion, confirm_sending, token_question
from posecheck.cli.upload_writer import UploadWriter
from posecheck.model.errors import ExitCode, UsageError
from posecheck.report.console import is_terminal
from posecheck.upload.outcomes import UploadInterrupted
from posecheck.upload.plan.files import Existing
from posecheck.upload.settings import DEFAULT_RETRIES, DEFAULT_WAIT, UploadSettings


@handle_errors
def upload(  # noqa: PLR0913 - an argument for each option
    paths: Paths = None,
    *,
    dandiset: Dandiset = None,
    instance: Instance = None,
    existing: ExistingFiles = Existing.REFRESH,
    linked_from: LinkedFrom = None,
    allow: Allow = None,
    because: Because = "",
    skip_refused: SkipRefused = False,
    sync: Sync = None,
    abandon: Abandon = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    jobs: Jobs = DEFAULT_JOBS,
    scheduler: Scheduler = None,
    retries: Retries = DEFAULT_RETRIES,
    verify_only: VerifyOnly = False,
    wait_checksum: WaitChecksum = False,
    wait_validation: WaitValidation = False,
    wait_limit: WaitLimit = DEFAULT_WAIT,
    receipt: Receipt = None,
    no_receipt: NoReceipt = False,
    config: Config = None,
    isolated: Isolated = False,
    no_cache: NoCache = False,
    output: Documents = None,
    quiet: Quiet = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Send recordings with their videos to a DANDI archive, and prove that they arrived."""
    from posecheck.api import upload as api  # noqa: PLC0415 - help stays light
    from posecheck.api.verdict import (  # noqa: PLC0415
        verdict_of_upload,
        verdict_of_upload_plan,
    )

    outputs = parse_documents(output)
    check_outputs(outputs)
    is_json = Output(JSON) in outputs
    is_interactive = is_terminal(sys.stdin) and is_terminal(sys.stderr)
    confirms = not (yes or dry_run or verify_only)
    _check_choices(dry_run=dry_run, verify_only=verify_only, receipt=receipt, no_receipt=no_receipt)
    _check_changes(sync=sync is not None, abandon=abandon is not None, verify_only=verify_only)
    color = not no_color
    bars = UploadProgressBars(sys.stderr, color=color)
    prompt_for_token = token_question(bars) if is_interactive else None
    settings = UploadSettings(
        paths=tuple(paths or ()),
        dandiset=dandiset,
        instance=instance,
        existing=existing,
        linked_from=tuple(linked_from or ()),
        allow=tuple(split_codes(allow) or ()),
        because=because,
        skip_refused=skip_refused,
        sync=sync is not None,
        only_verify=verify_only,
        needs_token=not (dry_run or verify_only),
        config=config,
        isolated=isolated,
        remember=not no_cache,
    )
    if abandon is not None:
        from posecheck.cli.abandon import remove_open_uploads  # noqa: PLC0415

        with bars:
            remove_open_uploads(
                settings,
                outputs,
                retries=retries,
                only_lists=dry_run,
                confirms=abandon is AbandonMode.ASK,
                prompt_for_token=prompt_for_token,
                color=color,
            )
        return
    if confirms and (is_json or not is_interactive):
        raise UsageError(
            "there is no terminal to ask whether to send: pass --yes, or check first with --dry-run"
        )
    writer = UploadWriter(outputs, color=color, quiet=quiet)
    interrupt: BaseException | None = None
    files, parts = split_jobs(jobs)
    with (
        bars,
        api.open_upload_session(
            only_verify=verify_only,
            prefetch=not dry_run,
            early_parts=parts if yes and not (verify_only or dry_run) else 0,
            retries=retries,
            cache=not no_cache,
            scheduler=scheduler,
            progress=bars,
            prompt_for_token=prompt_for_token,
        ) as session,
    ):
        plan = api.plan_from_settings(settings, session)
        ends = dry_run or (plan.is_stopped and not verify_only)
        writer.write_plan(plan, is_last=ends)
        if ends:
            end_with(verdict_of_upload_plan(plan))
        from posecheck.cli.receipt_writer import ReceiptWriter  # noqa: PLC0415

        receipts = ReceiptWriter(plan, receipt, is_wanted=not no_receipt)
        if plan.to_send and confirms and not confirm_sending(plan):
            print_error("nothing was sent")
            raise typer.Exit(ExitCode.FINDINGS)
        if confirms and sync is SyncMode.ASK and plan.to_delete and not confirm_deletion(plan):
            print_error("nothing will be deleted")
            plan = replace(plan, sync=False)
        waits: dict[str, Any] = {
            "wait_checksum": wait_checksum,
            "wait_validation": wait_validation,
            "wait_limit": wait_limit,
            "session": session,
        }
        try:
            if verify_only or not (plan.to_send or plan.to_delete):
                report = api.verify_upload(plan, **waits)
            else:
                report = api.send_upload(
                    plan, files=files, parts=parts, on_arrived=receipts.add, **waits
                )
        except UploadInterrupted as error:
            report, interrupt = error.report, error.__cause__
    writer.write_report(report)
    receipts.finish(report, quiet=quiet or is_json)
    if isinstance(interrupt, KeyboardInterrupt):
        raise typer.Exit(exit_code_of(interrupt))
    end_with(verdict_of_upload(report))


def _check_choices(
    *, dry_run: bool, verify_only: bool, receipt: Path | None, no_receipt: bool
) -> None:
    if dry_run and verify_only:
        raise UsageError("--dry-run sends nothing, and --verify-only neither: use one of them")
    if receipt is not None:
        if no_receipt:
            raise UsageError("--receipt and --no-receipt contradict each other")
        check_output_file(receipt, "--receipt")
        if os.path.lexists(receipt):
            raise UsageError(f"--receipt: {receipt} exists, and is left alone; name another")


def _check_changes(*, sync: bool, abandon: bool, verify_only: bool) -> None:
    if abandon and (sync or verify_only):
        raise UsageError("--abandon sends nothing: give it without --sync and --verify-only")
    if sync and verify_only:
        raise UsageError("--verify-only changes nothing on the archive, and --sync would")
