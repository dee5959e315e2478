"""Links of a commit out of its repository are not followed; what the user linked himself is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import validate
from tests.git_command import commit_all, git
from tests.recordings.written import CAMERA_VIDEO, STEM

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(careful: Path, tmp_path: Path) -> Path:
    """A data disk: a recording and its video."""
    disk = tmp_path / "disk"
    shutil.copytree(careful.with_name(STEM), disk / STEM)
    shutil.copy(careful, disk / careful.name)
    return disk


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "README").touch()
    commit_all(folder)
    return folder


def test_recording_that_a_commit_links_is_not_opened(
    repository: Path, disk: Path, careful: Path
) -> None:
    link = repository / careful.name
    link.symlink_to(disk / careful.name)
    commit_all(repository)
    refused = validate(repository)
    assert refused.code == 1
    assert "link out of the git repository" in refused.message("FIL001", str(link))
    for arguments in ([str(link)], [str(repository), "--linked-from", str(disk)]):
        assert "FIL001" not in validate(*arguments).codes(str(link)), arguments


def test_chain_of_links_is_followed_to_its_end(repository: Path, disk: Path, careful: Path) -> None:
    (repository / ".hidden").symlink_to(os.path.relpath(disk, repository))
    (repository / careful.name).symlink_to(f".hidden/{careful.name}")
    commit_all(repository)
    assert "FIL001" in validate(repository).codes(str(repository / careful.name))


def test_link_that_no_commit_holds_is_followed(repository: Path, disk: Path, careful: Path) -> None:
    link = repository / careful.name
    link.symlink_to(disk / careful.name)
    assert "FIL001" not in validate(repository).codes(str(link))


def test_link_within_the_repository_is_followed(
    repository: Path, disk: Path, careful: Path
) -> None:
    shutil.copytree(disk, repository / "a")
    (repository / "b").mkdir()
    link = repository / "b" / careful.name
    link.symlink_to(f"../a/{careful.name}")
    commit_all(repository)
    assert "FIL001" not in validate(repository).codes(str(link))


def test_video_that_a_commit_links_is_skipped(repository: Path, disk: Path, careful: Path) -> None:
    shutil.copy(careful, repository)
    (repository / STEM).mkdir()
    for video in (disk / STEM).iterdir():
        (repository / STEM / video.name).symlink_to(video)
    committed = repository / careful.name
    reason = "the video is a link out of the git repository"

    def reasons() -> set[str]:
        outcome = validate(repository)
        assert not {"VID002", "VID015"} & outcome.codes(str(committed))
        return {skip["reason"] for skip in outcome.report["skipped"]}

    assert reason not in reasons()
    commit_all(repository)
    assert reason in reasons()
    assert committed.is_file()


@pytest.fixture
def referring(repository: Path, disk: Path, careful: Path) -> Path:
    """A recording whose reference climbs out of the repository, to a video on the data disk."""
    folder = repository / "sub-01"
    folder.mkdir()
    path = folder / careful.name
    shutil.copy(careful, path)
    with h5py.File(path, "r+") as file:
        name = str(file[f"{CAMERA_VIDEO}/external_file"][0], "utf-8")
        file[f"{CAMERA_VIDEO}/external_file"][0] = f"../../disk/{name}"
    assert (folder / "../../disk" / name).is_file()
    return path


def test_reference_of_a_commit_out_of_the_repository_is_not_followed(
    repository: Path, referring: Path, disk: Path
) -> None:
    outside = {"VID002", "VID005"}
    assert not outside & validate(repository).codes(), "no commit holds it: the user's own"
    commit_all(repository)
    refused = validate(repository)
    assert refused.code == 1
    assert outside & refused.codes() == {"VID005"}
    assert "climbs out of the git repository" in refused.message("VID005")
    reason = "the video lies outside the git repository, where nothing is opened"
    assert reason in {skip["reason"] for skip in refused.report["skipped"]}
    allowed = validate(repository, "--linked-from", disk)
    assert not outside & allowed.codes()


def test_what_is_outside_changes_nothing_in_the_report(
    repository: Path, referring: Path, disk: Path
) -> None:
    commit_all(repository)
    there = validate(repository).report["findings"]
    shutil.rmtree(disk)
    assert validate(repository).report["findings"] == there


def test_reference_out_of_a_submodule_stays_in_the_repository_around_it(
    tmp_path: Path, careful: Path
) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    for folder in (outer, inner):
        folder.mkdir()
        git(folder, "init", "--quiet")
    shutil.copytree(careful.with_name(STEM), outer / STEM)
    path = inner / careful.name
    shutil.copy(careful, path)
    with h5py.File(path, "r+") as file:
        name = str(file[f"{CAMERA_VIDEO}/external_file"][0], "utf-8")
        file[f"{CAMERA_VIDEO}/external_file"][0] = f"../{name}"
    commit_all(inner)
    assert "VID005" in validate(outer).codes(), "no commit of the outer one records the inner one"
    commit_all(outer)
    assert "VID005" not in validate(outer).codes()
