"""A line for each finding: ``file:location: CODE message``, for grep and for editors."""

from __future__ import annotations

from posecheck.model.report import Report
from posecheck.report.escapes import escape
from posecheck.report.formats import Context


def render(report: Report, context: Context) -> str:
    """Write a line for each finding, in the order of the report."""
    return "".join(
        f"{escape(each.file)}:{escape(each.location)}: {escape(each.code)} {escape(each.message)}\n"
        for each in report.findings
    )
