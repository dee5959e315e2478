"""Annotations of GitHub Actions: workflow commands on standard output.

GitHub shows ten errors, ten warnings and ten notices of a step, and drops the rest without a word
(GitHub documentation, "Workflow commands for GitHub Actions"). So the first finding of each rule
comes first, and the tenth annotation counts what is left out.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Iterator

from posecheck.model.finding import Finding, Severity
from posecheck.model.report import Report
from posecheck.model.wording import counted
from posecheck.report.escapes import escape
from posecheck.report.formats.repository_paths import repository_path
from posecheck.report.reporter import DocumentReporter

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}
_DATA = re.compile(r"[%\r\n]")
_PROPERTY = re.compile(r"[%\r\n:,]")


class GithubReporter(DocumentReporter):
    """Writes at most ten commands of each kind, the most severe first."""

    def pieces(self, report: Report) -> Iterator[str]:
        """Yield the commands."""
        kinds = {severity: _OneKind() for severity in Severity}
        for block in report.blocks:
            for finding in block.active:
                kinds[finding.severity].add(finding)
        for severity, kind in kinds.items():
            yield from (f"{line}\n" for line in kind.lines(severity))


class _OneKind:
    """The findings of one severity: the first of each rule, then the second, and so on."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: list[tuple[int, int, Finding]] = []

    def add(self, finding: Finding) -> None:
        """Take the next finding, and keep it if it is among those that are shown."""
        turn, index = self._counts[finding.code], self._counts.total()
        self._counts[finding.code] += 1
        if len(self._first) == MOST and (turn, index) > self._first[-1][:2]:
            return
        insort(self._first, (turn, index, finding), key=lambda each: each[:2])
        del self._first[MOST:]

    def lines(self, severity: Severity) -> list[str]:
        """Return the commands, of which the last counts what is left out."""
        findings = [finding for _, _, finding in self._first]
        total = self._counts.total()
        if total <= MOST:
            return [_annotation(finding) for finding in findings]
        shown = findings[: MOST - 1]
        left = self._counts - Counter(finding.code for finding in shown)
        codes = ", ".join(f"{escape(code)} × {number:,}" for code, number in left.most_common())
        more = counted(total - len(shown), f"more {severity.value}")
        text = f"{more}: {codes}. The log and the summary of the step have all."
        command = f"::{_COMMANDS[severity]} title=posecheck::{_data(text)}"
        return [*map(_annotation, shown), command]


def _annotation(finding: Finding) -> str:
    command = _COMMANDS[finding.severity]
    file = _property(repository_path(finding.file))
    title = _property(f"{finding.code} {finding.name}")
    place = f" (in {finding.location})" if finding.location.strip("/") else ""
    text = f"{escape(finding.message + place)}\n{escape(finding.remedy)}"
    return f"::{command} file={file},line=1,title={title}::{_data(text)}"


def command_text(text: str) -> str:
    """Return a text as the message of a workflow command."""
    return _data(escape(text))


def _data(text: str) -> str:
    return _DATA.sub(_encoded, text)


def _property(text: str) -> str:
    return _PROPERTY.sub(_encoded, escape(text))


def _encoded(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
