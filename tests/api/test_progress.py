"""A listener that a program gives to a check."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.files import write_nwb

import posecheck


class Recorder(posecheck.ProgressListener):
    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        self.calls.append(("begin", phase, total))

    def advance(self, count: int) -> None:
        self.calls.append(("advance", count))

    def add_report(self, report: posecheck.FileReport) -> None:
        self.calls.append(("report", Path(report.path).name))

    def end(self) -> None:
        self.calls.append(("end",))


@pytest.mark.slow
def test_a_listener_gets_the_phase_the_reports_and_the_end(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb")
    listener = Recorder()
    posecheck.validate(tmp_path, select="CNF", isolated=True, progress=listener)
    assert listener.calls == [
        ("begin", "Checking", 1),
        ("advance", 1),
        ("report", "a.nwb"),
        ("end",),
    ]


@pytest.mark.slow
def test_what_a_listener_raises_ends_the_run(tmp_path: Path) -> None:
    class Stopping(Recorder):
        def add_report(self, report: posecheck.FileReport) -> None:
            raise ZeroDivisionError

    write_nwb(tmp_path / "a.nwb")
    listener = Stopping()
    with pytest.raises(ZeroDivisionError):
        posecheck.validate(tmp_path, select="CNF", isolated=True, progress=listener)
    assert listener.calls[-1] == ("end",)
