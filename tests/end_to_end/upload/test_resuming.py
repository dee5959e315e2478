"""After a run that ended before its time, the next goes on with the uploads that it had begun.

``dandi upload`` 0.81 begins every file again, and leaves an open upload behind each time.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import (
    FIRST_VIDEO,
    files,
    held,
    running,
    upload,
)

pytestmark = pytest.mark.slow

PARTS = 70_000_000
"""Bytes that take two parts."""


def kill_in(archive: Archive, folder: Path, fault: Fault) -> None:
    """Upload, and kill the command (kill -9) where a fault befalls a request."""
    archive.faults.add(fault)
    with running(archive, folder, "--jobs", "1:1") as process:
        archive.faults.wait_for(fault)
        process.kill()
        process.communicate(timeout=60)
    archive.faults.clear()
    archive.log.clear()


def open_file(archive: Archive, dandiset: str) -> str:
    """Return the id of the one upload that is open."""
    (open_one,) = archive.uploads(dandiset)
    return open_one.upload_id


def parts_sent(archive: Archive, upload_id: str) -> list[str]:
    """Return the numbers of the parts of an upload that were sent."""
    entries = archive.log.entries("PUT", f"{upload_id}.*partNumber")
    return sorted(found[1] for each in entries if (found := re.search(r"Number=(\d+)", each.path)))


def test_parts_that_arrived_before_a_kill_are_not_sent_again(
    archive: Archive, dandiset: str, one: Path
) -> None:
    pad_video(one / FIRST_VIDEO, PARTS)
    kill_in(archive, one, Fault(method="PUT", path="partNumber=2", delay=60))
    begun = open_file(archive, dandiset)

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)
    assert parts_sent(archive, begun) == ["2"]
    assert archive.uploads(dandiset) == []
    assert len(archive.log.entries("POST", "/uploads/initialize/")) == 1  # the NWB file's


@pytest.mark.parametrize("step", ["complete", "join", "validate"])
def test_an_upload_that_was_all_but_finished_is_finished(
    archive: Archive, dandiset: str, one: Path, step: str
) -> None:
    path = {"join": "^/dandi-dandisets/"}.get(step, f"/{step}/$")
    kill_in(archive, one, Fault(method="POST", path=path, delay=60, times=1))
    begun = open_file(archive, dandiset)

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)
    assert parts_sent(archive, begun) == []
    assert archive.uploads(dandiset) == []


def test_a_video_that_changed_is_begun_again_and_the_rest_is_reported(
    archive: Archive, dandiset: str, one: Path
) -> None:
    pad_video(one / FIRST_VIDEO, PARTS)
    kill_in(archive, one, Fault(method="PUT", path="partNumber=2", delay=60))
    begun = open_file(archive, dandiset)
    pad_video(one / FIRST_VIDEO, 100)

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)
    assert open_file(archive, dandiset) == begun
    said = " ".join(done.stdout.split())
    assert "1 upload that you began was not finished" in said
    assert "posecheck upload --abandon" in said


@pytest.mark.parametrize("gone", ["on the archive", "in the storage"])
def test_an_upload_that_is_gone_is_begun_again(
    archive: Archive, dandiset: str, one: Path, gone: str
) -> None:
    pad_video(one / FIRST_VIDEO, PARTS)
    kill_in(archive, one, Fault(method="PUT", path="partNumber=2", delay=60))
    begun = open_file(archive, dandiset)
    if gone == "on the archive":
        archive.forget_uploads(dandiset)
    else:
        expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        archive.faults.add(Fault(method="PUT", path=begun, status=403, body=expired))

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)
    left = [each.upload_id for each in archive.uploads(dandiset)]
    assert left == ([] if gone == "on the archive" else [begun])


def test_no_signed_address_lies_in_the_dandiset(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("POSECHECK_STATE_DIR", str(state))
    pad_video(one / FIRST_VIDEO, PARTS)
    kill_in(archive, one, Fault(method="PUT", path="partNumber=2", delay=60))

    (journal,) = (state / "uploads").iterdir()
    assert b"X-Amz-" in journal.read_bytes()
    assert journal.stat().st_mode & 0o077 == 0
    for path in one.rglob("*"):
        assert path.is_dir() or b"X-Amz-" not in path.read_bytes()

    assert upload(archive, one).code == 0
    assert list((state / "uploads").iterdir()) == []
