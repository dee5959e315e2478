"""Which Zarr stores may be sent, and that their checksum is the archive's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dandi.support.digests import get_zarr_checksum
from tests.files.test_annex import annex
from tests.recordings.zarr_store import write_store

from posecheck.archive.errors import StoppedError
from posecheck.upload.collect.digests import ChangedError, check_unchanged, digest_file
from posecheck.upload.collect.local_files import open_guard
from posecheck.upload.collect.local_stores import local_store
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import Obstacle

PARTS = ("sub-01", "sub-01_behavior.nwb.zarr")
CHUNK = "processing/behavior/positions/3"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store in a dandiset."""
    return write_store(tmp_path / "dandiset" / Path(*PARTS))


def look_up(store: Path) -> LocalFile | Obstacle:
    return local_store(open_guard(store.parents[1]), PARTS)


def found(store: Path) -> LocalFile:
    taken = look_up(store)
    assert isinstance(taken, LocalFile)
    return taken


def reason_of(taken: LocalFile | Obstacle) -> str:
    assert isinstance(taken, Obstacle)
    return taken.reason


def digest(file: LocalFile) -> str:
    return digest_file(file, lambda: False).etag


def test_a_store_is_one_file(store: Path) -> None:
    file = found(store)

    assert (file.path, file.is_store, file.is_nwb) == ("/".join(PARTS), True, True)
    assert file.size == sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    assert file.modified_ns == max(path.stat().st_mtime_ns for path in store.rglob("*"))


def test_its_checksum_is_that_of_dandi(store: Path) -> None:
    (store / "empty" / "deeper").mkdir(parents=True)
    (store / ".git").mkdir()
    (store / ".git" / "config").write_text("of git")
    (store / "processing" / ".gitattributes").write_text("of git")
    read: list[int] = []

    digests = digest_file(found(store), lambda: False, read.append)

    assert digests.etag == get_zarr_checksum(store)
    assert digests.sha256 == ""
    assert sum(read) == found(store).size
    assert digests.etag.endswith(f"--{sum(read)}")


@pytest.mark.parametrize("change", ["content", "more", "fewer"])
def test_a_change_in_it_is_seen(store: Path, change: str) -> None:
    file = found(store)
    before = digest(file)
    if change == "content":
        (store / CHUNK).write_bytes(bytes(80))
        os.utime(store / CHUNK, ns=(0, file.modified_ns + 1))
    elif change == "more":
        (store / "another").write_bytes(b"1")
    else:
        (store / CHUNK).unlink()

    with pytest.raises(ChangedError, match="changed since the upload began"):
        check_unchanged(file)
    assert digest(found(store)) != before


def test_a_store_that_is_gone_is_seen(store: Path) -> None:
    file = found(store)
    store.rename(store.with_name("other"))

    with pytest.raises(ChangedError, match="is gone"):
        digest(file)


def test_reading_ends_when_it_shall(store: Path) -> None:
    with pytest.raises(StoppedError):
        digest_file(found(store), lambda: True)


@pytest.mark.parametrize("target", ["/etc/hostname", "4", "nowhere"])
def test_no_link_in_it_is_followed(store: Path, target: str) -> None:
    (store / CHUNK).unlink()
    (store / CHUNK).symlink_to(target)

    assert reason_of(look_up(store)) == f"holds a link, {CHUNK}, and none is followed"


def test_no_linked_folder_in_it_is_followed(store: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret").write_text("key")
    (store / "linked").symlink_to(tmp_path / "home")

    assert "holds a link, linked" in reason_of(look_up(store))


def test_a_store_behind_a_link_is_refused(store: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    store.rename(elsewhere)
    store.symlink_to(elsewhere)

    assert "leads out of the dandiset" in reason_of(look_up(store))


def test_content_of_git_annex_is_taken_once_it_is_fetched(store: Path) -> None:
    root, before = store.parents[1], digest(found(store))
    for arguments in (
        ("init", "--quiet"),
        ("annex", "init", "--quiet"),
        ("annex", "add", "-q", "."),
    ):
        annex(root, *arguments)
    assert (store / CHUNK).is_symlink()

    assert digest(found(store)) == before
    annex(root, "commit", "--quiet", "--message", "Add a store")
    annex(root, "annex", "drop", "--force", "--quiet", str(store / CHUNK))
    assert "not fetched" in reason_of(look_up(store))


def test_what_is_no_file_is_refused(store: Path) -> None:
    os.mkfifo(store / "pipe")

    assert reason_of(look_up(store)) == "holds what is neither file nor folder: pipe"
