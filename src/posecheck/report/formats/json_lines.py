"""A line of JSON for each file, as soon as it is checked, and one for the whole at the end.

Each line is an object whose ``type`` says what it is: ``file`` or ``dandiset``, with the findings
of that file or over that dandiset, or ``summary``, which is last. Without it the run did not end.
"""

from __future__ import annotations

import json
from typing import Any

from posecheck.model.report import FileReport, Report
from posecheck.report.formats import Context
from posecheck.report.json_document import plain


def render(report: Report, context: Context) -> str:
    """Write all lines of a finished run."""
    return "".join(line_of(file) for file in report.files) + last_lines(report)


def line_of(file: FileReport) -> str:
    """Write the line of a file."""
    return _line("file", file.to_dict())


def last_lines(report: Report) -> str:
    """Write what follows the files: what was said of whole dandisets, and the summary."""
    dandisets = (_line("dandiset", each.to_dict()) for each in report.dandisets)
    end = {
        "posecheck": report.version,
        "root": report.root,
        "seconds": report.seconds,
        **report.summary(),
    }
    return "".join(dandisets) + _line("summary", end)


def _line(kind: str, document: dict[str, Any]) -> str:
    return json.dumps(plain({"type": kind, **document}), allow_nan=False) + "\n"
