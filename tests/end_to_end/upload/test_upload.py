"""What is sent, and what is not, seen from the archive."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import pytest
import requests
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    SECOND,
    SECOND_VIDEO,
    files,
    held,
    put,
    receipt,
    receipts,
    upload,
)


def test_recordings_arrive_with_their_videos_and_once(
    archive: Archive, dandiset: str, two: Path
) -> None:
    done = upload(archive, two, "--wait-checksum", "--wait-validation", whole_gate=True)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(two)
    assets = archive.assets(dandiset)
    assert {asset.status for asset in assets.values()} == {"Valid"}
    order = list(assets)
    assert order.index(FIRST_VIDEO) < order.index(FIRST)
    assert order.index(SECOND_VIDEO) < order.index(SECOND)
    for path, asset in assets.items():
        answer = requests.get(f"{archive.url}/api/assets/{asset.asset_id}/download/", timeout=60)
        assert answer.content == (two / path).read_bytes()
    said = receipt(two)
    assert said["complete"]
    assert said["dandiset"] == dandiset
    assert {file["path"]: (file["asset_id"], file["dandi_etag"]) for file in said["files"]} == {
        path: (asset.asset_id, asset.blob.etag) for path, asset in assets.items()
    }

    archive.log.clear()
    again = upload(archive, two, whole_gate=True)

    assert again.code == 0, again.stdout + again.stderr
    assert archive.log.sent() == []
    assert archive.assets(dandiset) == assets
    assert len(receipts(two)) == 1


def test_recordings_in_a_bids_dataset_arrive_and_the_rest_is_left_to_dandi(
    archive: Archive, dandiset: str, two: Path
) -> None:
    (two / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.9.0"}')

    done = upload(archive, two)

    assert done.code == 0, done.stdout + done.stderr
    assert "dataset_description.json, is sent by `dandi upload` alone" in " ".join(
        done.stdout.split()
    )
    assert held(archive, dandiset) == files(two)


def test_a_changed_recording_is_replaced(archive: Archive, dandiset: str, two: Path) -> None:
    put(archive, dandiset, two)
    before = archive.assets(dandiset)
    with h5py.File(two / FIRST, "r+") as file:
        file["session_description"][()] = "A mouse explores another field."

    done = upload(archive, two)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(two)
    after = archive.assets(dandiset)
    assert {path for path in after if after[path] is not before[path]} == {FIRST}
    assert len(archive.log.entries("PUT", "dandi-dandisets")) == 1


def test_a_changed_video_is_replaced(archive: Archive, dandiset: str, two: Path) -> None:
    put(archive, dandiset, two)
    before = archive.assets(dandiset)
    pad_video(two / FIRST_VIDEO, 1000)

    done = upload(archive, two)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(two)
    after = archive.assets(dandiset)
    assert {path for path in after if after[path] is not before[path]} == {FIRST_VIDEO}


@pytest.mark.slow
def test_what_is_newer_there_is_refused_and_sent_or_kept_on_demand(
    archive: Archive, dandiset: str, one: Path
) -> None:
    """``dandi upload`` passes such a file over and exits with 0."""
    put(archive, dandiset, one)
    there = held(archive, dandiset)
    pad_video(one / FIRST_VIDEO, 1000)
    sizes = len(there[FIRST_VIDEO]), (one / FIRST_VIDEO).stat().st_size
    os.utime(one / FIRST_VIDEO, (1, 1))

    refused = upload(archive, one)

    said = " ".join(refused.stdout.split())
    assert refused.code == 1
    assert f"the archive holds other bytes of {FIRST_VIDEO}, and the file here is not newer" in said
    assert f"here {sizes[1]:,} bytes, changed 1970-01-01 00:00:01 UTC, checksum " in said
    assert f"there {sizes[0]:,} bytes, changed 20" in said
    assert archive.assets(dandiset)[FIRST_VIDEO].blob.etag in said
    assert "--existing overwrite replaces the archive's, --existing skip keeps it" in said
    assert archive.log.sent() == []

    kept = upload(archive, one, "--existing", "skip")

    assert kept.code == 1
    assert (
        f"  {FIRST_VIDEO}  LAY008 it has {sizes[1]} bytes here and {sizes[0]} in the archive; the "
        "archive holds other bytes, which --existing skip keeps"
    ) in kept.stdout.splitlines()
    assert "Verified" not in kept.stdout
    assert held(archive, dandiset) == there
    assert archive.log.sent() == []

    sent = upload(archive, one, "--existing", "overwrite")

    assert sent.code == 0, sent.stdout + sent.stderr
    assert held(archive, dandiset) == files(one)


def test_a_newer_nwb_file_is_not_sent_where_its_video_is_not_newer(
    archive: Archive, dandiset: str, one: Path
) -> None:
    """The files of a recording are decided together."""
    put(archive, dandiset, one)
    there = held(archive, dandiset)
    pad_video(one / FIRST_VIDEO, 1000)
    os.utime(one / FIRST_VIDEO, (1, 1))
    with h5py.File(one / FIRST, "r+") as file:
        file["session_description"][()] = "A mouse explores another field."

    done = upload(archive, one)

    assert done.code == 1, done.stdout
    assert archive.log.sent() == []
    assert held(archive, dandiset) == there


def test_bytes_that_are_there_get_another_path(archive: Archive, dandiset: str, one: Path) -> None:
    put(archive, dandiset, one)
    shutil.copy(one / FIRST, one / FIRST.replace("_behavior", "_desc-again_behavior"))

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert archive.log.entries("PUT") == []
    assert [entry.status for entry in archive.log.entries("POST", "initialize")] == [409]
    assert held(archive, dandiset) == files(one)
    assert archive.blob_count() == 2


def test_a_file_that_is_gone_here_stays_there(archive: Archive, dandiset: str, two: Path) -> None:
    put(archive, dandiset, two)
    before = held(archive, dandiset)
    (two / FIRST).unlink()
    shutil.rmtree((two / FIRST_VIDEO).parent)

    done = upload(archive, two)

    assert done.code == 0, done.stdout + done.stderr
    assert archive.log.sent() == []
    assert held(archive, dandiset) == before
    shown = done.stdout.splitlines()
    assert "gone    2 assets not on this disk; left alone" in shown
    assert {f"  {FIRST}", f"  {FIRST_VIDEO}"} <= set(shown)


def test_an_embargoed_dandiset_takes_files(archive: Archive, one: Path) -> None:
    dandiset = archive.create_dandiset(embargoed=True)

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)


def test_a_dry_run_sends_nothing(archive: Archive, dandiset: str, one: Path) -> None:
    done = upload(archive, one, "--dry-run", token="")

    assert done.code == 0, done.stdout + done.stderr
    assert archive.log.sent() == []
    new = [line for line in done.stdout.splitlines() if line.startswith(("  new ", "    new "))]
    assert [line.split()[1] for line in new] == [FIRST, FIRST_VIDEO]
    assert "Sent" not in done.stdout
    assert receipts(one) == []


@pytest.mark.parametrize("waits", [(), ("--wait-checksum",)], ids=["listing", "waiting"])
def test_verifying_alone_shows_what_is_missing(
    archive: Archive, dandiset: str, two: Path, waits: tuple[str, ...]
) -> None:
    put(archive, dandiset, two)
    size = (two / SECOND_VIDEO).stat().st_size
    pad_video(two / SECOND_VIDEO, 1000)
    renamed = FIRST.replace("_behavior.", "_desc-other_behavior.")
    (two / FIRST).rename(two / renamed)

    done = upload(archive, two, "--verify-only", *waits, token="")

    assert done.code == 1
    shown = done.stdout.splitlines()
    assert f"  {renamed}  LAY007 the archive does not hold it" in shown
    (differs,) = (line for line in shown if line.startswith(f"  {SECOND_VIDEO}  LAY008 it has "))
    assert f"bytes here and {size} in the archive" in differs
    assert shown[-1] == (
        "Not complete: the archive does not hold 2 files as on this disk; "
        "2 files of the set are there."
    )
    assert not any(line.startswith(("Sent", "not sent", "failed")) for line in shown)
    assert archive.log.sent() == []


def test_verifying_alone_calls_nothing_verified_that_is_refused(
    archive: Archive, dandiset: str, one: Path
) -> None:
    (one / FIRST_VIDEO).unlink()
    put(archive, dandiset, one)

    done = upload(archive, one, "--verify-only", token="")

    assert done.code == 1
    assert done.stdout.splitlines()[-1] == "Not complete: 1 file is refused."
    assert "Verified" not in done.stdout
