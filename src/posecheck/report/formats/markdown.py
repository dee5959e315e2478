"""A summary in Markdown, for a page such as ``$GITHUB_STEP_SUMMARY``, which holds 1 MiB at most."""

from __future__ import annotations

import re
from collections.abc import Iterator

from posecheck.model.finding import Finding, Severity
from posecheck.model.report import FileReport, Report
from posecheck.model.wording import counted
from posecheck.report.escapes import escape
from posecheck.report.gate import describe_baseline, describe_changes, describe_content
from posecheck.report.reporter import DocumentReporter
from posecheck.report.summary import describe_configuration, tally_rules

MOST_BYTES = 1_000_000
"""GitHub drops a summary of more than 1 MiB as a whole."""

_END = 200
"""Bytes that the last line may take."""

_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
"""Any ASCII punctuation may stand behind a backslash (CommonMark, "Backslash escapes")."""

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.HINT: "💡"}


class MarkdownReporter(DocumentReporter):
    """Writes a table of the rules that reported, and each file's findings, as far as they fit."""

    def pieces(self, report: Report) -> Iterator[str]:
        """Yield the document, as far as it fits."""
        left = MOST_BYTES - _END
        pieces = _pieces(report)
        for piece in pieces:
            size = len(piece.encode("utf-8", "backslashreplace"))
            if size > left:
                missing = 1 + sum(1 for _ in pieces)
                yield f"\n… and {counted(missing, 'more part')} that do not fit on this page.\n"
                return
            left -= size
            yield piece


def _pieces(report: Report) -> Iterator[str]:
    """Yield what may stand or fall by itself: the head, a row, a file's findings."""
    counts = [
        counted(report.count(severity), severity.value)
        for severity in Severity
        if report.count(severity)
    ]
    found = ", ".join(counts) or "no findings"
    yield f"## posecheck: {found} in {counted(len(report.files), 'file')}\n"
    for line in describe_configuration(report.configuration, verbose=True):
        yield f"\n{_text(line)}\n"
    lines = (
        *describe_changes(report),
        *describe_content(report, verbose=False),
        *describe_baseline(report, verbose=False),
    )
    if lines:
        yield "\n" + "  \n".join(map(_text, lines)) + "\n"
    tallies = tally_rules(report.blocks)
    if not tallies:
        return
    yield "\n| | rule | findings | files | what to do |\n|---|---|---:|---:|---|\n"
    for tally in tallies:
        yield (
            f"| {_SIGNS[tally.severity]} | {_code(tally.code)} {_text(tally.name)} "
            f"| {tally.findings:,} | {tally.files:,} | {_text(_first_line(tally.remedy))} |\n"
        )
    for block in report.blocks:
        if block.active:
            yield _file(block)


def _file(block: FileReport) -> str:
    head = f"\n<details><summary>{_html(block.path)}</summary>\n\n"
    return head + "".join(map(_item, block.active)) + "\n</details>\n"


def _item(finding: Finding) -> str:
    place = f" in {_code(finding.location)}" if finding.location.strip("/") else ""
    sign = _SIGNS[finding.severity]
    return f"- {sign} {_code(finding.code)} {_text(finding.message)}{place}\n"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", escape(text))


def _code(text: str) -> str:
    """Write a span of code, which knows no escapes: a backtick or a bar makes it plain text."""
    shown = escape(text)
    return f"`{shown}`" if shown and not set(shown) & set("`|") else _text(text)


def _html(text: str) -> str:
    return "".join(f"&#{ord(each)};" if each in "&<>\"'`*_[]|~@" else each for each in escape(text))
