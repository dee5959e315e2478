"""Which files of the disk may be taken, and what links may not bring in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.files.test_annex import annex

from posecheck.model.errors import UsageError
from posecheck.upload.collect.local_files import local_file, open_guard
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import Obstacle


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dandiset with a video, beside a home directory and a folder of the lab."""
    root = tmp_path / "dandiset"
    (root / "sub-01").mkdir(parents=True)
    (root / "sub-01" / "a.mp4").write_bytes(b"video")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("token")
    for folder, name in (("home/.ssh", "id_rsa"), ("home", "notes.mp4"), ("lab", "b.mp4")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text("text")
    return root


def link(root: Path, target: str, name: str = "linked.mp4") -> tuple[str, ...]:
    (root / "sub-01" / name).symlink_to(target)
    return ("sub-01", name)


def test_a_file_of_the_dandiset_is_taken(root: Path) -> None:
    taken = local_file(open_guard(root), ("sub-01", "a.mp4"))
    assert isinstance(taken, LocalFile)
    assert (taken.path, taken.size, taken.origin) == ("sub-01/a.mp4", 5, "")


def test_a_link_within_the_dandiset_is_followed(root: Path) -> None:
    taken = local_file(open_guard(root), link(root, "a.mp4"))
    assert isinstance(taken, LocalFile)
    assert (taken.path, taken.size, taken.origin) == ("sub-01/linked.mp4", 5, "")


def test_the_dandiset_may_be_a_link_itself(root: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(root, target_is_directory=True)
    assert isinstance(local_file(open_guard(tmp_path / "way"), ("sub-01", "a.mp4")), LocalFile)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("../../home/.ssh/id_rsa", "leads out of the dandiset, to "),
        ("../../home/notes.mp4", "leads out of the dandiset, to "),
        ("../.git/config", "leads to what is hidden, and never uploaded: .git/config"),
    ],
)
def test_a_link_to_what_lies_elsewhere_is_refused(root: Path, target: str, said: str) -> None:
    taken = local_file(open_guard(root), link(root, target))
    assert isinstance(taken, Obstacle)
    assert f"is a link that {said}" in taken.reason
    assert taken.leads_out


def test_a_link_to_a_link_is_refused_for_where_it_ends(root: Path) -> None:
    link(root, "../../home/.ssh/id_rsa", "first.mp4")
    assert isinstance(local_file(open_guard(root), link(root, "first.mp4")), Obstacle)


def test_a_file_in_a_linked_folder_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "linked").symlink_to(tmp_path / "home", target_is_directory=True)
    taken = local_file(open_guard(root), ("linked", "notes.mp4"))
    assert isinstance(taken, Obstacle)
    assert "lies in a linked folder that leads out of the dandiset, to " in taken.reason
    assert "--linked-from" in taken.remedy


def test_a_folder_that_the_user_named_may_bring_files_in(root: Path, tmp_path: Path) -> None:
    (root / "linked").symlink_to(tmp_path / "lab", target_is_directory=True)
    guard = open_guard(root, (tmp_path / "lab",))
    for parts in (("linked", "b.mp4"), link(root, "../../lab/b.mp4")):
        taken = local_file(guard, parts)
        assert isinstance(taken, LocalFile)
        assert taken.origin == os.path.realpath(tmp_path / "lab" / "b.mp4")
    assert isinstance(local_file(guard, link(root, "../../home/notes.mp4", "other.mp4")), Obstacle)


def test_annexed_files_of_such_a_folder_are_taken(root: Path, tmp_path: Path) -> None:
    lab = tmp_path / "lab"
    annex(lab, "init", "--quiet")
    annex(lab, "annex", "init", "--quiet")
    annex(lab, "annex", "add", "--quiet", "b.mp4")
    assert (lab / "b.mp4").is_symlink()
    parts = link(root, "../../lab/b.mp4")
    taken = local_file(open_guard(root, (lab,)), parts)
    assert isinstance(taken, LocalFile)
    assert taken.origin == os.path.realpath(lab / "b.mp4")
    assert isinstance(local_file(open_guard(root), parts), Obstacle)
    assert isinstance(
        local_file(open_guard(root, (lab,)), link(root, "../../lab/.git/config", "c.mp4")), Obstacle
    )


def test_what_is_hidden_there_stays_there(root: Path, tmp_path: Path) -> None:
    guard = open_guard(root, (tmp_path / "home",))
    assert isinstance(local_file(guard, link(root, "../../home/notes.mp4", "a.avi")), LocalFile)
    assert isinstance(local_file(guard, link(root, "../../home/.ssh/id_rsa")), Obstacle)


def test_only_a_folder_can_be_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"linked_from: .* is no folder"):
        open_guard(root, (tmp_path / "gone",))


def test_what_is_no_file_is_refused_unopened(root: Path) -> None:
    (root / "sub-01" / "folder.mp4").mkdir()
    taken = local_file(open_guard(root), ("sub-01", "folder.mp4"))
    assert isinstance(taken, Obstacle)
    assert taken.reason == "is no regular file"
    gone = local_file(open_guard(root), link(root, "gone.mp4"))
    assert isinstance(gone, Obstacle)
    assert gone.reason == "cannot be read"


if hasattr(os, "mkfifo"):  # Windows has nothing of the kind

    def test_a_named_pipe_is_refused_unopened(root: Path) -> None:
        os.mkfifo(root / "sub-01" / "pipe.mp4")
        taken = local_file(open_guard(root), ("sub-01", "pipe.mp4"))
        assert isinstance(taken, Obstacle)
        assert taken.reason == "is no regular file"
