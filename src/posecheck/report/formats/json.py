"""The whole report as one JSON document."""

from __future__ import annotations

from posecheck.model.report import Report
from posecheck.report.formats import Context
from posecheck.report.json_document import to_json


def render(report: Report, context: Context) -> str:
    """Write the document that ``docs/report.schema.json`` describes."""
    return to_json(report)
