"""Each format is read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import junitparser
import pytest
from dandi.validate import Severity as DandiSeverity
from dandi.validate._io import load_validation_jsonl
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.report.samples import file_report, finding, report, typical
from tests.report.strategies import CONFIGURATIONS, FILES

from posecheck.model.fail_on import FailOn
from posecheck.model.finding import INTERNAL_ERROR, Severity
from posecheck.model.report import FileReport, Report
from posecheck.report.escapes import escape
from posecheck.report.formats import FORMATS, render
from posecheck.report.formats.csv import COLUMNS
from posecheck.report.reporter import Context

REPORTS = st.builds(
    Report,
    version=st.just("1.2.3"),
    files=st.lists(FILES, max_size=4).map(tuple),
    configuration=CONFIGURATIONS,
)
CONTEXTS = st.sampled_from([None, *Severity]).map(FailOn.of).map(Context)


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def suites(text: str) -> Any:
    return list(junitparser.JUnitXml.fromstring(text.encode()))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(REPORTS, CONTEXTS, st.sampled_from(sorted(FORMATS)))
def test_whatever_a_file_holds_no_control_character_comes_out(
    finished: Report, context: Context, name: str
) -> None:
    text = render(name, finished, context)
    assert all(each.isprintable() or each == "\n" for each in text)
    text.encode("utf-8")


@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_csv_has_a_row_for_each_finding_and_no_formula(finished: Report) -> None:
    rows = read_csv(render("csv", finished, Context()))
    assert len(rows) == len(finished.findings)
    for row, found in zip(rows, finished.findings, strict=True):
        assert tuple(row) == COLUMNS
        assert row["message"] in {escape(found.message), f"'{escape(found.message)}"}
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(REPORTS, CONTEXTS)
def test_junit_is_read_and_fails_where_the_run_does(finished: Report, context: Context) -> None:
    read = suites(render("junit", finished, context))
    assert [suite.name for suite in read] == [escape(block.path) for block in finished.blocks]
    for suite, block in zip(read, finished.blocks, strict=True):
        failing = {
            each.code
            for each in block.active
            if each.code != INTERNAL_ERROR and context.fails(each)
        }
        assert suite.failures == len(failing)
        assert suite.tests == max(1, len({each.code for each in block.findings}))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_gitlab_has_the_fields_that_are_documented(finished: Report) -> None:
    issues = json.loads(render("gitlab", finished, Context()))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(finished.active)
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= set(issue)
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] == 1
        assert isinstance(issue["location"]["path"], str)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_json_lines_end_with_a_summary(finished: Report) -> None:
    *files, last = map(json.loads, render("json-lines", finished, Context()).splitlines())
    assert [line["type"] for line in files] == ["file"] * len(finished.files)
    assert sum(len(line["findings"]) for line in files) == len(finished.findings)
    assert (last["type"], last["posecheck"]) == ("summary", "1.2.3")
    assert last["errors"] == finished.count(Severity.ERROR)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_markdown_shows_names_as_they_are_and_nothing_else(finished: Report) -> None:
    """No name becomes a link, an image, markup or an element of HTML."""
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    kinds = {token.type for token in page.parse(render("markdown", finished, Context()))}
    inline = {
        child.type
        for token in page.parse(render("markdown", finished, Context()))
        for child in token.children or ()
    }
    assert kinds.isdisjoint({"fence", "code_block", "blockquote_open", "hr"})
    assert inline <= {"text", "code_inline", "text_special", "softbreak", "html_inline"}


@pytest.mark.parametrize("severity", list(Severity))
def test_dandi_loads_what_is_written_for_it(tmp_path: Any, severity: Severity) -> None:
    found = finding(severity=severity)
    path = tmp_path / "report.jsonl"
    path.write_text(render("dandi-jsonl", report(file_report(found)), Context()))
    (loaded,) = load_validation_jsonl([path])
    assert loaded.id == "POSECHECK.VID002"
    assert loaded.severity is DandiSeverity[severity.name]
    assert str(loaded.path) == found.file
    assert loaded.within_asset_paths == {found.file: found.location}
    assert loaded.message is not None
    assert loaded.message.startswith(found.message)


def test_other_validators_keep_their_names_for_dandi() -> None:
    text = render("dandi-jsonl", typical(), Context())
    ids = [json.loads(line)["id"] for line in text.splitlines()]
    assert len(ids) == len(typical().findings)


def test_concise_is_one_line_for_each_finding() -> None:
    found = finding(message="one\nline")
    assert render("concise", report(file_report(found)), Context()) == (
        f"{found.file}:{found.location}: VID002 one\\nline\n"
    )


def many(number: int, *codes: str) -> FileReport:
    return file_report(
        *(finding(code=codes[index % len(codes)], location=f"/v{index}") for index in range(number))
    )


def test_github_gets_ten_and_one_of_each_code_first() -> None:
    block = file_report(*(many(30, "VID002").findings), finding(code="NOD001"))
    lines = render("github", report(block), Context()).splitlines()
    assert len(lines) == 10
    assert "title=NOD001" in lines[1]
    assert lines[-1] == (
        "::error title=posecheck::22 more errors: VID002 × 22. "
        "The log and the summary of the step have all."
    )


def test_github_takes_no_command_from_a_name() -> None:
    name = "a,title=b::c\n::error::forged"
    (line,) = render("github", report(file_report(finding(file=name))), Context()).splitlines()
    head = line.removeprefix("::error ").partition("::")[0]
    assert head.count(",") == 2
    assert "%3A" in head
    assert "%2C" in head


@pytest.mark.slow
def test_markdown_ends_before_github_drops_it() -> None:
    files = [many(2000, "VID002") for _ in range(20)]
    text = render("markdown", report(*files), Context())
    assert 900_000 < len(text.encode()) <= 1_000_000
    assert "more parts that do not fit" in text
