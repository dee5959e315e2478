"""The result of an upload for a person: what arrived, what did not, and what was proven."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from posecheck.model.wording import counted
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized
from posecheck.upload.outcomes import TransferStatus, UploadReport

_NAMES = 10


def print_report(console: Console, report: UploadReport, *, quiet: bool = False) -> None:
    """Print what became of an upload.

    Parameters
    ----------
    console
        Where to.
    report
        The report.
    quiet
        Whether to say nothing of what went well but that it did.
    """
    _print_missing(console, report)
    if report.stopped_by:
        _say(console, Text(f"Stopped: {escape(report.stopped_by)}", style="red"))
    _print_sent(console, report)
    explained = {outcome.path for outcome in report.outcomes if not outcome.arrived}
    for each in report.discrepancies:
        if each.path not in explained:
            line = Text("  ").append(escape(each.path), style="bold")
            _say(console, line.append(f"  {each.code} {escape(each.reason)}"))
    for path, error in report.archive_errors:
        line = Text("  ").append(escape(path), style="bold")
        _say(console, line.append(f"  the archive says: {escape(error)}"))
    for sentence in report.unanswered:
        _say(console, Text(escape(sentence), style="yellow"))
    if not quiet:
        for remark in report.dandiset_errors:
            _say(console, Text(f"The archive says of the dandiset: {escape(remark)}", style="dim"))
    _print_deleted(console, report)
    _print_left_open(console, report)
    page = report.plan.destination.page
    if page and report.outcomes and not quiet:
        _say(console, Text(f"The dandiset's page: {escape(page)}"))
    _print_outcome(console, report)


def _print_missing(console: Console, report: UploadReport) -> None:
    reasons = [
        outcome.reason for outcome in report.outcomes if outcome.status is TransferStatus.FAILED
    ]
    for reason in dict.fromkeys(reasons):
        if reason == report.stopped_by:
            continue  # it is said once, for all of them
        line = Text("failed  ", style="red").append(escape(reason), style="default")
        _say(console, line)
    waiting = [outcome for outcome in report.outcomes if outcome.status is TransferStatus.NOT_BEGUN]
    for outcome in waiting[:_NAMES]:
        line = Text("not sent  ", style="yellow").append(escape(outcome.reason), style="default")
        _say(console, line)
    if len(waiting) > _NAMES:
        more = counted(len(waiting) - _NAMES, "more file")
        _say(console, Text(f"not sent  {more}", style="yellow"))


def _print_sent(console: Console, report: UploadReport) -> None:
    if not report.outcomes:
        return
    sizes = {asset.path: asset.local.size for asset in report.plan.assets}
    sent = [outcome for outcome in report.outcomes if outcome.status is TransferStatus.SENT]
    assigned = [outcome for outcome in report.outcomes if outcome.status is TransferStatus.ASSIGNED]
    missing = [outcome for outcome in report.outcomes if not outcome.arrived]
    size = sized(sum(sizes[outcome.path] for outcome in sent))
    line = f"Sent {counted(len(sent), 'file')} ({size}) in {report.seconds:.1f} s"
    if assigned:
        line += f"; of {counted(len(assigned), 'more file')} the archive had the bytes"
    if missing:
        line += f"; {counted(len(missing), 'file')} did not arrive"
    _say(console, Text(f"{line}."))


def _print_deleted(console: Console, report: UploadReport) -> None:
    if report.deleted:
        count = counted(len(report.deleted), "asset")
        verb = "is" if len(report.deleted) == 1 else "are"
        _say(console, Text(f"Deleted {count} on the archive that {verb} not on this disk."))


def _print_left_open(console: Console, report: UploadReport) -> None:
    if not report.left_open or report.interrupted:
        return
    what = counted(report.left_open, "upload")
    verb, those = ("was", "it") if report.left_open == 1 else ("were", "those")
    text = (
        f"{what} that you began {verb} not finished, and the archive waits for the rest: send the "
        f"same bytes again, or remove {those} with `posecheck upload --abandon`. As long as an "
        "upload is open, an embargoed dandiset cannot be opened."
    )
    _say(console, Text(text, style="yellow"))


def _print_outcome(console: Console, report: UploadReport) -> None:
    if report.interrupted:
        text = "Interrupted. Run the same command again: what has arrived is not sent again."
        _say(console, Text(text, style="yellow"))
    elif report.is_complete:
        _say(console, Text(_proof(report), style="green"))
    elif report.verified:
        _say(console, Text(f"Not complete: {_lacks(report)}.", style="red"))
    elif report.stopped_by:
        text = "Not verified. Once that is fixed, --verify-only shows what has arrived."
        _say(console, Text(text, style="red"))
    else:
        text = "Not verified. Run the same command again, or with --verify-only."
        _say(console, Text(text, style="red"))


def _proof(report: UploadReport) -> str:
    """Say what was proven, and no more: a reference to another server was not followed."""
    held, recordings = len(report.plan.held), len(report.plan.going)
    files = "the file" if held == 1 else f"these {held:,} files"
    text = f"Verified: the archive holds {files}, byte for byte"
    if recordings:
        who = "the NWB file references" if recordings == 1 else "its NWB files reference"
        text += f", and among them every file of the dandiset that {who}"
    left_out = sum(len(recording.left_out) for recording in report.plan.going)
    if left_out:
        verb = "leads" if left_out == 1 else "lead"
        text += f"; {counted(left_out, 'reference')} {verb} nowhere, as you allowed"
    external = sum(len(recording.external) for recording in report.plan.going)
    if external:
        text += f"; {counted(external, 'reference')} to other servers not followed"
    return f"{text}."


def _lacks(report: UploadReport) -> str:
    """Return all that keeps an upload from being complete, the most severe first."""
    lacking = {each.path for each in report.discrepancies}
    refused = {refusal.display_path for refusal in report.plan.refusals}
    lost = [outcome for outcome in report.outcomes if not outcome.arrived]
    clauses = []
    if lacking:
        clauses.append(f"the archive does not hold {counted(len(lacking), 'file')} as on this disk")
    elif lost:
        clauses.append(f"{counted(len(lost), 'file')} did not arrive as planned")
    if refused:
        verb = "is" if len(refused) == 1 else "are"
        clauses.append(f"{counted(len(refused), 'file')} {verb} refused")
    if report.archive_errors:
        count = counted(len(report.archive_errors), "error")
        clauses.append(f"the archive's validation finds {count}")
    if report.unanswered:
        clauses.append("not all that was requested is answered")
    whole = sum(asset.path not in lacking for asset in report.plan.held)
    if whole:
        clauses.append(f"{counted(whole, 'file')} of the set {'is' if whole == 1 else 'are'} there")
    return "; ".join(clauses)


def _say(console: Console, text: Text, *, indent: str = "") -> None:
    print_hanging(console, Text(indent), text)
