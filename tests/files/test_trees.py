"""What lies in a folder that is one file to NWB, and how it is removed as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from posecheck.files.file_stamp import has_stamp, stamp_of
from posecheck.files.trees import TreeError, list_tree, remove_any


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    (folder / "a/b").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in (".zgroup", "a/b/0", "a/b/1"):
        (folder / name).write_text(name)
        os.utime(folder / name, ns=(10**18, 10**18 + len(name)))
    return folder


def test_all_files_and_folders_are_listed(store: Path) -> None:
    tree = list_tree(store)
    assert [file.name for file in tree.files] == [".zgroup", "a/b/0", "a/b/1"]
    assert tree.folders == ("a", "a/b", "empty")
    assert tree.size == 7 + 5 + 5
    assert tree.modified_ns == 10**18 + 7


def _rewritten(store: Path) -> None:
    (store / "a/b/0").write_text("other")


def _of_another_time(store: Path) -> None:
    os.utime(store / "a/b/0", ns=(10**18, 10**18 + 6))


def _added(store: Path) -> None:
    (store / "empty/0").write_text("")


def _removed(store: Path) -> None:
    (store / "a/b/1").unlink()


def _renamed(store: Path) -> None:
    (store / "a/b/1").rename(store / "a/b/2")


def _without_a_folder(store: Path) -> None:
    (store / "empty").rmdir()


def _linked(store: Path) -> None:
    (store / "a/b/1").unlink()
    (store / "a/b/1").symlink_to("0")


@pytest.mark.parametrize(
    "change",
    [
        *(_rewritten, _of_another_time, _added, _removed, _renamed, _without_a_folder),
        pytest.param(_linked, marks=pytest.mark.skipif(os.name != "posix", reason="links")),
    ],
)
def test_a_stamp_shows_any_change(store: Path, change: Callable[[Path], None]) -> None:
    stamp = stamp_of(store)
    assert stamp is not None
    assert has_stamp(store, stamp)
    change(store)
    assert not has_stamp(store, stamp)


def test_a_copy_in_its_place_is_another(store: Path) -> None:
    stamp = stamp_of(store)
    assert stamp is not None
    store.rename(store.with_name("old"))
    store.mkdir()
    for entry in store.with_name("old").iterdir():
        entry.rename(store / entry.name)
    assert not has_stamp(store, stamp)
    assert list_tree(store).digest in stamp.identity


@pytest.mark.skipif(os.name != "posix", reason="POSIX alone has these")
def test_what_cannot_be_copied_is_named(store: Path, tmp_path: Path) -> None:
    link = store / "a/link"
    link.symlink_to("/etc")
    with pytest.raises(TreeError, match="a/link in it is a link to '/etc'"):
        list_tree(store)
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(TreeError, match="a/link in it is neither file nor folder"):
        list_tree(store)
    (tmp_path / "outside").symlink_to(store)
    for path in (tmp_path / "outside", store / ".zgroup"):
        with pytest.raises(TreeError, match="it is a link, or no folder"):
            list_tree(path)


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_nothing_behind_a_link_is_removed(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("kept")
    (store / "a/link").symlink_to(other)
    (tmp_path / "link").symlink_to(other)
    remove_any(tmp_path / "link")
    remove_any(store)
    remove_any(store)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other"]
    assert (other / "mine").read_text() == "kept"


def test_read_only_folders_are_removed_too(store: Path, tmp_path: Path) -> None:
    for folder in (store / "a/b", store / "a", store):
        folder.chmod(0o500)
    remove_any(store)
    assert not list(tmp_path.iterdir())
