"""What lies in a Zarr store cannot change without its status telling so."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posecheck.sources import store_tree
from posecheck.sources.local_source import LocalSource
from posecheck.sources.local_store import LocalStoreFiles
from posecheck.sources.source import FileKind, FileStatus
from posecheck.sources.store_files import MemberError

ARRAY = "processing/behavior/positions"
MEMBERS = (
    *(".zgroup", ".zattrs", f"{ARRAY}/.zarray", f"{ARRAY}/0.0", f"{ARRAY}/1.0"),
    *("general/0", "general/1"),
)
TICK = 0.012
"""Seconds within which the clock that stamps files moves on."""

Change = Callable[[Path], None]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return write(tmp_path / "a.nwb.zarr")


def write(folder: Path) -> Path:
    """Write a store of a few members beside a folder and a file that are not in it."""
    for name in MEMBERS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    (folder.parent / "outside").mkdir()
    (folder.parent / "outside" / "0.0").write_text("content outside")
    return folder


def status_of(store: Path) -> FileStatus:
    return LocalSource.at(store).status()


def rewrite_a_chunk(store: Path) -> None:
    """Write as many bytes as there are, and set the modification times back."""
    chunk = store / ARRAY / "1.0"
    before, above = chunk.stat(), chunk.parent.stat()
    chunk.write_bytes(bytes(byte ^ 1 for byte in chunk.read_bytes()))
    os.utime(chunk, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(chunk.parent, ns=(above.st_atime_ns, above.st_mtime_ns))


def toggle_a_chunk(store: Path) -> None:
    """Add a chunk, or remove it, and set the modification time of its folder back."""
    chunk = store / ARRAY / "2.0"
    above = chunk.parent.stat()
    if chunk.exists():
        chunk.unlink()
    else:
        chunk.write_text("another chunk")
    os.utime(chunk.parent, ns=(above.st_atime_ns, above.st_mtime_ns))


def exchange_two_chunks(store: Path) -> None:
    first, second, aside = (store / ARRAY / name for name in ("0.0", "1.0", "aside"))
    first.replace(aside)
    second.replace(first)
    aside.replace(second)


def rename_an_array(store: Path) -> None:
    one, other = store / ARRAY, store / "processing/behavior/other"
    here, there = (one, other) if one.exists() else (other, one)
    here.replace(there)


def change_permissions(store: Path) -> None:
    member = store / "general/0"
    member.chmod(member.stat().st_mode ^ stat.S_IWGRP)


def link_a_member(store: Path) -> None:
    """Exchange a member for a link to one with the same content, or back."""
    member, copied = store / "general/0", store / "general/copy"
    if member.is_symlink():
        member.unlink()
        copied.replace(member)
    else:
        member.replace(copied)
        member.symlink_to("copy")


def link_a_member_out(store: Path) -> None:
    """Let a link lead to the file outside, or to nothing."""
    link = store / "general" / "link"
    target = os.readlink(link) if os.path.lexists(link) else ""  # noqa: PTH115 - the text of it
    link.unlink(missing_ok=True)
    link.symlink_to("nowhere" if "outside" in target else "../../outside/0.0")


def change_what_is_linked(store: Path) -> None:
    (store.parent / "outside" / "0.0").write_text(f"{time.time_ns()}")


def touch_a_folder(store: Path) -> None:
    (store / "processing").touch()


def toggle_an_empty_folder(store: Path) -> None:
    folder = store / "empty"
    if folder.exists():
        folder.rmdir()
    else:
        folder.mkdir()


def change_a_member_to_a_folder(store: Path) -> None:
    member = store / "general/1"
    if member.is_dir():
        member.rmdir()
        member.write_text("content of general/1")
    else:
        member.unlink()
        member.mkdir()


def restore_the_store(store: Path) -> None:
    """Exchange the store for a copy with the same times."""
    copied = store.with_name("copy")
    shutil.copytree(store, copied, symlinks=True)
    shutil.rmtree(store)
    copied.replace(store)


CHANGES: tuple[Change, ...] = (
    rewrite_a_chunk,
    toggle_a_chunk,
    exchange_two_chunks,
    change_permissions,
    link_a_member,
    link_a_member_out,
    touch_a_folder,
    toggle_an_empty_folder,
    change_a_member_to_a_folder,
    restore_the_store,
    rename_an_array,
)

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


def content_of(store: Path) -> object:
    """Return all that a program can read of a store, but for times."""
    return [
        (folder.removeprefix(str(store)), sorted(folders), _described(Path(folder), names))
        for folder, folders, names in sorted(os.walk(store))
    ]


def _described(folder: Path, names: list[str]) -> list[object]:
    found: list[object] = []
    for name in sorted(names):
        path = folder / name
        link = os.readlink(path) if path.is_symlink() else None  # noqa: PTH115 - the text of it
        content = path.read_bytes() if path.is_file() else None
        found.append((name, path.lstat().st_mode, link, content))
    return found


@needs_links
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_shows_and_so_does_that_it_is_undone(store: Path, change: Change) -> None:
    seen = [status_of(store).tree]
    for _ in range(2):
        time.sleep(TICK)
        change(store)
        seen.append(status_of(store).tree)
    assert len(set(seen)) == 3
    assert all(seen)


def test_it_stays_as_long_as_nothing_changes(store: Path) -> None:
    first = status_of(store)
    content_of(store)
    assert status_of(store) == first
    assert first.kind is FileKind.STORE


@needs_links
def test_what_a_link_leads_to_outside_counts(store: Path) -> None:
    link_a_member_out(store)
    before = status_of(store)
    time.sleep(TICK)
    change_what_is_linked(store)
    assert status_of(store).tree not in {"", before.tree}


@needs_links
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(st.sampled_from((*CHANGES[:-1], change_what_is_linked)), max_size=12))
def test_an_equal_status_stands_for_an_equal_store(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Change]
) -> None:
    store = write(tmp_path_factory.mktemp("example") / "a.nwb.zarr")
    seen: dict[str, object] = {}
    for change in (None, *changes):
        time.sleep(TICK)
        if change is not None:
            change(store)
        tree, content = status_of(store).tree, content_of(store)
        assert seen.setdefault(tree, content) == content
    shutil.rmtree(store.parent)


@needs_links
def test_a_link_to_a_folder_outside_hides_what_changes_there(store: Path) -> None:
    (store / "linked").symlink_to("../outside")
    assert status_of(store).tree == ""


@needs_links
def test_a_link_to_a_folder_inside_hides_nothing(store: Path) -> None:
    (store / "linked").symlink_to(ARRAY)
    (store / ARRAY / "above").symlink_to("../..")
    assert status_of(store).tree


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root lists every folder")
def test_a_folder_that_cannot_be_listed_hides_what_is_in_it(store: Path) -> None:
    (store / ARRAY).chmod(0)
    tree = status_of(store).tree
    (store / ARRAY).chmod(0o755)
    assert tree == ""


def test_a_large_store_is_not_told_from_itself(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_tree, "MOST_MEMBERS", len(list(store.rglob("*"))))
    assert status_of(store).tree
    (store / "one-more").write_text("")
    assert status_of(store).tree == ""


@needs_links
def test_whose_annex_it_is_counts_for_a_link_to_its_content(tmp_path: Path) -> None:
    """Such a link is followed as long as git knows that the store lies in that repository."""
    store = write(tmp_path / "repository" / "a.nwb.zarr")
    git = tmp_path / "git"
    content = git / "annex/objects/aa/bb/MD5-s1--c/MD5-s1--c"
    content.parent.mkdir(parents=True)
    content.write_text("c")
    (git / "config").write_text(f"[core]\n\tworktree = {store.parent}\n")
    (store.parent / ".git").write_text("gitdir: ../git\n")
    link = store / "general/0"
    link.unlink()
    link.symlink_to(os.path.relpath(content, link.parent))
    assert LocalStoreFiles(store).read("general/0", 100) == b"c"
    before = status_of(store)
    (git / "config").write_text("[core]\n\tworktree = elsewhere\n")
    with pytest.raises(MemberError, match="out of the store"):
        LocalStoreFiles(store).read("general/0", 100)
    after = status_of(store)
    assert (after.stamp, after.changed_ns) == (before.stamp, before.changed_ns)
    assert after.tree != before.tree
