"""The whole report as one JSON document."""

from __future__ import annotations

from posecheck.model.report import Report
from posecheck.report.json_document import to_json
from posecheck.report.reporter import DocumentReporter


class JsonReporter(DocumentReporter):
    """Writes the document that ``docs/report.schema.json`` describes."""

    def document(self, report: Report) -> str:
        """Return the document."""
        return to_json(report)
