"""``posecheck upload [PATH…]``: check recordings, send them with their videos, and verify it."""

from __future__ import annotations

import functools
import getpass
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from posecheck.cli.error_handling import (
    FINDINGS,
    MISTAKE,
    complain,
    exit_code_of,
    failing_in_words,
)
from posecheck.cli.options import (
    Documents,
    Isolated,
    NoColor,
    Traceback,
    split_codes,
)
from posecheck.cli.output_file import check_output_file, write_output_file
from posecheck.cli.output_formats import (
    FULL,
    JSON,
    Output,
    check_outputs,
    parse_documents,
    write_json,
)
from posecheck.cli.upload_options import (
    DEFAULT_JOBS,
    Abandon,
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
    Syncing,
    VerifyOnly,
    WaitChecksum,
    WaitLimit,
    WaitValidation,
    Yes,
    split_jobs,
)
from posecheck.cli.upload_progress import UploadProgressBars
from posecheck.model.errors import UsageError
from posecheck.report.console import is_terminal, open_console
from posecheck.report.escapes import escape
from posecheck.upload.outcomes import UploadInterrupted
from posecheck.upload.plan.files import Existing
from posecheck.upload.settings import DEFAULT_RETRIES, DEFAULT_WAIT

if TYPE_CHECKING:
    from posecheck.cli.upload_options import Abandoning
    from posecheck.upload.outcomes import UploadReport
    from posecheck.upload.plan.upload_plan import UploadPlan


@failing_in_words
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
    retries: Retries = DEFAULT_RETRIES,
    verify_only: VerifyOnly = False,
    wait_checksum: WaitChecksum = False,
    wait_validation: WaitValidation = False,
    wait_limit: WaitLimit = DEFAULT_WAIT,
    receipt: Receipt = None,
    no_receipt: NoReceipt = False,
    config: Config = None,
    isolated: Isolated = False,
    output: Documents = None,
    quiet: Quiet = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Send recordings with their videos to a DANDI archive, and prove that they arrived."""
    from posecheck import api  # noqa: PLC0415 - help stays light

    outputs = parse_documents(output)
    check_outputs(outputs)
    is_json = Output(JSON) in outputs
    talks = is_terminal(sys.stdin) and is_terminal(sys.stderr)
    asks = not (yes or dry_run or verify_only)
    _check_choices(dry_run=dry_run, verify_only=verify_only, receipt=receipt, no_receipt=no_receipt)
    _check_changes(sync=sync is not None, abandon=abandon is not None, verify_only=verify_only)
    if abandon is not None:
        _abandon(
            abandon,
            dandiset,
            paths or (),
            instance=instance,
            retries=retries,
            only_list=dry_run,
            talks=talks,
            outputs=outputs,
            color=not no_color,
        )
        return
    if asks and (is_json or not talks):
        raise UsageError(
            "there is nobody to ask whether to send: pass --yes, or look first with --dry-run"
        )
    voice = _Voice(outputs, color=not no_color, quiet=quiet)
    interrupt: BaseException | None = None
    files, parts = split_jobs(jobs)
    with (
        UploadProgressBars(sys.stderr, color=not no_color) as bars,
        api.open_workshop(
            only_verify=verify_only, parts_ahead=parts if yes and not verify_only else 0
        ) as workshop,
    ):
        ask_token = _asking(bars) if talks else None
        plan = api.plan_upload(
            paths or (),
            dandiset=dandiset,
            instance=instance,
            existing=existing,
            linked_from=linked_from or (),
            allow=split_codes(allow) or (),
            because=because,
            skip_refused=skip_refused,
            sync=sync is not None,
            only_verify=verify_only,
            needs_token=not (dry_run or verify_only),
            retries=retries,
            config=config,
            isolated=isolated,
            watcher=bars,
            ask_token=ask_token,
            workshop=None if dry_run else workshop,
        )
        ends = dry_run or (plan.is_stopped and not verify_only)
        voice.tell_plan(plan, is_last=ends)
        if ends:
            raise typer.Exit(FINDINGS if plan.refusals else 0)
        from posecheck.cli.receipt_writer import ReceiptWriter  # noqa: PLC0415

        proof = ReceiptWriter(plan, receipt, is_wanted=not no_receipt)
        if plan.to_send and asks and not _agrees(plan):
            complain("nothing was sent")
            raise typer.Exit(FINDINGS)
        if asks and sync is Syncing.ASK:
            plan = _agreed_deletion(plan)
        waits: dict[str, Any] = {
            "wait_checksum": wait_checksum,
            "wait_validation": wait_validation,
            "wait_limit": wait_limit,
            "retries": retries,
            "watcher": bars,
            "ask_token": ask_token,
            "workshop": workshop,
        }
        try:
            if verify_only or not (plan.to_send or plan.to_delete):
                report = api.verify_upload(plan, **waits)
            else:
                waits["on_arrived"] = proof.add
                report = api.send_upload(plan, files=files, parts=parts, **waits)
        except UploadInterrupted as error:
            report, interrupt = error.report, error.__cause__
    voice.tell_report(report)
    proof.finish(report, quiet=quiet or is_json)
    if isinstance(interrupt, KeyboardInterrupt):
        raise typer.Exit(exit_code_of(interrupt))
    raise typer.Exit(_judge(report))


def _judge(report: UploadReport) -> int:
    """Decide the exit code: who may do nothing at all has made a mistake in the call."""
    if report.stopped_by and not any(outcome.arrived for outcome in report.outcomes):
        return MISTAKE
    return 0 if report.is_complete else FINDINGS


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


class _Voice:
    """Prints a plan and a report, for a person or as JSON."""

    def __init__(self, outputs: Sequence[Output], *, color: bool, quiet: bool) -> None:
        self._documents = [output for output in outputs if output.format == JSON]
        self._texts = {
            output.path: io.StringIO()
            for output in outputs
            if output.path and output.format == FULL
        }
        self._consoles = [open_console(text, color=False) for text in self._texts.values()]
        if Output(JSON) not in outputs:
            self._consoles.append(open_console(sys.stdout, color=color))
        self._quiet = quiet

    def tell_plan(self, plan: UploadPlan, *, is_last: bool) -> None:
        """Print a plan; as JSON only if no report follows.

        Raises
        ------
        UsageError
            If a file cannot be written.
        """
        from posecheck.report.upload.plan import print_plan  # noqa: PLC0415 - help stays light

        for console in self._consoles:
            print_plan(console, plan, quiet=self._quiet)
        if is_last:
            from posecheck.upload.plan.document import document_of  # noqa: PLC0415

            self._write(document_of(plan))

    def tell_report(self, report: UploadReport) -> None:
        """Print a report; as JSON it is what a receipt says.

        Raises
        ------
        UsageError
            If a file cannot be written.
        """
        from posecheck.report.upload.plan import print_report  # noqa: PLC0415
        from posecheck.upload.receipt import receipt_of  # noqa: PLC0415

        for console in self._consoles:
            print_report(console, report, quiet=self._quiet)
        self._write(receipt_of(report))

    def _write(self, document: Mapping[str, Any]) -> None:
        from posecheck.report.json_document import dump  # noqa: PLC0415

        write_json(self._documents, dump(document))
        for path, text in self._texts.items():
            write_output_file(path, text.getvalue())


def _asking(bars: UploadProgressBars) -> Callable[[str], str]:
    """Return what asks for a token, and for that of one archive only once."""

    @functools.cache
    def ask(instance: str) -> str:
        bars.end()
        name = escape(instance)  # an archive says itself what it is called
        return getpass.getpass(f"API key for {name} (it is not shown): ", stream=sys.stderr)

    return ask


def _abandon(how: Abandoning, dandiset: Path | None, paths: Sequence[str], **choices: Any) -> None:
    from posecheck.cli.abandon import abandon  # noqa: PLC0415 - help stays light

    with UploadProgressBars(sys.stderr) as bars:
        ask_token = _asking(bars) if choices["talks"] else None
        abandon(how, dandiset, paths, ask_token=ask_token, **choices)


def _agreed_deletion(plan: UploadPlan) -> UploadPlan:
    """Ask whether assets are to be deleted; return the plan that the user agrees to."""
    if not plan.to_delete:
        return plan
    from posecheck.model.wording import counted  # noqa: PLC0415
    from posecheck.report.sizes import sized  # noqa: PLC0415

    count = counted(len(plan.to_delete), "asset")
    size = sized(sum(asset.size for asset in plan.to_delete))
    where = escape(plan.destination.instance)
    if typer.confirm(f"Delete {count} ({size}) on {where} that this disk lacks?", err=True):
        return plan
    complain("nothing will be deleted")
    return replace(plan, sync=False)


def _agrees(plan: UploadPlan) -> bool:
    from posecheck.model.wording import counted  # noqa: PLC0415
    from posecheck.report.sizes import sized  # noqa: PLC0415

    what = f"{counted(len(plan.to_send), 'file')} ({sized(plan.bytes_to_send)})"
    linked = sum(bool(asset.local.origin) for asset in plan.to_send)
    if linked:
        what += f", {linked} of them from {escape(', '.join(plan.linked_from))},"
    return typer.confirm(f"Send {what} to {escape(plan.destination.instance)}?", err=True)
