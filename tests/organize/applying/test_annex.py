"""What git-annex keeps stays with it, when it moves within its repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.organize.applying.planned import Planner, tree, write_session
from tests.storage.test_annex import annex

from posecheck.organize.applying import apply_plan, undo
from posecheck.organize.plan.values import FileMode, VideoMode


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
    planner = Planner(dandiset, files=FileMode.MOVE, videos=VideoMode.MOVE)
    planner.add_both(dandiset / "a.nwb", dandiset / "a film.mp4", "a")
    content = (dandiset / "a film.mp4").read_bytes()
    apply_plan(planner.plan(), jobs=1)
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
    planner = Planner(other, files=FileMode.MOVE, videos=VideoMode.MOVE)
    planner.add_both(dandiset / "a.nwb", dandiset / "a film.mp4", "a")
    apply_plan(planner.plan(), jobs=1)
    film = other / "sub-a/sub-a_behavior/sub-a_camera.mp4"
    assert film.is_file()
    assert not film.is_symlink()
