"""SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), for code scanning.

An NWB file has no lines. Its artifact is named with line 1, which GitHub asks for, and the object's
path inside the file is the logical location. GitHub takes 25,000 results and 10 MB of a file, and
refuses what is larger as a whole: the most severe come first, and a notification counts the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from posecheck.catalog import load_catalog
from posecheck.model.finding import Finding, Severity
from posecheck.model.report import Report
from posecheck.model.rule import Rule
from posecheck.model.wording import counted
from posecheck.report.declared_fixes import declared_fixes
from posecheck.report.fingerprints import distinct_in
from posecheck.report.formats.repository_paths import uri
from posecheck.report.json_document import plain
from posecheck.report.reporter import DocumentReporter
from posecheck.report.summary import describe_overdue

MOST_RESULTS = 25_000
MOST_BYTES = 9_500_000
"""A little under what GitHub takes, for what surrounds the results."""

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "recommendation"}


class SarifReporter(DocumentReporter):
    """Writes a log of one run."""

    def pieces(self, report: Report) -> Iterator[str]:
        """Yield the document, in which the results alone are many."""
        first = _first_of_each_code(report)
        catalog = {rule.code: rule for rule in load_catalog(with_cases=False)}
        rules = [_rule(finding, catalog.get(code)) for code, finding in first.items()]
        index = {code: number for number, code in enumerate(first)}
        results, left = [], MOST_BYTES - len(_dump(rules))
        for finding, fingerprint in islice(_most_severe_first(report), MOST_RESULTS):
            result = _dump(_result(finding, fingerprint, index[finding.code]))
            left -= len(result) + 2
            if left < 0:
                break
            results.append(result)
        found = sum(totals.findings for totals in report.totals)
        run = {
            "tool": {
                "driver": {
                    "name": "posecheck",
                    "version": report.version,
                    "rules": rules,
                }
            },
            "invocations": [_invocation(report, found - len(results))],
            "results": [],
            "properties": {
                "configuration": report.configuration.to_dict(),
                "baseline": report.baseline and report.baseline.to_dict(),
                "changes": report.changes and report.changes.to_dict(),
                "content": report.content and report.content.to_dict(),
            },
            "columnKind": "unicodeCodePoints",
        }
        # In a text the quotation marks would be escaped: this can only be the list.
        head, start, tail = _dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).partition(
            '"results": ['
        )
        yield head + start
        yield from (f", {each}" if number else each for number, each in enumerate(results))
        yield tail + "\n"


_Place = tuple[bool, int]
"""Where a finding stands among the results: those that count first, and the most severe first."""


def _place(finding: Finding) -> _Place:
    return finding.suppression is not None, finding.severity.rank


def _first_of_each_code(report: Report) -> dict[str, Finding]:
    """Return the first result of each code, in the order of the results."""
    first: dict[str, tuple[_Place, int, Finding]] = {}
    number = 0
    for block in report.blocks:
        for finding in block.findings:
            number += 1
            here = (_place(finding), number, finding)
            if finding.code not in first or here[:2] < first[finding.code][:2]:
                first[finding.code] = here
    ordered = sorted(first.values(), key=lambda each: each[:2])
    return {finding.code: finding for _, _, finding in ordered}


def _most_severe_first(report: Report) -> Iterator[tuple[Finding, str]]:
    """Yield the findings with their fingerprints; the report is read once for each severity."""
    suppressed = any(totals.suppressed for totals in report.totals)
    for is_suppressed in (False, True) if suppressed else (False,):
        for severity in Severity:
            if is_suppressed or report.count(severity):
                for finding, fingerprint in distinct_in(report):
                    if _place(finding) == (is_suppressed, severity.rank):
                        yield finding, fingerprint


def _dump(value: Any) -> str:
    return json.dumps(plain(value), allow_nan=False)


def _rule(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    """Describe who reports: a rule by its declaration, another validator's code by its finding."""
    severity = finding.severity if rule is None else rule.severity
    links: tuple[str, ...] = (finding.url,) if finding.url else ()
    if rule is None:
        what, why, remedy = finding.name, "", finding.remedy
        tags = [finding.origin.validator]
    else:
        what, why, remedy, links = rule.what, rule.why, rule.remedy, rule.references
        tags = ["posecheck", rule.family]
    fixes = () if rule is None else declared_fixes(rule)
    paragraphs = [what, why, f"What to do: {remedy}" if remedy else ""]
    paragraphs += (f"{', '.join(('Fix', *fix.variants))}: {fix.text}" for fix in fixes)
    paragraphs += links
    described: dict[str, Any] = {
        "id": finding.code,
        "name": finding.name,
        "shortDescription": {"text": what},
        "fullDescription": {"text": why or what},
        "help": {"text": "\n\n".join(filter(None, paragraphs))},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": tags, "problem.severity": _PROBLEMS[severity]},
    }
    if links:
        described["helpUri"] = links[0]
    return described


def _result(finding: Finding, fingerprint: str, rule_index: int) -> dict[str, Any]:
    text = finding.message if not finding.remedy else f"{finding.message}\n{finding.remedy}"
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(finding.file)},
            "region": {"startLine": 1},
        }
    }
    if finding.location.strip("/"):
        location["logicalLocations"] = [
            {
                "fullyQualifiedName": finding.location,
                "name": finding.location.rpartition("/")[2],
                "kind": "object",
            }
        ]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": text.replace("](", "] (")},  # else it is a link
        "locations": [location],
        "partialFingerprints": {"posecheck/v1": fingerprint},
    }
    if finding.suppression is not None:
        reason = finding.suppression.reason or f"known to the {finding.suppression.by}"
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": reason}
        ]
    return result


def _invocation(report: Report, left_out: int) -> Mapping[str, Any]:
    notes: Sequence[dict[str, Any]] = ()
    if left_out:
        missing = counted(left_out, "finding")
        text = f"{missing} left out: GitHub takes 25,000 results and 10 MB"
        notes = [{"level": "warning", "message": {"text": text}}]
    overdue = [
        {"level": "note", "message": {"text": line}}
        for line in describe_overdue(report.configuration)
    ]
    return {
        "toolConfigurationNotifications": overdue,
        "executionSuccessful": not report.has_internal_error,
        "toolExecutionNotifications": notes,
    }
