"""Test results in JUnit's XML: a suite for each file, a test for each code that was reported of it.

A test fails where a finding of it fails the run; other findings stand in its output. A test is
skipped where something suppresses all its findings. A file without findings is a suite with one
test that passed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from posecheck.model.configuration_use import ConfigurationUse
from posecheck.model.finding import INTERNAL_ERROR, Finding
from posecheck.model.report import FileReport, Report
from posecheck.report.escapes import escape
from posecheck.report.reporter import Context, DocumentReporter

_COUNTS = ("tests", "failures", "errors", "skipped")


class JunitReporter(DocumentReporter):
    """Writes the suites."""

    def pieces(self, report: Report) -> Iterator[str]:
        """Yield the document suite by suite; the first line counts what is in all of them."""
        root = Element("testsuites", name="posecheck", time=f"{report.seconds:.3f}")
        counts: Counter[str] = Counter()
        for suite in self._suites(report):
            counts.update({count: int(suite.get(count, "0")) for count in _COUNTS})
        for count in _COUNTS:
            root.set(count, str(counts[count]))
        head = ElementTree.tostring(root, encoding="unicode")
        yield '<?xml version="1.0" encoding="utf-8"?>\n'
        if not report.blocks:
            yield f"{head}\n"
            return
        yield head.removesuffix(" />") + ">\n"
        for suite in self._suites(report):
            ElementTree.indent(suite, level=1)
            yield f"  {ElementTree.tostring(suite, encoding='unicode')}\n"
        yield "</testsuites>\n"

    def _suites(self, report: Report) -> Iterator[Element]:
        for block in report.blocks:
            yield _suite(block, self.context, report.configuration)


def _suite(block: FileReport, context: Context, configuration: ConfigurationUse) -> Element:
    by_code: dict[str, list[Finding]] = {}
    for finding in block.findings:
        by_code.setdefault(finding.code, []).append(finding)
    path = escape(block.path)
    suite = Element("testsuite", name=path, time=f"{block.seconds:.3f}")
    _add_properties(suite, block, configuration)
    failures = errors = skipped = 0
    for code, findings in by_code.items():
        name = f"{escape(code)} {escape(findings[0].name)}"
        test = SubElement(suite, "testcase", classname=path, name=name)
        active = [finding for finding in findings if finding.suppression is None]
        failing = [finding for finding in active if context.fails(finding)]
        if code == INTERNAL_ERROR:
            errors += 1
            SubElement(test, "error", message=escape(findings[0].message)).text = _text(findings)
        elif failing:
            failures += 1
            message = escape(failing[0].message)
            severity = failing[0].severity.value
            SubElement(test, "failure", message=message, type=severity).text = _text(active)
        else:
            if not active:
                skipped += 1
                SubElement(test, "skipped", message=_why(findings))
            SubElement(test, "system-out").text = _text(findings)
    if not by_code:
        SubElement(suite, "testcase", classname=path, name=f"posecheck: {block.status.value}")
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    suite.set("skipped", str(skipped))
    return suite


def _why(findings: Iterable[Finding]) -> str:
    """Say what suppresses findings, with each reason once."""
    stated = [each.suppression for each in findings if each.suppression is not None]
    words = [f"{each.by}: {each.reason}" if each.reason else each.by for each in stated]
    return escape("; ".join(dict.fromkeys(words)))


def _add_properties(suite: Element, block: FileReport, configuration: ConfigurationUse) -> None:
    values = {"configuration": configuration.source}
    values |= {f"ignored.{code}": str(number) for code, number in block.ignored.items()}
    stated = {name: value for name, value in values.items() if value}
    if stated:
        properties = SubElement(suite, "properties")
        for name, value in stated.items():
            SubElement(properties, "property", name=escape(name), value=escape(value))


def _text(findings: Iterable[Finding]) -> str:
    return "\n".join(
        f"{each.severity.value} in {escape(each.location)}: {escape(each.message)}\n"
        f"→ {escape(each.remedy)}"
        for each in findings
    )
