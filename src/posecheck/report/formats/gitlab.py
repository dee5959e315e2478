"""A code quality report of GitLab: a list of issues (GitLab documentation, "Code Quality")."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.finding import INTERNAL_ERROR, Finding, Severity
from posecheck.model.report import Report
from posecheck.report.escapes import escape
from posecheck.report.fingerprints import distinct_in
from posecheck.report.formats.repository_paths import repository_path
from posecheck.report.json_document import list_pieces
from posecheck.report.reporter import DocumentReporter

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.HINT: "info"}


class GitlabReporter(DocumentReporter):
    """Writes an issue for each finding."""

    def pieces(self, report: Report) -> Iterator[str]:
        """Yield the document."""
        issues = (
            {
                "description": f"{escape(finding.code)} {escape(finding.message)}{_place(finding)}",
                "check_name": escape(finding.code),
                "fingerprint": fingerprint,
                "severity": _severity(finding),
                "location": {"path": repository_path(finding.file), "lines": {"begin": 1}},
                "content": {"body": finding.remedy},
            }
            for finding, fingerprint in distinct_in(report, active=True)
        )
        yield from list_pieces(issues)
        yield "\n"


def _severity(finding: Finding) -> str:
    return "blocker" if finding.code == INTERNAL_ERROR else _SEVERITIES[finding.severity]


def _place(finding: Finding) -> str:
    return f" (in {escape(finding.location)})" if finding.location.strip("/") else ""
