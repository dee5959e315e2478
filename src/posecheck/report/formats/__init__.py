"""A finished report in the formats of other programs: a module for each, found by its name.

A module has one public function ``render(report, context) -> str`` that returns the whole document,
ending in a line feed. It is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from posecheck.model.finding import Severity
from posecheck.model.report import Report

FORMATS: Mapping[str, str] = {
    "concise": "a line for each finding",
    "json": "one document",
    "json-lines": "a line of JSON for each file, as soon as it is checked",
    "dandi-jsonl": "what `dandi validate --load` reads",
    "github": "annotations of GitHub Actions",
    "gitlab": "a code quality report of GitLab",
    "junit": "test results in XML, for Jenkins and others",
    "sarif": "SARIF 2.1.0, for code scanning",
    "markdown": "for $GITHUB_STEP_SUMMARY",
    "csv": "a row for each finding",
}
"""The formats, each with what it is for. `full`, the report for a person, is not among them."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a format must know besides the report.

    Attributes
    ----------
    fail_on
        The least severity that fails the run; ``None`` if none does.
    """

    fail_on: Severity | None = Severity.ERROR

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of this severity fails the run."""
        return self.fail_on is not None and severity.reaches(self.fail_on)


def render(name: str, report: Report, context: Context) -> str:
    """Write a report in a format.

    Parameters
    ----------
    name
        One of `FORMATS`.
    report
        A finished run.
    context
        What else the format needs.

    Returns
    -------
    str
        The document, ending in a line feed unless it is empty.
    """
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    text: str = module.render(report, context)
    return text
