"""An upload that ends before its time, and one whose files change under it."""

from __future__ import annotations

from pathlib import Path

from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.upload.uploading import (
    FIRST,
    FIRST_VIDEO,
    check_secrecy,
    files,
    held,
    interrupt,
    receipts,
    running,
    upload,
)

SLOW = Fault(method="PUT", path="partNumber", rate=2_000_000, times=1)
"""Six seconds for the video below, of which no more than the half fits into buffers."""


def prepare(archive: Archive, folder: Path) -> None:
    """Make a video that takes a while."""
    pad_video(folder / FIRST_VIDEO, 12_000_000)
    archive.faults.add(SLOW)


def test_a_killed_upload_goes_on_where_it_was(archive: Archive, dandiset: str, one: Path) -> None:
    prepare(archive, one)
    with running(archive, one) as process:
        archive.faults.wait_for(SLOW)
        process.kill()
        process.communicate(timeout=60)
    assert archive.assets(dandiset) == {}
    archive.faults.clear()

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)


def test_ctrl_c_stops_cleanly_and_says_so(archive: Archive, dandiset: str, one: Path) -> None:
    prepare(archive, one)
    with running(archive, one) as process:
        archive.faults.wait_for(SLOW)
        interrupt(process)
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Interrupted" in stdout
    assert "Traceback" not in stderr
    check_secrecy(archive, one, stdout + stderr)
    assert archive.assets(dandiset) == {}
    assert receipts(one) == []


def test_a_video_that_changes_meanwhile_is_not_taken(
    archive: Archive, dandiset: str, one: Path
) -> None:
    prepare(archive, one)
    with running(archive, one) as process:
        archive.faults.wait_for(SLOW)
        with (one / FIRST_VIDEO).open("r+b") as file:
            file.seek(-5, 2)
            file.write(b"other")
        stdout, stderr = process.communicate(timeout=120)

    assert process.returncode == 1, stdout + stderr
    assert "changed while it was sent" in stdout + stderr
    assert FIRST_VIDEO not in archive.assets(dandiset)
    assert FIRST not in archive.assets(dandiset)
