"""How a run went, in a few sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.text import Text

from posecheck.model.configuration_use import ConfigurationUse, IgnoreState, IgnoreUse
from posecheck.model.edit import FixSafety
from posecheck.model.file_reports import totals_of
from posecheck.model.finding import Severity
from posecheck.model.report import FileReport, FileStatus, PoseSummary, Report
from posecheck.model.wording import counted
from posecheck.report.escapes import escape
from posecheck.report.finding_groups import enumerate_names
from posecheck.sources.remote_access import is_address

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.HINT: "cyan"}
"""How a severity looks, wherever it is named."""

_MOST_IGNORES = 6
"""How many ignores a short report names."""

STATUS_WORDS = {
    FileStatus.UNREADABLE: "unreadable",
    FileStatus.NOT_NWB: "not NWB",
    FileStatus.NOT_FETCHED: "not fetched",
    FileStatus.TIMED_OUT: "timed out",
    FileStatus.CRASHED: "crashed",
    FileStatus.CHANGED: "changed while read",
}
"""What is said of a file whose check did not come to its end."""

CountOf = Callable[[Severity], int]
"""`Report.count` or `FileReport.count`."""


@dataclass(frozen=True, slots=True)
class RuleTally:
    """How often a rule reported with one severity, in how many files, and its most given remedy."""

    severity: Severity
    code: str
    name: str
    findings: int
    files: int
    remedy: str


def tally_rules(files: Iterable[FileReport]) -> list[RuleTally]:
    """Count findings by rule: the most severe first, then what touches most files."""
    counts: Counter[tuple[Severity, str, str]] = Counter()
    spread: Counter[tuple[Severity, str, str]] = Counter()
    remedies: dict[tuple[Severity, str, str], Counter[str]] = {}
    for file in files:
        here = Counter((f.severity, f.code, f.name) for f in file.active)
        counts.update(here)
        spread.update(here.keys())
        for f in file.active:
            remedies.setdefault((f.severity, f.code, f.name), Counter())[f.remedy] += 1
    keys = sorted(counts, key=lambda key: (key[0].rank, -spread[key], -counts[key], key[1]))
    return [
        RuleTally(*key, counts[key], spread[key], remedies[key].most_common(1)[0][0])
        for key in keys
    ]


def summarize(report: Report) -> Text:
    """Say in one sentence how the run went."""
    if report.changes is not None and not report.files:
        if report.changes.unknown:
            return Text("No NWB file changed, and nothing was checked.", style="bold")
        return Text("Nothing to check: no NWB file changed, nor what one references.", style="bold")
    if not report.files and report.searched_pose:
        return Text("No recording with pose was found, and nothing was checked.", style="bold")
    files = counted(len(report.files), "file")
    blamed = {finding.file for block in report.dandisets for finding in block.findings}
    failing = {finding.file for block in report.dandisets for finding in block.active}
    totals = totals_of(report.files)
    touched, clean = totals.with_active, totals.clean
    # Which files those are is only asked where rules over several files blame some.
    for file in report.files if blamed else ():
        touched += not file.active and file.path in failing
        clean -= not file.findings and file.path in blamed and file.status is FileStatus.CHECKED
    if report.files and clean == len(report.files) and not report.has_findings:
        which = "it is" if clean == 1 else "all are"
        return Text(
            f"Nothing to report: {files} checked in {report.seconds:.1f} s, and {which} clean.",
            style="bold green",
        )
    text = Text(f"Checked {files} in {report.seconds:.1f} s: ", style="bold")
    if report.has_findings and not report.active_kinds:
        text.append("no new findings")
    else:
        text.append_text(count_severities(report.count))
    if len(report.files) > 1:
        text.append(f" in {counted(touched, 'file')}" if touched else "")
        text.append(f"; {clean:,} clean" if clean else "; none is clean")
    return text.append(".")


def describe_fixes(report: Report) -> list[str]:
    """Say how many findings of files on this machine can be fixed, and by which command."""
    counts: Counter[FixSafety | None] = Counter()
    for block in report.blocks if any(totals.fixable for totals in report.totals) else ():
        counts.update(each.fix for each in block.active if each.edits and not is_address(each.file))
    safe, unsafe = counts[FixSafety.SAFE], counts[FixSafety.UNSAFE]
    if safe and unsafe:
        return [
            f"{counted(safe, 'finding')} can be fixed by `posecheck fix`, {unsafe:,} more with "
            "--unsafe-fixes."
        ]
    if safe:
        return [f"{counted(safe, 'finding')} can be fixed by `posecheck fix`."]
    if unsafe:
        return [f"{counted(unsafe, 'finding')} can be fixed by `posecheck fix --unsafe-fixes`."]
    return []


def describe_remembered(report: Report) -> list[str]:
    """Say of how many files the verdict of an earlier check stands."""
    if not report.remembered:
        return []
    number, files = f"{report.remembered:,}", counted(len(report.files), "file")
    if report.remembered == len(report.files) == 1:
        return ["The file is unchanged since an earlier check, and was not checked again."]
    return [f"{number} of {files} unchanged since an earlier check, and not checked again."]


def describe_statuses(report: Report) -> list[str]:
    """Say how many files could not be checked in full, and why."""
    counts = totals_of(report.files).statuses
    words = [
        f"{counts[status]:,} {word}" for status, word in STATUS_WORDS.items() if counts[status]
    ]
    return [f"Not checked in full: {', '.join(words)}."] if words else []


def describe_rules(report: Report, *, verbose: bool) -> list[str]:
    """Say how many rules were evaluated, and which of them could not check everything.

    That nobody looks at the layout of files that lie in no dandiset is said in words: it is so on
    every run before the files are organized, and shows nothing of single rules.
    """
    if not report.files:
        return []
    files, dandisets = report.totals
    most = files.most_rules
    line = f"{counted(most, 'rule')} run"
    if len(report.files) > 1:
        line = f"Up to {line} per file"
    outside = files.outside + dandisets.outside
    sampled = files.sampled
    codes = sorted(map(escape, files.skipped_codes | dandisets.skipped_codes))
    if codes:
        line += f"; {len(codes)} could not check everything ({enumerate_names(codes)})"
        lines = [line + ("." if verbose else "; --verbose says why.")]
    else:
        lines = [f"{line}." if outside else f"{line}, none skipped."]
    streamed = files.streamed
    if streamed:
        which, what = ("file was", "key") if streamed == 1 else (f"{streamed:,} files were", "keys")
        lines.append(f"The annexed {which} read from the web, and not compared with the {what}.")
    if sampled:
        which = "the file" if len(report.files) == 1 else counted(sampled, "file")
        lines.append(
            f"Of {which}, only a sample of the rows was read: {files.sampled_rules} rules "
            "looked at it, and what needs every row was skipped; --data full reads all."
        )
    if outside:
        which = "the file" if len(report.files) == 1 else counted(outside, "file")
        lies = "lies" if outside == 1 else "lie"
        lines.append(
            f"DANDI's layout was not checked: {which} {lies} in no dandiset "
            "(a folder with a dandiset.yaml)."
        )
    return lines


def describe_configuration(configuration: ConfigurationUse, *, verbose: bool) -> list[str]:
    """Say where the configuration was read, and which findings were ignored, and why."""
    lines = []
    if configuration.source:
        lines.append(f"Configuration: {escape(configuration.source)}.")
    active = sorted(configuration.in_state(IgnoreState.ACTIVE), key=lambda each: -each.findings)
    if active:
        most = None if verbose else _MOST_IGNORES
        named = "; ".join(map(_describe_ignore, active[:most]))
        more = f"; and {len(active) - len(active[:most])} more" if active[most:] and most else ""
        ignored = counted(configuration.ignored, "finding")
        lines.append(f"Ignored {ignored}: {named}{more}.")
    return [*lines, *describe_overdue(configuration)]


def describe_overdue(configuration: ConfigurationUse) -> list[str]:
    """Say which ignores have expired, and which suppress nothing."""
    lines = [
        f"The ignore of {escape(each.title)} expired on {escape(each.expires)} and counts no more"
        f"{f' ({escape(each.reason)})' if each.reason else ''}."
        for each in configuration.in_state(IgnoreState.EXPIRED)
    ]
    unused = [escape(each.title) for each in configuration.in_state(IgnoreState.UNUSED)]
    if unused:
        source = escape(configuration.source)
        lines.append(
            f"Ignored, but found nowhere ({IgnoreState.UNUSED}): {enumerate_names(unused)}; "
            f"remove from {source} what is no longer needed."
        )
    return lines


def _describe_ignore(use: IgnoreUse) -> str:
    number = f"{use.findings:,}" if use.is_counted else f"{use.findings:,} or more"
    if not use.is_counted and not use.findings:
        number = "not counted"
    reason = f", {escape(use.reason)}" if use.reason else ""
    until = f", until {escape(use.expires)}" if use.expires else ""
    return f"{escape(use.title)} ({number}{reason}{until})"


def describe_pose(pose: PoseSummary) -> str:
    """Say how much pose a file holds."""
    parts = [
        f"NWB {escape(pose.nwb_version)}" if pose.nwb_version else "",
        f"ndx-pose {escape(pose.ndx_pose_version)}" if pose.ndx_pose_version else "",
        counted(pose.containers, "container") if pose.containers else "",
        f"{pose.series:,} series" if pose.series else "",
        counted(pose.frames, "frame") if pose.frames else "",
        counted(pose.training_frames, "training frame") if pose.training_frames else "",
        counted(pose.videos, "video") if pose.videos else "",
    ]
    return ", ".join(filter(None, parts))


def count_severities(count: CountOf, style: str = "") -> Text:
    """Write ``2 errors, 3 warnings``, each in its color; "no findings" where there are none."""
    text = Text(style=style)
    for severity in Severity:
        number = count(severity)
        if number:
            text.append(", " if text else "")
            text.append(counted(number, severity.value), style=STYLES[severity])
    return text or text.append("no findings")
