"""References to files that are not on this disk: held by the archive, or allowed to be missing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import h5py
import pytest
from tests.archive.sending import PLAIN, send
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    held,
    put,
    receipt,
    upload,
)

pytestmark = pytest.mark.slow


def correct(nwb: Path) -> None:
    """Correct what the file says of the animal."""
    with h5py.File(nwb, "r+") as file:
        file["general/subject/description"][()] = "a mouse, the second of its litter"


def unfetch(path: Path, *, digest: str = "") -> None:
    """Leave of a file the link that git-annex keeps of content that is not here."""
    data = path.read_bytes()
    key = f"SHA256E-s{len(data)}--{digest or hashlib.sha256(data).hexdigest()}.mp4"
    path.unlink()
    path.symlink_to(Path("../../.git/annex/objects", key[:3], key, key))


@pytest.mark.slow
def test_an_nwb_file_is_corrected_alone(archive: Archive, dandiset: str, one: Path) -> None:
    """``dandi upload`` looks at no reference, and sends it too."""
    put(archive, dandiset, one)
    video = archive.assets(dandiset)[FIRST_VIDEO]
    (one / FIRST_VIDEO).unlink()
    correct(one / FIRST)

    looked = upload(archive, one, "--dry-run", whole_gate=True)
    done = upload(archive, one, whole_gate=True)

    assert looked.code == 0, looked.stdout
    assert "Referenced, and not on this disk: the archive holds it already:" in looked.stdout
    assert f"  {FIRST_VIDEO}" in looked.stdout.splitlines()
    assert "gone" not in looked.stdout
    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset)[FIRST] == (one / FIRST).read_bytes()
    assert archive.assets(dandiset)[FIRST_VIDEO] is video
    assert "Verified" in done.stdout
    again = upload(archive, one, "--verify-only", token="")
    assert again.code == 0, again.stdout


def test_a_video_that_neither_holds_refuses(archive: Archive, dandiset: str, one: Path) -> None:
    (one / FIRST_VIDEO).unlink()

    done = upload(archive, one)

    said = " ".join(done.stdout.split())
    assert done.code == 1
    assert "VID002 external_file[0] of" in said
    assert "leads to no file" in said
    assert archive.log.sent() == []


@pytest.mark.skipif(os.name == "nt", reason="git-annex keeps no links there")
@pytest.mark.parametrize("is_same", [True, False])
def test_content_that_is_not_fetched_is_held_against_the_archives(
    archive: Archive, dandiset: str, one: Path, *, is_same: bool
) -> None:
    put(archive, dandiset, one)
    unfetch(one / FIRST_VIDEO, digest="" if is_same else "0" * 64)
    archive.settle()
    correct(one / FIRST)

    done = upload(archive, one, whole_gate=is_same)

    said = " ".join(done.stdout.split())
    if is_same:
        assert done.code == 0, said + done.stderr
        assert held(archive, dandiset)[FIRST] == (one / FIRST).read_bytes()
    else:
        assert done.code == 1
        assert "not fetched, and of which the archive holds other content" in said
        assert archive.log.sent() == []


def test_a_missing_video_is_allowed_as_the_documentation_says(
    archive: Archive, dandiset: str, one: Path
) -> None:
    (one / FIRST_VIDEO).unlink()

    done = upload(
        archive, one, "--allow", "VID002", "--because", "the video follows in May", whole_gate=True
    )

    said = " ".join(done.stdout.split())
    assert done.code == 0, said + done.stderr
    assert list(held(archive, dandiset)) == [FIRST]
    assert "References that lead nowhere, as you allowed" in said
    assert "1 reference leads nowhere, as you allowed" in said
    kept = receipt(one)
    assert [each["code"] for each in kept["allowed"]] == ["VID002"]
    assert kept["because"] == "the video follows in May"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("/home/lab/videos/camera.mp4", "VID003"),
        ("../../videos/camera.mp4", "VID005"),
        ("sub-mouse01_ses-0001_behavior/.camera.mp4", "VID030"),
        ("sub-mouse01_ses-0001_behavior/camera.h264", "VID007"),
        ("sub-mouse01_ses-0001_behavior/camera.MP4", "VID008"),
    ],
)
def test_every_reference_that_leads_nowhere_can_be_allowed(
    archive: Archive, dandiset: str, one: Path, reference: str, code: str
) -> None:
    target = one / "sub-mouse01" / reference
    if not reference.startswith("/"):
        target.parent.mkdir(parents=True, exist_ok=True)
        (one / FIRST_VIDEO).rename(target)
    with h5py.File(one / FIRST, "r+") as file:
        file["acquisition/camera_video/external_file"][0] = reference

    refused = upload(archive, one, "--dry-run")
    done = upload(archive, one, "--allow", code, "--because", "a test")

    assert refused.code == 1
    said = " ".join(refused.stdout.split())
    assert f"{code} external_file[0] of /acquisition/camera_video" in said
    assert done.code == 0, done.stdout + done.stderr
    assert list(held(archive, dandiset)) == [FIRST]


@pytest.mark.parametrize("there", ["sub-mouse01/sub-mouse01_ses-0001_behavior", "sub-mouse01"])
def test_a_file_there_where_here_is_a_folder_is_refused_in_the_plan(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path, there: str
) -> None:
    """dandi 0.81 sends the bytes and then reports the archive's 409 of each file."""
    other = tmp_path / "other" / there
    other.parent.mkdir(parents=True)
    other.write_bytes(b"no folder")
    put_file(archive, dandiset, other, there)

    done = upload(archive, one)

    said = " ".join(done.stdout.split())
    assert done.code == 1
    assert f"{FIRST_VIDEO} cannot be stored: on the archive, {there} is a file" in said
    assert archive.log.sent() == []


def test_a_folder_there_where_here_is_a_file_is_refused_in_the_plan(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    inside = tmp_path / "part.mp4"
    inside.write_bytes(b"a part")
    put_file(archive, dandiset, inside, f"{FIRST_VIDEO}/part.mp4")

    done = upload(archive, one)

    said = " ".join(done.stdout.split())
    assert done.code == 1
    assert f"{FIRST_VIDEO} cannot be stored: on the archive that is a folder" in said
    assert archive.log.sent() == []


def put_file(archive: Archive, dandiset: str, file: Path, path: str) -> None:
    send(archive, dandiset, path, [file.read_bytes()], PLAIN)
    archive.log.clear()
