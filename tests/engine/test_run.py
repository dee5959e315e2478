from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from tests.engine.files import write_endless_nwb, write_nwb
from tests.engine.recorder import Recorder

from posecheck.engine import Settings, describe, run
from posecheck.engine.file_check import FileJob, describe_file
from posecheck.engine.workers import open_pool
from posecheck.model.errors import ConfigurationError, UsageError
from posecheck.model.problem import ProblemKind
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.sources.local_source import LocalSource
from posecheck.validators.registry import Engine


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*paths: str, **options: object) -> Report:
    chosen: dict[str, object] = {
        "select": ("CNF007", "FIL"),
        "ignore": ("FIL004",),
        "jobs": 2,
        "engines": (Engine.POSE,),
    }
    return run(Settings(paths=paths, **chosen | options))  # type: ignore[arg-type]


def codes(report: FileReport) -> list[str]:
    return [finding.code for finding in report.findings]


def test_files_are_reported_in_order_and_as_they_are_named(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        write_nwb(tmp_path / f"sub-{number}" / "a.nwb", highest=99.0 if number == 2 else 0.9)
    recorder = Recorder()
    report = run(Settings(select=("CNF007",), jobs=3), progress=recorder)
    assert [Path(file.path).as_posix() for file in report.files] == [
        "sub-1/a.nwb",
        "sub-2/a.nwb",
        "sub-10/a.nwb",
    ]
    assert [codes(file) for file in report.files] == [[], ["CNF007"], []]
    assert tuple(recorder.reports) == report.files
    assert recorder.begun == [("Checking", 3)]
    assert recorder.advances == [1, 1, 1]
    (finding,) = report.findings
    assert (Path(finding.file).as_posix(), finding.location) == (
        "sub-2/a.nwb",
        "/processing/behavior/PoseEstimation/nose",
    )
    assert report.version == finding.origin.version
    assert {file.status for file in report.files} == {FileStatus.CHECKED}
    assert {file.pose.frames for file in report.files} == {50}


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    Path("a.nwb").write_text("this is no HDF5 file")
    Path("b.nwb").symlink_to(".git/annex/objects/x/SHA256E-s10--0123.nwb/SHA256E-s10--0123.nwb")
    Path("c.nwb").mkdir()
    write_nwb(tmp_path / "d.nwb")
    report = check()
    assert [file.status for file in report.files] == [
        FileStatus.UNREADABLE,
        FileStatus.NOT_FETCHED,
        FileStatus.UNREADABLE,
        FileStatus.CHECKED,
    ]
    assert [codes(file) for file in report.files] == [["FIL001"], ["FIL009"], ["FIL001"], []]
    assert not report.checked_nothing
    assert check("b.nwb").checked_nothing


def test_a_folder_that_cannot_be_listed_fails_the_check(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb")
    for _ in range(30):
        Path("n" * 200).mkdir()
        os.chdir("n" * 200)
    os.chdir(tmp_path)
    fine, lost = check().files
    assert (codes(fine), codes(lost)) == ([], ["FIL001"])
    assert "cannot be listed" in lost.findings[0].message


@pytest.mark.slow
def test_a_file_that_takes_too_long_costs_itself_alone(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb")
    write_endless_nwb(tmp_path / "b.nwb")
    write_nwb(tmp_path / "c.nwb", highest=99.0)
    report = check(select=("ALL",), jobs=1, file_timeout=3.0)
    assert [file.status for file in report.files] == [
        FileStatus.CHECKED,
        FileStatus.TIMED_OUT,
        FileStatus.CHECKED,
    ]
    slow = report.files[1]
    assert codes(slow) == ["FIL013"]
    assert "3 seconds" in slow.findings[0].message
    assert slow.seconds >= 3.0
    assert "the check took too long" in {skip.reason for skip in slow.skipped}
    assert "CNF007" in codes(report.files[2])


def test_a_file_whose_worker_dies_costs_itself_alone(tmp_path: Path) -> None:
    write_endless_nwb(tmp_path / "a.nwb")
    write_nwb(tmp_path / "b.nwb")

    stop = threading.Event()

    def kill_every_reader() -> None:
        while not stop.is_set():
            for worker in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if any(Path(file.path).name == "a.nwb" for file in worker.open_files()):
                        worker.send_signal(signal.SIGSEGV)
            time.sleep(0.05)

    killer = threading.Thread(target=kill_every_reader, daemon=True)
    killer.start()
    report = check(select=("ALL",), ignore=None, jobs=1)
    stop.set()
    killer.join()
    assert [file.status for file in report.files] == [FileStatus.CRASHED, FileStatus.CHECKED]
    lost = report.files[0]
    assert codes(lost) == ["FIL014"]
    assert "SIGSEGV (a segmentation fault)" in lost.findings[0].message


def test_a_file_that_changes_meanwhile_is_not_trusted(tmp_path: Path) -> None:
    path = write_nwb(tmp_path / "a.nwb")
    before = path.stat().st_mtime_ns
    # A thread may not come to the interpreter while the file is read; another process does.
    touch = "import itertools, os, sys\nfor i in itertools.count(1): os.utime(sys.argv[1], (i, i))"
    with subprocess.Popen([sys.executable, "-c", touch, str(path)]) as writer:
        try:
            while path.stat().st_mtime_ns == before:
                assert writer.poll() is None
            # On a busy machine the other process may not have its turn during one reading.
            for _ in range(50):
                recording = describe_file(FileJob(source=LocalSource.at(path, "a.nwb")))
                if any(recording.problems_of(ProblemKind.CHANGED)):
                    break
        finally:
            writer.kill()
    (problem,) = recording.problems_of(ProblemKind.CHANGED)
    assert (problem.location, problem.detail) == ("/", "it changed during the check")
    assert recording.containers
    assert not any(describe("a.nwb").problems_of(ProblemKind.CHANGED))


@pytest.mark.slow
def test_configuration_is_found_and_the_command_line_beats_it(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb", highest=99.0)
    write_nwb(tmp_path / "raw" / "b.nwb", highest=99.0)
    Path("posecheck.toml").write_text(
        'select = ["CNF007"]\nper-file-ignores = { "raw" = { CNF = "kept as published" } }\n'
    )
    nothing: dict[str, object] = {"select": None, "ignore": None}
    assert [codes(file) for file in check(**nothing).files] == [["CNF007"], []]
    ignores = (("a.nwb", "CNF007"),)
    assert [codes(file) for file in check(**nothing, per_file_ignores=ignores).files] == [[], []]
    assert codes(check("raw", select=("FIL003",)).files[0]) == []
    both = check(**nothing, isolated=True).files
    assert all("CNF007" in codes(file) for file in both)
    Path("posecheck.toml").write_text('select = ["CNF007"]\n[rules.CNF007]\nhighest = 100\n')
    assert [codes(file) for file in check(**nothing).files] == [[], []]


def test_mistakes_are_sentences(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb")
    with pytest.raises(UsageError, match=r"no such file or folder: 'b\.nwb'"):
        check("b.nwb")
    with pytest.raises(UsageError, match=r"select: no rule has .*'CNF077'"):
        check(select=("CNF077",))
    with pytest.raises(UsageError, match=r"per_file_ignores: no rule has .*'CNF077'"):
        check(per_file_ignores=(("*", "CNF077"),))
    with pytest.raises(UsageError, match="no rule is left to run"):
        check(select=("CNF",), ignore=("CNF",))
    with pytest.raises(UsageError, match="select: 'differs-on-archive' is about what an archive"):
        check(select=("CNF001", "differs-on-archive"))
    assert "LAY007" not in {skip.code for skip in check(select=("LAY",)).skipped}
    with pytest.raises(UsageError, match="a memory limit of 1024 bytes lets no file be checked"):
        check(file_memory=1024)
    Path("posecheck.toml").write_text('select = ["LAY007"]\n')
    with pytest.raises(ConfigurationError, match=r"posecheck\.toml: select: 'LAY007' is about"):
        check()
    Path("posecheck.toml").write_text("jops = 1\n")
    with pytest.raises(ConfigurationError, match=r"posecheck\.toml: jops: unknown key"):
        check()


def test_a_pool_that_was_started_early_is_used_and_left_open(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb", highest=99.0)
    with open_pool() as pool:
        report = run(Settings(select=("CNF007",)), executor=pool)
        assert [codes(file) for file in report.files] == [["CNF007"]]
        assert forked_workers()
    assert forked_workers() == []


def test_one_file_is_described(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb")
    recording = describe("./a.nwb")
    assert recording.file == "a.nwb"
    (series,) = recording.every_series()
    assert series.positions is not None
    assert series.positions.frames == 50


def test_what_cannot_be_described_says_why(tmp_path: Path) -> None:
    Path("text.nwb").write_text("this is no HDF5 file")
    (problem,) = describe("text.nwb").problems
    assert (problem.kind, problem.location) == (ProblemKind.UNREADABLE, "/")
    write_endless_nwb(tmp_path / "slow.nwb")
    (problem,) = describe("slow.nwb", Settings(file_timeout=1.0)).problems
    assert problem.kind is ProblemKind.TIMED_OUT
    with pytest.raises(UsageError, match=r"'\.' is a folder: name one file"):
        describe(".")
    with pytest.raises(UsageError, match="no such file or folder: 'none'"):
        describe("none")


def test_a_program_needs_no_main_guard_and_no_hdf5(tmp_path: Path) -> None:
    write_nwb(tmp_path / "a.nwb")
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from posecheck.engine import Settings, run\n"
        "report = run(Settings(paths=('a.nwb',), isolated=True))\n"
        "print(len(report.files), sorted({'h5py', 'numpy'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("1 []\n", "")


def forked_workers() -> list[psutil.Process]:
    """Return what the fork server of this process has forked; the server itself stays."""
    return [worker for server in psutil.Process().children() for worker in server.children()]
