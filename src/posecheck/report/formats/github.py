"""Annotations of GitHub Actions: workflow commands on standard output.

GitHub shows ten errors, ten warnings and ten notices of a step, and drops the rest without a word
(GitHub documentation, "Workflow commands for GitHub Actions"). So the first finding of each rule
comes first, and the tenth annotation counts what is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

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

    def document(self, report: Report) -> str:
        """Return the document."""
        lines: list[str] = []
        for severity in Severity:
            lines += _of_one_kind([each for each in report.active if each.severity is severity])
        return "".join(f"{line}\n" for line in lines)


def _of_one_kind(findings: Sequence[Finding]) -> list[str]:
    counts: Counter[str] = Counter()
    turns: list[tuple[int, int]] = []
    for index, finding in enumerate(findings):
        turns.append((counts[finding.code], index))
        counts[finding.code] += 1
    ordered = [findings[index] for _, index in sorted(turns)]
    if len(ordered) <= MOST:
        return [_annotation(finding) for finding in ordered]
    shown, hidden = ordered[: MOST - 1], ordered[MOST - 1 :]
    left = Counter(finding.code for finding in hidden)
    codes = ", ".join(f"{escape(code)} × {number:,}" for code, number in left.most_common())
    command = _COMMANDS[findings[0].severity]
    more = counted(len(hidden), f"more {findings[0].severity.value}")
    text = f"{more}: {codes}. The log and the summary of the step have all."
    return [*map(_annotation, shown), f"::{command} title=posecheck::{_data(text)}"]


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
