"""What git-annex keeps stays with it, when it moves within its repository."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from tests.files.test_annex import annex
from tests.organize.apply.planned import Planner, tree, write_session

from posecheck.model.errors import UsageError
from posecheck.organize.apply import apply_plan, undo
from posecheck.organize.plan.values import FileMode
from posecheck.transaction.steps import TransferMode


@pytest.fixture
def dandiset(tmp_path: Path) -> Path:
    """A dandiset that is a git repository, with a recording whose files are all annexed."""
    folder = tmp_path / "dandiset"
    write_session(folder, "a")
    (folder / "dandiset.yaml").write_text("identifier: DANDI:000000\n")
    annex(folder, "init", "--quiet")
    annex(folder, "annex", "init", "--quiet")
    annex(folder, "annex", "add", "--quiet", "a.nwb", "a film.mp4")
    annex(folder, "commit", "--quiet", "--message", "Add a session")
    return folder


def test_an_annexed_video_moves_as_a_link(dandiset: Path) -> None:
    before = tree(dandiset, ignoring=".git")
    planner = Planner(dandiset, files=FileMode.MOVE, videos=TransferMode.MOVE)
    planner.add_both(dandiset / "a.nwb", dandiset / "a film.mp4", "a")
    content = (dandiset / "a film.mp4").read_bytes()
    applied = apply_plan(planner.plan(), jobs=1)
    assert applied.notes == ("1 video: still kept by git-annex; its link moved, so commit that.",)
    film = dandiset / "sub-a/sub-a_behavior/sub-a_camera.mp4"
    assert film.is_symlink()
    assert film.readlink().parts[:5] == ("..", "..", ".git", "annex", "objects")
    assert film.read_bytes() == content
    assert not (dandiset / "a film.mp4").is_symlink()
    annex(dandiset, "annex", "add", "--quiet", "sub-a/sub-a_behavior/sub-a_camera.mp4")
    annex(dandiset, "annex", "fsck", "--quiet", "sub-a/sub-a_behavior/sub-a_camera.mp4")
    annex(dandiset, "reset", "--quiet")
    undo(dandiset)
    assert tree(dandiset, ignoring=".git") == before


def test_another_repository_gets_the_content(dandiset: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "dandiset.yaml").write_text("identifier: DANDI:000001\n")
    annex(other, "init", "--quiet")
    planner = Planner(other, files=FileMode.MOVE, videos=TransferMode.MOVE)
    planner.add_both(dandiset / "a.nwb", dandiset / "a film.mp4", "a")
    apply_plan(planner.plan(), jobs=1)
    film = other / "sub-a/sub-a_behavior/sub-a_camera.mp4"
    assert film.is_file()
    assert not film.is_symlink()


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    write_session(tmp_path / "lab", "b")
    return tmp_path / "lab"


@pytest.mark.parametrize("is_worktree", [False, True])
def test_no_second_name_is_made_that_git_annex_would_take(
    dandiset: Path, lab: Path, is_worktree: bool
) -> None:
    root = dandiset
    if is_worktree:
        root = dandiset.with_name("worktree")
        (dandiset / ".git/info/exclude").write_text("dandiset.yaml\n")
        annex(dandiset, "worktree", "add", "--quiet", str(root))
        (root / "dandiset.yaml").write_text("identifier: DANDI:000000\n")
    planner = Planner(root, videos=TransferMode.AUTO)
    planner.add_both(lab / "b.nwb", lab / "b film.mp4", "b")
    apply_plan(planner.plan(), jobs=1)
    assert (lab / "b film.mp4").stat().st_nlink == 1
    annex(root, "annex", "add", "--quiet", ".")
    assert (lab / "b film.mp4").stat().st_mode & 0o200


def test_a_hard_link_that_git_annex_would_take_is_refused(dandiset: Path, lab: Path) -> None:
    planner = Planner(dandiset, videos=TransferMode.HARDLINK)
    planner.add_both(lab / "b.nwb", lab / "b film.mp4", "b")
    with pytest.raises(UsageError, match="repository of git-annex"):
        apply_plan(planner.plan(), jobs=1)
    assert not (dandiset / "sub-b").exists()


def test_what_git_annex_took_comes_back_when_it_gave_it_back(dandiset: Path, lab: Path) -> None:
    before = tree(dandiset, lab, ignoring=".git")
    planner = Planner(dandiset, files=FileMode.MOVE, videos=TransferMode.MOVE)
    planner.add_both(lab / "b.nwb", lab / "b film.mp4", "b")
    apply_plan(planner.plan(), jobs=1)
    annex(dandiset, "annex", "add", "--quiet", "sub-b")
    assert b".posecheck" not in annex_status(dandiset)
    with pytest.raises(UsageError, match="git-annex took 2 files") as caught:
        undo(dandiset)
    command = shlex.split(str(caught.value).split("`")[1])
    assert command[:2] == ["git", "-C"]
    annex(Path(command[2]), *command[3:])
    undo(dandiset)
    assert {name: entry[3] for name, entry in tree(dandiset, lab, ignoring=".git").items()} == {
        name: entry[3] for name, entry in before.items()
    }


def annex_status(folder: Path) -> bytes:
    done = subprocess.run(
        ["git", "status", "--porcelain"], cwd=folder, check=True, capture_output=True
    )
    return done.stdout
