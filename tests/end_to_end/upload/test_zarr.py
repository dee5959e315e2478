"""``posecheck upload`` of recordings in Zarr stores, as a user runs it."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from dandi.support.digests import get_zarr_checksum
from tests.archive.dandi import run_dandi
from tests.archive.faults import Fault
from tests.archive.server import Archive
from tests.end_to_end.command import outcome_of
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    check_secrecy,
    interrupt,
    receipt,
    running,
    upload,
)
from tests.recordings.zarr_store import files_of
from tests.recordings.zarr_twin import write_twin

pytestmark = pytest.mark.slow

STORE = f"{FIRST}.zarr"


@pytest.fixture
def stored(one: Path) -> Path:
    """The first recording in a Zarr store, and its video."""
    write_twin(one / FIRST, one / STORE)
    (one / FIRST).unlink()
    return one


def test_a_store_and_its_video_arrive(archive: Archive, dandiset: str, stored: Path) -> None:
    done = upload(archive, stored, "--wait-validation", "--wait-checksum", whole_gate=True)

    assert done.code == 0, done.stdout + done.stderr
    assets = archive.assets(dandiset)
    checksum = get_zarr_checksum(stored / STORE)
    assert sorted(assets) == sorted([STORE, FIRST_VIDEO])
    assert archive.read_zarr(dandiset, STORE) == files_of(stored / STORE)
    assert assets[STORE].zarr.checksum == checksum
    file = next(each for each in receipt(stored)["files"] if each["path"] == STORE)
    assert (file["zarr_checksum"], file["dandi_etag"], file["sha256"]) == (checksum, None, None)
    assert (file["zarr"], file["blob"]) == (assets[STORE].zarr.zarr_id, None)
    assert file["size"] == assets[STORE].zarr.size
    assert upload(archive, stored, "--verify-only", "--wait-checksum").code == 0


def test_it_is_not_sent_before_its_video(archive: Archive, dandiset: str, stored: Path) -> None:
    archive.faults.add(Fault(method="PUT", path="partNumber", status=404))

    done = upload(archive, stored)

    assert done.code == 1
    assert f"{STORE} was not sent, because {FIRST_VIDEO} did not arrive" in done.stdout
    assert archive.assets(dandiset) == {}
    assert archive.log.entries("POST", "/api/zarr/") == []


def test_a_store_without_its_video_is_refused(
    archive: Archive, dandiset: str, stored: Path
) -> None:
    (stored / FIRST_VIDEO).unlink()

    done = upload(archive, stored)

    assert done.code == 1
    assert "leads to no file" in done.stdout
    assert archive.log.sent() == []


@pytest.mark.parametrize("skip", [0, 1], ids=["first-file", "later-file"])
def test_a_killed_upload_is_sent_on(
    archive: Archive, dandiset: str, stored: Path, skip: int
) -> None:
    slow = Fault(method="PUT", path="^/dandi-dandisets/zarr/", skip=skip * 20, delay=60)
    archive.faults.add(slow)
    with running(archive, stored, "--jobs", "1:1") as process:
        archive.faults.wait_for(slow)
        process.kill()
        process.communicate(timeout=60)
    archive.faults.clear()
    arrived = archive.read_zarr(dandiset, STORE)
    archive.log.clear()

    done = upload(archive, stored)

    assert done.code == 0, done.stdout + done.stderr
    assert len(arrived) >= skip
    sent = archive.log.entries("PUT", "^/dandi-dandisets/zarr/")
    assert len(sent) == len(files_of(stored / STORE)) - len(arrived)
    assert archive.read_zarr(dandiset, STORE) == files_of(stored / STORE)
    assert archive.assets(dandiset)[STORE].zarr.checksum == get_zarr_checksum(stored / STORE)


@pytest.mark.parametrize("step", ["/api/zarr/$", "/finalize/$", "/assets/$"])
def test_a_run_killed_between_two_steps_is_sent_on(
    archive: Archive, dandiset: str, stored: Path, step: str
) -> None:
    """The archive has done what was asked, and the answer never comes."""
    is_asset = "assets" in step
    lost = Fault(method="POST", path=step, skip=int(is_asset), delay=60)
    archive.faults.add(lost)
    with running(archive, stored, "--jobs", "1:1") as process:
        archive.faults.wait_for(lost)
        process.kill()
        process.communicate(timeout=60)
    archive.faults.clear()

    done = upload(archive, stored)

    assert done.code == 0, done.stdout + done.stderr
    assert archive.assets(dandiset)[STORE].zarr.checksum == get_zarr_checksum(stored / STORE)


def test_ctrl_c_ends_it_soon(archive: Archive, dandiset: str, stored: Path) -> None:
    slow = Fault(method="PUT", path="^/dandi-dandisets/zarr/", skip=5, delay=1)
    archive.faults.add(slow)
    with running(archive, stored, "--jobs", "1:1") as process:
        archive.faults.wait_for(slow)
        interrupt(process)
        done = outcome_of(process, 30)

    assert done.code == 130, done.stdout + done.stderr
    assert "Interrupted" in done.stdout
    assert "Traceback" not in done.stderr
    check_secrecy(archive, stored, done.stdout + done.stderr)
    assert archive.assets(dandiset)[STORE].zarr.status == "Pending"


def test_one_changed_chunk_is_sent_alone(archive: Archive, dandiset: str, stored: Path) -> None:
    upload(archive, stored)
    text = stored / STORE / "session_description" / "0"
    attributes = stored / STORE / ".zattrs"
    attributes.write_text(attributes.read_text() + "\n")
    assert text.exists()
    archive.log.clear()

    dry = upload(archive, stored, "--dry-run", "--output", "json")
    done = upload(archive, stored)

    plan = json.loads(dry.stdout)
    actions = {each["path"]: each["action"] for each in plan["files"]}
    assert actions == {STORE: "changed", FIRST_VIDEO: "same"}
    assert done.code == 0, done.stdout + done.stderr
    (sent,) = archive.log.entries("PUT", "^/dandi-dandisets/")
    assert sent.path.partition("?")[0].endswith("/.zattrs")


def test_sync_deletes_a_store_that_is_gone_here(
    archive: Archive, dandiset: str, stored: Path
) -> None:
    copy = STORE.replace("_ses-0001", "_ses-0001_desc-again")
    shutil.copytree(stored / STORE, stored / copy)
    video = FIRST.removesuffix(".nwb")
    shutil.copytree(stored / video, stored / video.replace("_ses-0001", "_ses-0001_desc-again"))
    first = upload(archive, stored)
    shutil.rmtree(stored / STORE)

    kept = upload(archive, stored)
    still = STORE in archive.assets(dandiset)
    done = upload(archive, stored, "--sync=do")

    assert (first.code, kept.code, done.code) == (0, 0, 0), done.stdout + done.stderr
    assert still
    assert STORE not in archive.assets(dandiset)
    assert copy in archive.assets(dandiset)


@pytest.mark.parametrize("name", ["sub-mouse01/a.nwb", "sub-mouse01/a.NWB.zarr"])
def test_a_store_that_no_client_selects_is_refused(
    archive: Archive, dandiset: str, stored: Path, name: str
) -> None:
    (stored / STORE).rename(stored / name)

    done = upload(archive, stored)

    assert done.code == 1
    assert "select .nwb.zarr in lower case only" in " ".join(done.stdout.split())
    assert archive.log.sent() == []


def test_a_zipped_store_is_refused(archive: Archive, dandiset: str, stored: Path) -> None:
    zipped = stored / f"{STORE}.zip"
    with zipfile.ZipFile(zipped, "w") as file:
        for path, data in files_of(stored / STORE).items():
            file.writestr(path, data)
    shutil.rmtree(stored / STORE)

    done = upload(archive, stored, zipped)

    assert done.code == 1
    assert "Unpack it into a folder" in " ".join(done.stdout.split())
    assert archive.log.sent() == []


def test_what_posecheck_sent_dandi_downloads(
    archive: Archive, dandiset: str, stored: Path, tmp_path: Path
) -> None:
    upload(archive, stored)

    done = run_dandi(
        archive, "download", f"{archive.url}/dandiset/{dandiset}/draft", folder=tmp_path
    )

    assert done.returncode == 0, done.stderr
    assert files_of(tmp_path / dandiset / STORE) == files_of(stored / STORE)
