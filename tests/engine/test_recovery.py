"""A validator that hangs, dies or eats memory costs what it would have said, and nothing else."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.files import write_nwb
from tests.engine.other_validators import Aside, Misbehaving, Second, Third

from posecheck.catalog import load_catalog
from posecheck.engine.checkpoint import Checkpoint
from posecheck.engine.file_check import CheckedFile, FileJob, check_file
from posecheck.engine.recovery import Recovery
from posecheck.engine.rule_set import build_rule_set
from posecheck.engine.validator_run import ValidatorSelection
from posecheck.engine.workers import open_pool
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.execution.pool import WorkerPool
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.report import FileReport, FileStatus
from posecheck.model.rule import Rule
from posecheck.sources.local_source import LocalSource
from posecheck.validators.protocol import Validator

RULES = [rule for rule in load_catalog() if rule.code in {"CNF007", "FIL006", "FIL013", "FIL014"}]
BOOK = build_rule_set(RULES, {}, Origin("posecheck", "0"))
LIMIT = 3.0
OWN = "CNF007"


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with open_pool() as pool:
        yield pool


class Bench:
    """Checks one file with validators that misbehave, in workers."""

    def __init__(self, pool: WorkerPool, folder: Path) -> None:
        self.path = write_nwb(folder / "a.nwb", highest=99.0)
        self.marks = folder / "marks"
        self.marks.mkdir()
        self._kept = folder / "kept"
        self._kept.mkdir()
        self._pool = pool

    def check(
        self, *validators: Validator, seconds: float = 60.0, alone: bool = False
    ) -> FileReport:
        selection = ValidatorSelection(validators=validators, seconds=LIMIT, alone=alone)
        job = FileJob(
            source=LocalSource.at(self.path, "a.nwb"),
            checkpoint=Checkpoint(self._kept, 0),
            seconds=seconds,
        )
        ((_, answer),) = self._pool.run(
            functools.partial(check_file, rule_set=BOOK, selection=selection),
            [job],
            workers=1,
            limits=Limits(seconds, 2**30),
            follow_up=Recovery(selection, seconds),
        )
        assert isinstance(answer, CheckedFile), answer
        return answer.report

    def calls(self) -> list[tuple[str, str, float]]:
        """Who was called, in which process, and with which limit."""
        lines = (self.marks / "calls").read_text().splitlines()
        return [(name, process, float(limit)) for name, process, limit in map(str.split, lines)]


@pytest.fixture
def bench(pool: WorkerPool, tmp_path: Path) -> Bench:
    return Bench(pool, tmp_path)


def only(report: FileReport, code: str) -> Finding:
    (finding,) = (finding for finding in report.findings if finding.code == code)
    return finding


def codes(report: FileReport) -> set[str]:
    return {finding.code for finding in report.findings}


def reasons(report: FileReport) -> dict[str, str]:
    return {skip.code: skip.reason for skip in report.skipped}


def test_all_are_reported_in_one_worker(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(Misbehaving(marks=marks), Second(marks=marks), Aside(marks=marks))
    assert codes(report) == {OWN, "TEST.first", "TEST.second", "TEST.aside"}
    assert report.validators_run == ("first", "second")
    assert (report.skipped, report.rules_run) == ((), len(RULES))
    assert len({process for _, process, _ in bench.calls()}) == 1


@pytest.mark.parametrize("deed", ["hang", "hold"], ids=["it sleeps", "it holds the interpreter"])
def test_one_that_hangs_costs_itself(bench: Bench, deed: str) -> None:
    marks = bench.marks
    began = time.monotonic()
    report = bench.check(
        Misbehaving(marks=marks), Second(marks=marks, deed=deed), Third(marks=marks)
    )
    assert time.monotonic() - began < 30
    assert codes(report) == {OWN, "TEST.first", "TEST.third", "FIL013"}
    late = only(report, "FIL013")
    assert late.severity is Severity.WARNING
    assert late.message.startswith(
        "the second validator did not end within 3 seconds (--validator-timeout)"
    )
    assert report.status is FileStatus.CHECKED
    assert report.rules_run == len(RULES) - 1  # nobody asked pynwb, which FIL006 wants to know
    assert report.validators_run == ("first", "third")
    assert reasons(report)["second"] == (
        "it was stopped: it did not end within 3 seconds (--validator-timeout)"
    )
    # What had finished already is not run again.
    assert [name for name, _, _ in bench.calls()] == ["first", "second", "third"]


def test_once_one_hung_the_others_share_as_much(bench: Bench) -> None:
    marks = bench.marks
    began = time.monotonic()
    report = bench.check(
        Misbehaving(marks=marks, deed="hang"),
        Second(marks=marks, deed="hang"),
        Third(marks=marks),
    )
    assert time.monotonic() - began < 30
    assert codes(report) == {OWN, "FIL013"}
    assert len([finding for finding in report.findings if finding.code == "FIL013"]) == 2
    assert reasons(report)["third"] == "no time was left for it, after another one was stopped"
    assert [name for name, _, _ in bench.calls()] == ["first", "second"]


def test_the_time_of_those_that_ended_counts_for_the_others(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(
        Misbehaving(marks=marks, deed="hang"), Second(marks=marks), Third(marks=marks)
    )
    assert codes(report) == {OWN, "TEST.second", "TEST.third", "FIL013"}
    limits = {name: limit for name, _, limit in bench.calls()}
    assert limits["first"] == LIMIT
    assert limits["third"] <= limits["second"] <= LIMIT


def test_one_that_works_aside_and_hangs_costs_itself(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(Misbehaving(marks=marks), Aside(marks=marks, deed="hang"))
    assert codes(report) == {OWN, "TEST.first", "FIL013"}
    assert reasons(report) == {
        "FIL006": "pynwb was stopped: it did not end within 3 seconds (--validator-timeout)"
    }


def test_one_that_hangs_beside_one_that_works_aside_costs_itself(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(Misbehaving(marks=marks, deed="hold"), Aside(marks=marks))
    assert codes(report) == {OWN, "TEST.aside", "FIL013"}
    assert only(report, "FIL013").message.startswith("the first validator")


def test_one_that_dies_twice_is_named(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(Misbehaving(marks=marks, deed="SIGSEGV"), Second(marks=marks))
    assert codes(report) == {OWN, "TEST.second", "FIL014"}
    dead = only(report, "FIL014")
    assert dead.severity is Severity.WARNING
    assert dead.message == (
        "the first validator did not check this file: its process died: it was ended by SIGSEGV "
        "(a segmentation fault). What it would have said is not in this report"
    )
    assert "SIGSEGV" in reasons(report)["first"]
    called = [name for name, _, _ in bench.calls()]
    assert called == ["first", "first", "second"]


def test_one_that_dies_once_is_reported_after_all(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(
        Misbehaving(marks=marks), Second(marks=marks, deed="once-SIGKILL"), Third(marks=marks)
    )
    assert codes(report) == {OWN, "TEST.first", "TEST.second", "TEST.third"}
    (first, second, again, third) = bench.calls()
    assert [call[0] for call in (first, second, again, third)] == [
        "first",
        "second",
        "second",
        "third",
    ]
    assert second[1] != again[1]


def test_one_that_wants_too_much_memory_costs_itself(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(Misbehaving(marks=marks, deed="allocate"), Second(marks=marks))
    assert codes(report) == {OWN, "TEST.second", "FIL014"}
    assert (
        "more memory than the limit of 4,096 MB (--file-memory)" in only(report, "FIL014").message
    )


def test_a_fault_of_posecheck_in_one_of_them_costs_that_one(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(Misbehaving(marks=marks, deed="raise"), Second(marks=marks))
    assert codes(report) == {OWN, "TEST.second", "internal-error"}
    assert report.status is FileStatus.CHECKED
    assert only(report, "internal-error").message == (
        "the first validator failed with ValueError: a fault of posecheck"
    )


def test_the_time_for_the_whole_file_is_the_limit_of_all(bench: Bench) -> None:
    marks = bench.marks
    report = bench.check(
        Misbehaving(marks=marks, deed="hang"), Second(marks=marks), seconds=LIMIT / 2
    )
    assert codes(report) == {OWN, "FIL013"}
    assert "--file-timeout" in only(report, "FIL013").message
    assert "second" in reasons(report)


def test_where_they_check_alone_a_stop_is_an_error(bench: Bench) -> None:
    report = bench.check(Misbehaving(marks=bench.marks, deed="hang"), alone=True)
    assert only(report, "FIL013").severity is Severity.ERROR


def test_a_file_that_changed_is_not_checked_as_if_it_were_the_one_before(bench: Bench) -> None:
    marks = bench.marks
    validators = (Misbehaving(marks=marks), Second(marks=marks))
    selection = ValidatorSelection(validators=validators, seconds=LIMIT)
    job = FileJob(source=LocalSource.at(bench.path, "a.nwb"), checkpoint=Checkpoint(marks, 1))
    assert codes(check_file(job, rule_set=BOOK, selection=selection).report) >= {OWN, "TEST.second"}
    (marks / "1.steps").write_bytes((marks / "1.steps").read_bytes()[:60])
    write_nwb(bench.path, highest=0.5)
    rule_set = build_rule_set([*RULES, *_rules("FIL015")], {}, Origin("posecheck", "0"))
    report = check_file(
        replace(job, is_resumed=True), rule_set=rule_set, selection=selection
    ).report
    assert codes(report) == {OWN, "FIL015"}
    assert report.status is FileStatus.CHANGED


def _rules(code: str) -> list[Rule]:
    return [rule for rule in load_catalog() if rule.code == code]


def test_without_a_checkpoint_the_file_is_lost_as_a_whole(pool: WorkerPool, tmp_path: Path) -> None:
    path = write_nwb(tmp_path / "a.nwb")
    selection = ValidatorSelection(
        validators=(Misbehaving(marks=tmp_path, deed="hang"),), seconds=1.0
    )
    task = functools.partial(check_file, rule_set=BOOK, selection=selection)
    ((_, answer),) = pool.run(
        task,
        [
            FileJob(
                source=LocalSource.at(path, "a.nwb"),
                checkpoint=Checkpoint(tmp_path / "no folder", 0),
            )
        ],
        workers=1,
        limits=Limits(60.0, 2**30),
        follow_up=Recovery(selection, 60.0),
    )
    assert isinstance(answer, WorkerFailure)
