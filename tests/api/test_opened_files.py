"""What a program has open already is checked as it is."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tests.recordings.written import write_recording
from tests.remote.range_server import RangeServer

import posecheck
from posecheck.model.report import FileReport


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("opened"))


def check(file: Any) -> FileReport:
    report = posecheck.validate(file, engines=("pose",), isolated=True)
    (found,) = report.files
    return found


def is_clean(report: FileReport) -> bool:
    errors = [finding for finding in report.findings if finding.severity == "error"]
    return report.status == "checked" and not errors


def test_a_file_object_is_read(recording: Path) -> None:
    with recording.open("rb") as file:
        report = check(file)
    assert is_clean(report)
    assert report.path == str(recording)
    assert report.pose.series > 0


def test_bytes_in_memory_are_read(recording: Path) -> None:
    report = check(io.BytesIO(recording.read_bytes()))
    assert is_clean(report)
    assert report.path == "a file object"
    # Nobody knows what lies around it.
    assert "VID002" not in {finding.code for finding in report.findings}


def test_what_fsspec_opens_is_read_in_parts(recording: Path, tmp_path: Path) -> None:
    shutil.copy(recording, tmp_path / "session.nwb")
    with RangeServer(tmp_path) as server:
        report = check(fsspec.open(server.address("session.nwb")))
        assert is_clean(report)
        assert report.path == server.address("session.nwb")
        assert not any(request.status == 200 and request.sent for request in server.log)


def test_what_fsspec_unpacks_is_copied(recording: Path, tmp_path: Path) -> None:
    with fsspec.open(tmp_path / "session.nwb.gz", "wb", compression="gzip") as packed:
        packed.write(recording.read_bytes())
    opened = fsspec.open(tmp_path / "session.nwb.gz", "rb", compression="gzip")
    assert is_clean(check(opened))


def test_several_kinds_are_checked_together(recording: Path) -> None:
    with recording.open("rb") as file:
        several = [recording, file, fsspec.open(f"file://{recording}")]
        report = posecheck.validate(several, engines=("pose",), isolated=True)
    assert len(report.files) == 3
    assert all(map(is_clean, report.files))


def test_a_text_file_object_is_refused(recording: Path) -> None:
    with (
        recording.open(encoding="latin-1") as file,
        pytest.raises(posecheck.UsageError, match="not opened for reading bytes"),
    ):
        check(file)


def test_an_empty_file_object_is_a_finding() -> None:
    report = check(io.BytesIO())
    assert {finding.code for finding in report.findings} == {"FIL001"}
