"""What posecheck's own rules say comes while another validator is still at work."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from tests.engine.files import write_nwb
from tests.engine.other_validators import Aside

from posecheck.catalog import load_catalog
from posecheck.engine.checkpoint import Checkpoint
from posecheck.engine.file_check import CheckedFile, FileJob, check_file
from posecheck.engine.preliminary_reports import MOST_FILES, PreliminaryReports
from posecheck.engine.rule_set import build_rule_set
from posecheck.engine.validator_run import ValidatorSelection
from posecheck.engine.workers import open_pool
from posecheck.model.finding import Origin
from posecheck.model.progress import ProgressListener
from posecheck.model.report import FileReport
from posecheck.sources.local_source import LocalSource

RULES = build_rule_set(
    [rule for rule in load_catalog() if rule.code in {"CNF007", "FIL006"}],
    {},
    Origin("posecheck", "0"),
)


class Recorder(ProgressListener):
    """Takes down what comes early."""

    def __init__(self, *, wants: bool = True) -> None:
        self.wants_preliminary_reports = wants
        self.early: list[FileReport] = []

    def add_preliminary_report(self, report: FileReport) -> None:
        self.early.append(report)


def check(folder: Path, listener: Recorder, files: int) -> list[FileReport]:
    """Check files with a validator that takes a second; return what was said at the end."""
    kept, marks = folder / "kept", folder / "marks"
    kept.mkdir()
    marks.mkdir()
    jobs = [
        FileJob(
            source=LocalSource.at(write_nwb(folder / f"{number}.nwb", highest=99.0)),
            checkpoint=Checkpoint(kept, number),
        )
        for number in range(files)
    ]
    selection = ValidatorSelection(validators=(Aside(marks=marks, deed="hang"),), seconds=1.0)
    preliminary = PreliminaryReports(jobs, RULES, listener)
    reports = []
    with open_pool() as pool:
        for _, answer in pool.run(
            functools.partial(check_file, rule_set=RULES, selection=selection),
            jobs,
            workers=6,
            while_waiting=preliminary.look,
        ):
            assert isinstance(answer, CheckedFile), answer
            reports.append((len(listener.early), answer.report))
    assert not any(number < len(listener.early) for number, _ in reports)
    return [report for _, report in reports]


@pytest.mark.parametrize("files", [1, 3])
def test_own_findings_come_once_and_first(tmp_path: Path, files: int) -> None:
    listener = Recorder()
    reports = check(tmp_path, listener, files)
    early = {report.path: report for report in listener.early}
    assert len(early) == len(listener.early) == files
    for report in reports:
        own = early[report.path].findings
        assert [finding.code for finding in own] == ["CNF007"]
        assert all(finding in report.findings for finding in own)


def test_nothing_comes_to_who_does_not_want_it(tmp_path: Path) -> None:
    listener = Recorder(wants=False)
    check(tmp_path, listener, 1)
    assert listener.early == []


def test_nothing_comes_early_of_many_files(tmp_path: Path) -> None:
    listener = Recorder()
    check(tmp_path, listener, MOST_FILES + 1)
    assert listener.early == []
