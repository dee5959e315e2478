"""A row for each finding, for spreadsheets.

A cell that begins like a formula gets an apostrophe in front, which spreadsheets take as a mark of
text and do not show: recordings may come from anybody (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io

from posecheck.model.fingerprint import distinct_fingerprints
from posecheck.model.report import Report
from posecheck.report.escapes import escape
from posecheck.report.formats import Context

COLUMNS = (
    *("file", "location", "severity", "code", "name", "message", "remedy"),
    *("validator", "validator_version", "fingerprint"),
)

_FORMULA = ("=", "+", "-", "@")


def render(report: Report, context: Context) -> str:
    """Write a header and a row for each finding."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding, fingerprint in distinct_fingerprints(report.findings):
        cells = (
            *(finding.file, finding.location, finding.severity.value, finding.code, finding.name),
            *(finding.message, finding.remedy),
            *(finding.origin.validator, finding.origin.version, fingerprint),
        )
        writer.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(text: str) -> str:
    plain = escape(text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain
