"""A line of JSON for each file, as soon as it is checked, and one for the whole at the end.

Each line is an object whose ``type`` says what it is: ``file`` or ``dandiset``, with the findings
of that file or over that dandiset, or ``summary``, which is last. Without it the run did not end.
"""

from __future__ import annotations

import json
from typing import Any

from posecheck.model.report import FileReport, Report
from posecheck.report.formats import Context
from posecheck.report.json_document import (
    file_document,
    finding_document,
    plain,
    skipped_document,
    summary,
)


def render(report: Report, context: Context) -> str:
    """Write all lines of a finished run."""
    return "".join(line_of(file) for file in report.files) + last_lines(report)


def line_of(file: FileReport) -> str:
    """Write the line of a file."""
    return _line("file", {**file_document(file), **_said(file)})


def last_lines(report: Report) -> str:
    """Write what follows the files: what was said of whole dandisets, and the summary."""
    dandisets = (_line("dandiset", {"path": each.path, **_said(each)}) for each in report.dandisets)
    end = {"posecheck": report.version, "seconds": report.seconds, **summary(report)}
    return "".join(dandisets) + _line("summary", end)


def _said(block: FileReport) -> dict[str, Any]:
    return {
        "findings": [finding_document(finding) for finding in block.findings],
        "skipped": [skipped_document(skipped) for skipped in block.skipped],
    }


def _line(kind: str, document: dict[str, Any]) -> str:
    return json.dumps(plain({"type": kind, **document}), allow_nan=False) + "\n"
