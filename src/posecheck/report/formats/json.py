"""The whole report as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.report import Report
from posecheck.report.json_document import json_pieces
from posecheck.report.reporter import DocumentReporter


class JsonReporter(DocumentReporter):
    """Writes the document that ``docs/report.schema.json`` describes."""

    def pieces(self, report: Report) -> Iterator[str]:
        """Yield the document."""
        return json_pieces(report)
