"""A run over many files, rule by rule: how often, where for example, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rich.console import Console
from rich.text import Text

from posecheck.model.finding import Finding, Severity
from posecheck.model.report import Report
from posecheck.model.wording import counted
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape
from posecheck.report.remedies import INDENT, RemedyPrinter
from posecheck.report.summary import STYLES

EXAMPLES = 3
"""Places that are shown of each rule, unless another number is asked for."""


class GroupBy(StrEnum):
    """What the findings of a report for a person are ordered by."""

    FILE = "file"
    RULE = "rule"
    SEVERITY = "severity"


@dataclass(slots=True)
class _RuleFindings:
    """What one rule said with one severity, over all files."""

    findings: list[Finding] = field(default_factory=list)
    files: set[str] = field(default_factory=set)


def print_by_rule(  # noqa: PLR0913 - what is printed, and how
    console: Console,
    report: Report,
    remedies: RemedyPrinter,
    *,
    shows: Callable[[Finding], bool],
    most: int | None = EXAMPLES,
    headings: bool = False,
) -> None:
    """Print a block for each rule with findings: the most severe first, then by number of files.

    Parameters
    ----------
    console
        Where to print.
    report
        A finished run.
    remedies
        Prints what to do.
    shows
        Whether a finding is to be shown.
    most
        How many places of each rule; ``None`` for all.
    headings
        Whether each severity has a heading with its number of findings.
    """
    by_rule: dict[tuple[Severity, str, str], _RuleFindings] = {}
    for finding in filter(shows, report.active):
        key = (finding.severity, finding.code, finding.name)
        entry = by_rule.setdefault(key, _RuleFindings())
        entry.findings.append(finding)
        entry.files.add(finding.file)
    ordered = sorted(
        by_rule.items(),
        key=lambda item: (
            *(item[0][0].rank, -len(item[1].files), -len(item[1].findings)),
            item[0][1],
        ),
    )
    headed: set[Severity] = set()
    for (severity, code, name), entry in ordered:
        if headings and severity not in headed:
            headed.add(severity)
            number = report.count(severity)
            console.print(Text(counted(number, severity.value), style=STYLES[severity]))
        head = Text("  ").append(f"{severity.value:<9}", style=STYLES[severity])
        title = Text(escape(code), style="bold")
        if name != code:
            title.append(f" {escape(name)}", style="not bold")
        findings = counted(len(entry.findings), "finding")
        title.append(f": {findings} in {counted(len(entry.files), 'file')}", style="not bold")
        print_hanging(console, head, title)
        _print_places(console, entry.findings, remedies, most)
        remedies.begin_file()
        for remedy in _most_given(entry.findings):
            remedies.print_remedy(remedy, code)


def _print_places(
    console: Console, findings: list[Finding], remedies: RemedyPrinter, most: int | None
) -> None:
    """Print examples, from as many files as there are places for."""
    ordered = _from_different_files(findings)
    shown = ordered if most is None else ordered[:most]
    last = None
    for finding in shown:
        place = f" in {finding.location}" if finding.location.strip("/") else ""
        text = Text(escape(f"{finding.file}{place}"), style="dim")
        if finding.message != last:
            text.append(f": {remedies.cut(finding.message)}", style="not dim")
        last = finding.message
        print_hanging(console, Text(INDENT), text)
    if len(shown) < len(ordered):
        rest = counted(len(ordered) - len(shown), "more finding")
        remedies.print_rest(rest, "--max-per-rule shows more")


def _from_different_files(findings: Iterable[Finding]) -> list[Finding]:
    """Order findings so that the first of each file come first."""
    turns: dict[str, int] = {}
    numbered = []
    for finding in findings:
        turn = turns[finding.file] = turns.get(finding.file, -1) + 1
        numbered.append((turn, finding))
    return [finding for _, finding in sorted(numbered, key=lambda each: each[0])]


def _most_given(findings: Iterable[Finding]) -> list[str]:
    """Return the remedy that most findings have, and the next: others differ in names alone."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.remedy] = counts.get(finding.remedy, 0) + 1
    ordered = sorted(counts, key=lambda remedy: -counts[remedy])
    return ordered[:2]
