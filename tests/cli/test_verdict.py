"""From a report to an exit code; and what ``validate`` refuses before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.samples import file_report, finding, report
from typer.testing import CliRunner

from posecheck.api.verdict import verdict_of_report
from posecheck.cli.app import app
from posecheck.model.finding import INTERNAL_ERROR, Severity
from posecheck.model.report import FileStatus, Report

UNFETCHED = file_report(finding("FIL009", Severity.WARNING), status=FileStatus.NOT_FETCHED)
WARNED = file_report(finding(severity=Severity.WARNING))
FAILED = file_report(finding())
BROKEN = file_report(finding(INTERNAL_ERROR, Severity.WARNING))


@pytest.mark.parametrize(
    ("finished", "threshold", "allow_unfetched", "code"),
    [
        (report(file_report()), Severity.HINT, False, 0),
        (report(WARNED), Severity.ERROR, False, 0),
        (report(WARNED), Severity.WARNING, False, 1),
        (report(WARNED), Severity.HINT, False, 1),
        (report(FAILED), Severity.ERROR, False, 1),
        (report(FAILED), None, False, 0),
        (report(), Severity.ERROR, False, 2),
        (report(UNFETCHED, UNFETCHED), Severity.ERROR, False, 2),
        (report(UNFETCHED, UNFETCHED), None, False, 2),
        (report(UNFETCHED, UNFETCHED), Severity.ERROR, True, 0),
        (report(UNFETCHED, UNFETCHED), Severity.WARNING, True, 1),
        (report(UNFETCHED, file_report()), Severity.ERROR, False, 0),
        (report(BROKEN, FAILED), None, False, 3),
        (report(BROKEN, UNFETCHED), None, True, 3),
    ],
)
def test_exit_code(
    finished: Report, threshold: Severity | None, allow_unfetched: bool, code: int
) -> None:
    verdict = verdict_of_report(finished, threshold, allow_unfetched=allow_unfetched)
    assert verdict.exit_code == code
    assert (verdict.reason is not None) == (code in {2, 3})


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--quiet", "--verbose"], "use one of them"),
        (["--output", "json=folder"], "is a folder"),
        (["--select", "NOPE", "a.txt"], "NOPE"),
        (["nothing-here.nwb"], "nothing-here.nwb"),
        ([], "nothing to check"),
        (["--config", "absent.toml"], "absent.toml"),
    ],
)
def test_a_run_that_cannot_begin_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["validate", *arguments])
    assert result.exit_code == 2
    assert reason in result.stderr
    assert result.stdout == ""
