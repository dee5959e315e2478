"""A run over many files ends in a screen that a person can act on."""

from __future__ import annotations

import io

import pytest
from tests.report.samples import file_report, finding, report

from posecheck.model.fail_on import FailOn
from posecheck.model.finding import INTERNAL_ERROR, Severity
from posecheck.model.report import FileReport, Report
from posecheck.report.by_rule import GroupBy
from posecheck.report.console import open_console
from posecheck.report.terminal import TerminalReport


def printed(finished: Report, **options: object) -> str:
    """Return what a person sees of a run, file by file and at its end."""
    stream = io.StringIO()
    printer = TerminalReport(open_console(stream), **options)  # type: ignore[arg-type]
    printer.begin(len(finished.files))
    for file in finished.files:
        printer.add(file)
    printer.finish(finished)
    return stream.getvalue()


def session(number: int) -> FileReport:
    """One of many recordings, each with one of three defects."""
    path = f"sub-{number:04}/sub-{number:04}_behavior.nwb"
    defects = (
        ("VID002", Severity.ERROR, "/acquisition/front"),
        ("REF001", Severity.WARNING, "/processing/behavior/PoseEstimation/nose"),
        ("PRV003", Severity.HINT, "/processing/behavior/PoseEstimation"),
    )
    code, severity, location = defects[number % 3]
    found = finding(
        *(code, severity, f"message of {code}", location), file=path, remedy=f"remedy of {code}"
    )
    return file_report(found, path=path)


def sessions(number: int) -> Report:
    return report(*map(session, range(number)))


def test_three_defects_in_three_thousand_files_fit_on_a_screen() -> None:
    text = printed(sessions(3000))
    assert len(text.splitlines()) <= 60
    for code in ("VID002", "REF001", "PRV003"):
        assert f"{code} external-file-missing: 1,000 findings in 1,000 files" in text
        assert text.count(f"→ remedy of {code}") == 1
        assert text.count(f"message of {code}") == 1
    assert text.index("VID002") < text.index("REF001") < text.index("PRV003")
    assert "… and 997 more findings; --max-per-rule shows more" in text


def test_a_handful_of_files_are_reported_one_by_one() -> None:
    assert "sub-0004/sub-0004_behavior.nwb  1 warning" in printed(sessions(5))
    assert "findings in" not in printed(sessions(3))
    assert "2 findings in 2 files" in printed(sessions(6))
    assert "sub-0001/sub-0001_behavior.nwb  1 warning" in printed(
        sessions(6), group_by=GroupBy.FILE
    )


def test_verbose_leaves_nothing_out() -> None:
    text = printed(sessions(30), verbose=True)
    assert all(f"sub-{number:04}/" in text for number in range(30))


@pytest.mark.parametrize(("most", "shown"), [(1, 1), (3, 3), (0, 10), (20, 10)])
def test_how_many_places_are_shown(most: int, shown: int) -> None:
    text = printed(sessions(30), per_rule=most)
    assert text.count(" in /acquisition/front") == shown
    assert ("more finding" in text) is (shown < 10)


def test_examples_come_from_different_files() -> None:
    many = [finding(file="a.nwb", location=f"/v{index}") for index in range(9)]
    one = finding(file="b.nwb", location="/other")
    files = [file_report(*many, path="a.nwb"), file_report(one, path="b.nwb")]
    text = printed(report(*files), group_by=GroupBy.RULE, per_rule=2)
    assert "a.nwb in /v0" in text
    assert "b.nwb in /other" in text


def test_less_severe_findings_are_left_out_and_counted() -> None:
    text = printed(sessions(30), min_severity=Severity.WARNING)
    assert "PRV003" not in text
    assert "10 findings below --min-severity warning: not shown." in text
    few = printed(sessions(3), min_severity=Severity.ERROR)
    assert "REF001" not in few
    assert "2 findings below --min-severity error: not shown." in few


def test_quiet_shows_the_rules_that_fail_the_run() -> None:
    text = printed(sessions(30), quiet=True)
    assert "VID002 external-file-missing: 10 findings in 10 files" in text
    assert "REF001" not in text
    assert "PRV003" not in text


def test_severities_have_headings() -> None:
    text = printed(sessions(30), group_by=GroupBy.SEVERITY)
    assert text.index("10 errors\n") < text.index("VID002") < text.index("10 warnings\n")


def test_statistics_are_the_table_alone() -> None:
    text = printed(sessions(4), statistics=True)
    assert "By rule\n  error    VID002 external-file-missing: 2 findings in 2 files\n" in text
    assert "remedy" not in text
    assert "message" not in text


def test_a_failure_of_posecheck_is_always_reported() -> None:
    failure = finding(INTERNAL_ERROR, Severity.ERROR, "NOD001 failed", "/", name=INTERNAL_ERROR)
    finished = report(*map(session, range(9)), file_report(failure))
    text = printed(finished, quiet=True, fail_on=FailOn.of(None))
    assert "internal-error: 1 finding in 1 file" in text


def test_names_from_a_file_do_nothing() -> None:
    hostile = finding(file="a\x1b[31m\n.nwb", location="/[bold]x", message="\x1b]0;t\x07")
    text = printed(report(file_report(hostile)), group_by=GroupBy.RULE)
    assert "\x1b" not in text
    assert "[bold]x" in text
