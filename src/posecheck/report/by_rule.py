"""A run over many files, rule by rule: how often, where for example, and what to do."""

from __future__ import annotations

from array import array
from bisect import insort
from collections.abc import Callable
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


class _RuleFindings:
    """What one rule said with one severity, over all files: numbers, and the findings to show.

    Parameters
    ----------
    most
        How many findings are shown; ``None`` for all.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._turns = array("L")
        self._remedies: dict[str, int] = {}
        self._first: list[tuple[int, int, Finding]] = []
        self.number = 0
        self.files = 0

    def add(self, finding: Finding, file: int) -> None:
        """Take the next finding, and the number of its file."""
        self._turns.extend([0] * (file + 1 - len(self._turns)))
        place = (self._turns[file], self.number)
        self.files += not self._turns[file]
        self._turns[file] += 1
        self.number += 1
        self._remedies[finding.remedy] = self._remedies.get(finding.remedy, 0) + 1
        if self._most is None or len(self._first) < self._most or place < self._first[-1][:2]:
            insort(self._first, (*place, finding), key=lambda each: each[:2])
            if self._most is not None:
                del self._first[self._most :]

    @property
    def shown(self) -> list[Finding]:
        """The findings to show: the first of each file, then the second, and so on."""
        return [finding for _, _, finding in self._first]

    @property
    def remedies(self) -> list[str]:
        """The remedy that most findings have, and the next: others differ in names alone."""
        return sorted(self._remedies, key=lambda remedy: -self._remedies[remedy])[:2]


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
    files: dict[str, int] = {}
    for block in report.blocks:
        for finding in filter(shows, block.active):
            key = (finding.severity, finding.code, finding.name)
            entry = by_rule.setdefault(key, _RuleFindings(most))
            entry.add(finding, files.setdefault(finding.file, len(files)))
    ordered = sorted(
        by_rule.items(),
        key=lambda item: (item[0][0].rank, -item[1].files, -item[1].number, item[0][1]),
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
        findings = counted(entry.number, "finding")
        title.append(f": {findings} in {counted(entry.files, 'file')}", style="not bold")
        print_hanging(console, head, title)
        _print_places(console, entry, remedies)
        remedies.begin_file()
        for remedy in entry.remedies:
            remedies.print_remedy(remedy, code)


def _print_places(console: Console, entry: _RuleFindings, remedies: RemedyPrinter) -> None:
    """Print examples, from as many files as there are places for."""
    last = None
    for finding in entry.shown:
        place = f" in {finding.location}" if finding.location.strip("/") else ""
        text = Text(escape(f"{finding.file}{place}"), style="dim")
        if finding.message != last:
            text.append(f": {remedies.cut(finding.message)}", style="not dim")
        last = finding.message
        print_hanging(console, Text(INDENT), text)
    if len(entry.shown) < entry.number:
        rest = counted(entry.number - len(entry.shown), "more finding")
        remedies.print_rest(rest, "--max-per-rule shows more")
