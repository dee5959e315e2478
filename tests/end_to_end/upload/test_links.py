"""What links in a dandiset bring in, and what they must not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import pytest
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import FIRST, FIRST_VIDEO, files, held, receipts, upload
from tests.files.test_annex import annex
from tests.recordings.written import CAMERA_VIDEO

pytestmark = pytest.mark.slow

SECRET = b"a key that nobody else may see"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file in a home directory."""
    path = tmp_path / "home" / ".ssh" / "id_rsa"
    path.parent.mkdir(parents=True)
    path.write_bytes(SECRET)
    return path


def link(path: Path, target: Path) -> None:
    """Put a link in the place of a file."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(os.path.relpath(target, path.parent))


def refused(archive: Archive, folder: Path, *options: str | Path) -> str:
    """Upload, and see that nothing was sent; return what was said, in one line."""
    done = upload(archive, folder, *options)
    assert done.code == 1, done.stdout + done.stderr
    assert archive.log.sent() == []
    assert receipts(folder) == []
    return " ".join(done.stdout.split())


def test_a_video_that_is_a_link_to_a_secret_is_refused(
    archive: Archive, dandiset: str, one: Path, secret: Path
) -> None:
    link(one / FIRST_VIDEO, secret)

    said = refused(archive, one)

    assert "is a link that leads out of the dandiset" in said
    assert "--linked-from" in said


def test_an_nwb_file_that_is_a_link_is_refused_unread(
    archive: Archive, dandiset: str, two: Path, secret: Path
) -> None:
    link(two / FIRST, secret)

    assert "is a link that leads out of the dandiset" in refused(archive, two)


def test_a_link_to_what_git_keeps_is_refused(archive: Archive, dandiset: str, one: Path) -> None:
    (one / ".git").mkdir()
    (one / ".git" / "config").write_bytes(SECRET)
    link(one / FIRST_VIDEO, one / ".git" / "config")

    assert "leads to what is hidden" in refused(archive, one)


def test_a_named_video_that_is_a_link_is_refused(
    archive: Archive, dandiset: str, one: Path, secret: Path
) -> None:
    link(one / "notes.mp4", secret)

    assert "it is a link that leads out" in refused(archive, one, "notes.mp4")


def test_a_named_video_in_a_linked_folder_is_refused(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "holiday.mp4").write_bytes(SECRET)
    (one / "linked").symlink_to(tmp_path / "home", target_is_directory=True)

    assert "it lies in a linked folder" in refused(archive, one, "linked/holiday.mp4")


def test_a_labeled_video_that_is_a_link_is_refused(
    archive: Archive, dandiset: str, one: Path, secret: Path
) -> None:
    name = "labeled.mp4"
    link((one / FIRST).parent / name, secret)
    with h5py.File(one / FIRST, "r+") as file:
        container = file["processing/behavior/PoseEstimation"]
        if "labeled_videos" in container:
            del container["labeled_videos"]
        container.create_dataset("labeled_videos", data=[name], dtype=h5py.string_dtype())

    said = refused(archive, one)

    assert "labeled_videos[0]" in said
    assert "is a link that leads out of the dandiset" in said


def test_a_rehearsal_links_to_the_real_files(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    rehearsal = tmp_path / "rehearsal"
    for path in one.rglob("*.*"):
        if path.is_file():
            link(rehearsal / path.relative_to(one), path)
    assert "is a link" in refused(archive, rehearsal)

    done = upload(archive, rehearsal, "--linked-from", one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)
    assert str(one / FIRST) in "".join(done.stdout.split())


def test_a_linked_folder_that_is_named_brings_its_recordings(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    lab = Path(shutil.move(one / "sub-mouse01", tmp_path / "lab"))
    (one / "sub-mouse01").symlink_to(lab, target_is_directory=True)
    assert "lies in a linked folder" in refused(archive, one, FIRST)

    done = upload(archive, one, FIRST, "--linked-from", lab)

    assert done.code == 0, done.stdout + done.stderr
    assert set(held(archive, dandiset)) == {FIRST, FIRST_VIDEO}


@pytest.mark.slow
def test_annexed_files_are_the_datasets_own(archive: Archive, dandiset: str, one: Path) -> None:
    before = files(one)
    annex(one, "init", "--quiet")
    annex(one, "annex", "init", "--quiet")
    annex(one, "annex", "add", "--quiet", ".")
    annex(one, "commit", "--quiet", "--message", "Add")
    assert (one / FIRST).is_symlink()

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == before


def test_a_linked_folder_holds_no_reference_unseen(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    shutil.move(one / FIRST_VIDEO, tmp_path / "home" / "camera.mp4")
    (one / "sub-mouse01" / "linked").symlink_to(tmp_path / "home", target_is_directory=True)
    with h5py.File(one / FIRST, "r+") as file:
        file[f"{CAMERA_VIDEO}/external_file"][0] = "linked/camera.mp4"

    assert "leads out of the dandiset through a linked folder" in refused(archive, one)
