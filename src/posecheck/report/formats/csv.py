"""A row for each finding, for spreadsheets.

A cell that begins like a formula gets an apostrophe in front, which spreadsheets take as a mark of
text and do not show: recordings may come from anybody (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from posecheck.model.finding import Suppression
from posecheck.model.fingerprint import distinct_fingerprints
from posecheck.model.report import FileReport
from posecheck.report.escapes import escape
from posecheck.report.reporter import StreamReporter

COLUMNS = (
    *("file", "location", "severity", "code", "name", "message", "remedy"),
    *("validator", "validator_version", "fingerprint"),
    *("suppressed_by", "suppression_reason"),
)

_FORMULA = ("=", "+", "-", "@")


class CsvReporter(StreamReporter):
    """Writes a header, and a row for each finding."""

    def head(self) -> str:
        """Return the header."""
        return _row(COLUMNS)

    def lines_of(self, block: FileReport, *, is_file: bool) -> Iterator[str]:
        """Yield a row for each finding; those of other files have other fingerprints."""
        for finding, fingerprint in distinct_fingerprints(block.findings):
            suppression = finding.suppression or Suppression("")
            cells = (
                *(finding.file, finding.location, finding.severity.value, finding.code),
                *(finding.name, finding.message, finding.remedy),
                *(finding.origin.validator, finding.origin.version, fingerprint),
                *(suppression.by, suppression.reason),
            )
            yield _row([_cell(cell) for cell in cells])


def _row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(text: str) -> str:
    plain = escape(text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain
