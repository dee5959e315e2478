"""The one walk: what it enters, what it yields, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from posecheck.files.walk import files_in, is_folder, is_linked_folder, walk


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder with files, folders, a hidden one, and links to a folder and to nothing."""
    top = tmp_path / "top"
    for name in ("b/2.mp4", "b/10.mp4", "c.mp4", ".git/config", "a.zarr/0"):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (top / "linked").symlink_to(top / "b", target_is_directory=True)
    (top / "gone.mp4").symlink_to("nothing")
    return top


def test_files_come_first_in_natural_order_and_no_link_is_entered(top: Path) -> None:
    found = [item.relative for item in walk(top, enters=lambda name: name == "b")]
    below = [os.path.join("b", name) for name in ("2.mp4", "10.mp4")]  # noqa: PTH118
    assert found == [".git", "a.zarr", "c.mp4", "gone.mp4", "linked", *below]


def test_a_folder_may_have_its_place_among_the_files(top: Path) -> None:
    wanted = walk(top, wants=lambda entry: entry.name.endswith(".mp4"), files_first=False)
    assert [Path(item.relative).name for item in wanted] == [
        "2.mp4",
        "10.mp4",
        "c.mp4",
        "gone.mp4",
    ]


def test_a_folder_is_skipped_by_what_lies_in_it(top: Path) -> None:
    found = [item.relative for item in walk(top, skips=lambda names: "2.mp4" in names)]
    assert not any(path.startswith("b") for path in found)
    assert "c.mp4" in found


def test_what_is_met_says_what_it_is(top: Path) -> None:
    found = {item.relative: item.entry for item in walk(top, enters=lambda name: False)}
    entries = {name: entry for name, entry in found.items() if entry is not None}
    assert {name for name, entry in entries.items() if is_folder(entry)} == {".git", "a.zarr", "b"}
    assert {name for name, entry in entries.items() if is_linked_folder(entry)} == {"linked"}


def test_a_folder_that_cannot_be_listed_is_named_with_the_reason(tmp_path: Path) -> None:
    (item,) = walk(tmp_path / "gone")
    assert (item.path, item.relative, item.entry) == (str(tmp_path / "gone"), "", None)
    assert item.error


def test_files_of_one_folder_are_no_folders_and_no_links_to_one(top: Path) -> None:
    assert files_in(top) == ["c.mp4", "gone.mp4"]
    assert files_in(top / "gone") == []
