"""An upload that ends before its time, and one whose files change under it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.command import outcome_of
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    check_secrecy,
    files,
    held,
    interrupt,
    receipt_lines,
    receipts,
    running,
    upload,
)

from posecheck import read_receipt

pytestmark = pytest.mark.slow

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


def kill_after_two(archive: Archive, folder: Path, *options: str | Path) -> None:
    """Kill an upload (kill -9) when two files have arrived."""
    slow = Fault(method="PUT", path="partNumber", skip=2, delay=60)
    archive.faults.add(slow)
    with running(archive, folder, "--jobs", "1:1", *options) as process:
        archive.faults.wait_for(slow)
        process.kill()
        process.communicate(timeout=60)
    archive.faults.clear()


def test_a_killed_upload_leaves_proof_of_what_arrived(
    archive: Archive, dandiset: str, two: Path
) -> None:
    kill_after_two(archive, two)

    (left,) = receipt_lines(two)
    assert receipts(two) == []
    head, *lines = [json.loads(line) for line in left.read_text().splitlines()]
    assert (head["dandiset"], head["instance"]) == (dandiset, archive.url.removeprefix("http://"))
    arrived = archive.assets(dandiset)
    assert len(arrived) == 2
    assert {(line["path"], line["asset_id"], line["blob"]) for line in lines} == {
        (path, asset.asset_id, asset.blob.blob_id) for path, asset in arrived.items()
    }
    assert {line["dandi_etag"] for line in lines} == {each.blob.etag for each in arrived.values()}
    read = read_receipt(left)
    assert read["files"] == lines
    assert (read["interrupted"], read["complete"]) == (True, False)

    again = upload(archive, two)

    assert again.code == 0, again.stdout + again.stderr
    (whole,) = receipts(two)
    assert read_receipt(whole)["complete"]
    assert receipt_lines(two) == [left]


def test_a_receipt_that_is_named_is_left_as_lines_beside_it(
    archive: Archive, dandiset: str, two: Path
) -> None:
    (two / "proof.jsonl").write_text("something else")
    kill_after_two(archive, two, "--receipt", "proof.json")

    assert (two / "proof.jsonl").read_text() == "something else"
    (left,) = two.glob("proof.*.jsonl")
    assert len(read_receipt(left)["files"]) == 2
    assert not (two / ".posecheck").exists()


def test_no_receipt_leaves_no_lines_either(archive: Archive, dandiset: str, two: Path) -> None:
    kill_after_two(archive, two, "--no-receipt")

    assert not (two / ".posecheck").exists()


def test_ctrl_c_stops_cleanly_and_says_so(archive: Archive, dandiset: str, one: Path) -> None:
    prepare(archive, one)
    with running(archive, one) as process:
        archive.faults.wait_for(SLOW)
        interrupt(process)
        done = outcome_of(process, 60)

    assert done.code == 130
    assert "Interrupted" in done.stdout
    assert "Traceback" not in done.stderr
    check_secrecy(archive, one, done.stdout + done.stderr)
    assert archive.assets(dandiset) == {}
    assert receipts(one) == receipt_lines(one) == []


def test_a_video_that_changes_meanwhile_is_not_taken(
    archive: Archive, dandiset: str, one: Path
) -> None:
    prepare(archive, one)
    with running(archive, one) as process:
        archive.faults.wait_for(SLOW)
        with (one / FIRST_VIDEO).open("r+b") as file:
            file.seek(-5, 2)
            file.write(b"other")
        done = outcome_of(process, 120)

    assert done.code == 1, done.stdout + done.stderr
    assert "changed while it was sent" in done.stdout + done.stderr
    assert FIRST_VIDEO not in archive.assets(dandiset)
    assert FIRST not in archive.assets(dandiset)
