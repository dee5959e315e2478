"""Links of a commit out of its repository are not followed; what the user linked himself is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import validate
from tests.git_command import commit_all, git
from tests.recordings.written import STEM

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
