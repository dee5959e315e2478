"""The file that lets a run over an archive go on, and what else may lie in its place."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from posecheck.engine.file_check import CheckedFile
from posecheck.engine.resume_file import open_resume_file
from posecheck.model.collection import FileSummary, Mention
from posecheck.model.errors import UsageError
from posecheck.model.finding import Finding, Origin, Severity, Skipped
from posecheck.model.report import FileReport, FileStatus, PoseSummary
from posecheck.storage.pose_probe import PoseProbe

CHECKED = CheckedFile(
    report=FileReport(
        path="dandi://dandi/000409@draft/sub-1/a.nwb",
        status=FileStatus.CHECKED,
        pose=PoseSummary(containers=2, frames=100),
        findings=(
            Finding(
                code="CNF001",
                name="confidence-out-of-range",
                severity=Severity.ERROR,
                remedy="Divide by 10.",
                message="a\udce9 “7”",
                file="a.nwb",
                location="/processing",
                origin=Origin("posecheck", "1"),
                values={"largest": float("inf"), "rows": (1, 2)},
            ),
        ),
        skipped=(Skipped("VID002", "a.nwb", "/", "not read"),),
        rules_run=80,
        ignored={"TIM": 2},
        seconds=1.5,
    ),
    summary=FileSummary(
        path=("sub-1", "a.nwb"),
        mentions=(Mention(path=("sub-1", "a.mp4")),),
        missed=("b.mp4",),
        has_pose=True,
        dangling=(("sub-1", "b.mp4"),),
        probed=(("sub-1", "a.mp4"),),
    ),
)


def test_what_is_kept_comes_back_after_the_run(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    with open_resume_file(path) as kept:
        kept.keep_probe("blob", PoseProbe.ABSENT)
        kept.keep_check("run", "file", CHECKED)
    with open_resume_file(path) as kept:
        assert kept.probe_of("blob") is PoseProbe.ABSENT
        assert kept.probe_of("other") is None
        assert kept.check_of("run", "file") == CHECKED
        assert kept.check_of("another run", "file") is None
        assert kept.check_of("run", "another file") is None


def test_two_runs_at_a_time_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    with open_resume_file(path), pytest.raises(UsageError, match="another run has"):
        open_resume_file(path).__enter__()


def write_other_database(path: Path) -> None:
    """Write a database of another program."""
    connection = sqlite3.connect(path)
    connection.execute("create table bookmarks (url text)")
    connection.commit()
    connection.close()


def write_newer(path: Path) -> None:
    """Write a file of a later posecheck."""
    with open_resume_file(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute("pragma user_version = 99")
    connection.close()


def write_damaged(path: Path) -> None:
    """Write a file of which a page was overwritten."""
    with open_resume_file(path) as kept:
        for number in range(500):
            kept.keep_probe(f"blob-{number}", PoseProbe.ABSENT)
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    path.write_bytes(content)


@pytest.mark.parametrize(
    "write",
    [
        write_other_database,
        write_newer,
        write_damaged,
        lambda path: path.write_text("{}\n" * 1000),
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"\x07" * 5000),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path.with_name("elsewhere")),
    ],
    ids=["another program's", "newer", "damaged", "text", "torn", "folder", "link"],
)
def test_what_is_no_file_of_ours_is_left_alone(tmp_path: Path, write: object) -> None:
    path = tmp_path / "audit.sqlite"
    write(path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UsageError, match="left alone"), open_resume_file(path):
        pass
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not path.with_name("elsewhere").exists()


def test_a_check_that_makes_no_sense_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    with open_resume_file(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute("insert into checks values ('run', 'file', '{}')")
    connection.execute("insert into probes values ('blob', 'maybe')")
    connection.commit()
    connection.close()
    with open_resume_file(path) as kept:
        with pytest.raises(UsageError, match="is damaged"):
            kept.check_of("run", "file")
        with pytest.raises(UsageError, match="is damaged"):
            kept.probe_of("blob")


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="cannot be"),
        open_resume_file(tmp_path / "nowhere" / "audit.sqlite"),
    ):
        pass


_WRITE_ON_AND_ON = """
import sys
from pathlib import Path
from posecheck.engine.resume_file import open_resume_file
from posecheck.storage.pose_probe import PoseProbe
with open_resume_file(Path(sys.argv[1])) as kept:
    for number in range(int(sys.argv[2]), 10**9):
        kept.keep_probe(f"blob-{number:09}", PoseProbe.ABSENT)
        print(number, flush=True)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_writes_loses_what_it_was_at(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    known = 0
    for lines in (1, 7, 40, 3):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITE_ON_AND_ON, str(path), str(known)], stdout=subprocess.PIPE
        )
        with process:
            assert process.stdout is not None
            for _ in range(lines):
                known = int(process.stdout.readline()) + 1
            process.kill()
        with open_resume_file(path) as kept:
            assert kept.probe_of("blob-000000000") is PoseProbe.ABSENT
            assert kept.probe_of(f"blob-{known - 1:09}") is PoseProbe.ABSENT
