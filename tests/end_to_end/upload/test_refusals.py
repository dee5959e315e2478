"""What is not even begun: nothing may have been sent, and the reason is a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.archive.dandi import name_dandiset
from tests.archive.server import Archive
from tests.archive.store import Store
from tests.end_to_end.command import Outcome, posecheck
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    arguments,
    files,
    held,
    receipt,
    receipts,
    upload,
    variables,
)
from tests.recordings.written import CAMERA_VIDEO
from tests.writer import open_for_writing

pytestmark = pytest.mark.slow


def refer(folder: Path, reference: str) -> None:
    """Let the first recording reference another file, which is there."""
    nwb = folder / FIRST
    target = (nwb.parent / reference).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder / FIRST_VIDEO, target)
    with h5py.File(nwb, "r+") as file:
        file[f"{CAMERA_VIDEO}/external_file"][0] = reference


def assert_refused(archive: Archive, folder: Path, done: Outcome, code: int) -> None:
    """See that nothing was sent, and that there is no receipt of it."""
    assert done.code == code, done.stdout + done.stderr
    assert archive.log.sent() == []
    assert receipts(folder) == []


@pytest.mark.parametrize(
    "reference",
    [
        "sub-mouse01_ses-0001_behavior/sub-mouse01_ses-0001_camera.MP4",
        "sub-mouse01_ses-0001_behavior/sub-mouse01_ses-0001_camera.h264",
        "../../outside.mp4",
    ],
)
def test_a_reference_that_cannot_arrive_is_refused(
    archive: Archive, dandiset: str, one: Path, reference: str
) -> None:
    refer(one, reference)

    done = upload(archive, one)

    assert_refused(archive, one, done, 1)
    assert "refused" in done.stdout
    assert reference.rpartition("/")[2] in done.stdout.replace("\n", "").replace(" ", "")


def test_a_missing_video_is_refused(archive: Archive, dandiset: str, one: Path) -> None:
    (one / FIRST_VIDEO).unlink()

    done = upload(archive, one)

    assert_refused(archive, one, done, 1)
    reference = Path(FIRST_VIDEO).relative_to("sub-mouse01").as_posix()
    assert f"leads to no file: “{reference}”" in done.stdout
    assert "`posecheck organize --find-videos` looks for it" in done.stdout


def test_a_path_that_the_archive_does_not_store_is_refused(
    archive: Archive, dandiset: str, one: Path
) -> None:
    """``dandi upload`` 0.81 sends the bytes first and is refused then."""
    folder = "/".join(["v" * 100] * 5)
    refer(one, f"{folder}/camera.mp4")

    done = upload(archive, one)

    assert_refused(archive, one, done, 1)
    length = len(f"sub-mouse01/{folder}/camera.mp4")
    said = f"has a path of {length} characters in the dandiset, and the archive stores 512 at most"
    assert said in " ".join(done.stdout.split())


@pytest.mark.slow
def test_a_recording_that_a_program_writes_is_refused_whatever_is_allowed(
    archive: Archive, dandiset: str, one: Path
) -> None:
    """``dandi upload`` 0.81 sends the state on the disk."""
    with open_for_writing(one / FIRST):
        refused = upload(archive, one, "--allow", "FIL016", "--because", "a test")
        assert_refused(archive, one, refused, 1)
    assert "it is open for writing in another program" in " ".join(refused.stdout.split())

    sent = upload(archive, one)
    assert sent.code == 0, sent.stdout + sent.stderr
    assert held(archive, dandiset) == files(one)


@pytest.mark.slow
def test_an_error_in_a_recording_stops_it_unless_allowed(
    archive: Archive, dandiset: str, one: Path
) -> None:
    with h5py.File(one / FIRST, "r+") as file:
        file["processing/behavior/PoseEstimation/nose/confidence"][...] = 7.0

    refused = upload(archive, one)
    assert_refused(archive, one, refused, 1)
    assert f"{FIRST}  refused" in refused.stdout.splitlines()
    assert "  CNF007 confidence spans" in refused.stdout

    unfounded = upload(archive, one, "--allow", "CNF")
    assert_refused(archive, one, unfounded, 2)
    assert "--allow needs --because" in unfounded.stderr

    too_late = upload(archive, one, "--allow", "not-on-archive", "--because", "a test")
    assert_refused(archive, one, too_late, 2)
    assert "there is nothing to allow" in too_late.stderr

    founded = upload(archive, one, "--allow", "CNF007", "--because", "a test")
    assert founded.code == 0, founded.stdout + founded.stderr
    assert held(archive, dandiset) == files(one)
    said = receipt(one)
    assert said["because"] == "a test"
    assert {finding["code"] for finding in said["allowed"]} == {"CNF007"}


def test_all_validators_check_unless_the_configuration_names_some(
    archive: Archive, dandiset: str, one: Path
) -> None:
    with h5py.File(one / FIRST, "r+") as file:
        del file["general/subject/subject_id"]

    refused = upload(archive, one, whole_gate=True)
    assert_refused(archive, one, refused, 1)

    planned = upload(archive, one, "--dry-run")
    assert planned.code == 0, planned.stdout + planned.stderr
    assert "leaves out validators" in " ".join(planned.stdout.split())


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "there is no token for"),
        ("0" * 40, "does not know this token"),
        ("pending", "is not approved yet"),
        ("stranger", "it is not among its owners"),
    ],
    ids=["none", "wrong", "pending", "stranger"],
)
def test_who_may_not_learns_why(
    archive: Archive, dandiset: str, one: Path, token: str, said: str
) -> None:
    known = {"pending": archive.pending_token, "stranger": archive.strangers_token}

    done = upload(archive, one, token=known.get(token, token))

    assert done.code == 2, done.stdout + done.stderr
    assert said in " ".join((done.stdout + done.stderr).split())
    assert "again" not in done.stdout
    assert "Verified" not in done.stdout
    assert archive.assets(dandiset) == {}
    assert archive.log.entries("PUT") == []
    assert receipts(one) == []


def test_a_dandiset_that_is_not_there_is_reported(
    archive: Archive, dandiset: str, one: Path
) -> None:
    name_dandiset(one, "000099")

    done = upload(archive, one)

    assert_refused(archive, one, done, 2)
    assert "has no dandiset 000099" in done.stderr


@pytest.mark.parametrize(
    ("schema", "client", "said"),
    [
        ("0.7.0", "99.0.0", "it wants 99.0.0 or newer. Install a newer dandi"),
        ("9.0.0", "0.74.0", "use different versions of the metadata's schema"),
        ("0.5.1", "0.74.0", "use different versions of the metadata's schema"),
    ],
    ids=["newer-client", "newer-schema", "older-schema"],
)
def test_an_archive_of_another_age_is_reported(
    store: Store, one: Path, schema: str, client: str, said: str
) -> None:
    with Archive(store, schema_version=schema, minimal_client=client) as archive:
        archive.create_dandiset()

        done = upload(archive, one)

        assert_refused(archive, one, done, 2)
        assert said in done.stderr


def test_an_archive_that_is_not_there_is_reported(store: Store, one: Path) -> None:
    with Archive(store) as archive:
        pass

    done = posecheck(*arguments(archive, retries=0), cwd=one, env=variables(archive))

    assert done.code == 2
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
