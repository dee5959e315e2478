"""Checksums of an earlier session are taken of files that did not change, and only then."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dandi.support.digests import get_zarr_checksum
from tests.recordings.zarr_store import write_store
from tests.upload.test_digests import file_at

from posecheck.files.cache_database import CacheDatabase
from posecheck.sources import local_source, store_tree
from posecheck.upload.collect.digest_memory import DigestMemory
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.collect.digests import ChangedError
from posecheck.upload.collect.local_files import open_guard
from posecheck.upload.collect.local_stores import local_store
from posecheck.upload.plan.files import Digests, LocalFile

LARGE = "processing/behavior/confidence/0"
"""A chunk that is opened to be read, and for nothing else."""

_opened: list[str] = []


def _take_note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | os.PathLike):
        _opened.append(os.fspath(arguments[0]))


sys.addaudithook(_take_note)


@pytest.fixture(autouse=True)
def _short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_source, "REST_NS", 20_000_000)
    monkeypatch.setattr(local_source, "COARSE_REST_NS", 20_000_000)


@pytest.fixture
def video(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "video.mp4"
    path.write_bytes(os.urandom(100_000))
    yield path
    _opened.clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """A store of which two files are too large to be looked into for another reason."""
    yield write_store(tmp_path / "a.nwb.zarr")
    _opened.clear()


def file_of(path: Path) -> LocalFile:
    """Return a file or a store as an upload finds it."""
    if not path.is_dir():
        return file_at(path)
    found = local_store(open_guard(path.parent), (path.name,))
    assert isinstance(found, LocalFile)
    return found


def session(*paths: Path, remembers: bool = True) -> list[Digests]:
    """Return the checksums as one session after the other gets them."""
    time.sleep(0.03)
    _opened.clear()
    database = CacheDatabase()
    queue = DigestQueue(threading.Event(), DigestMemory(database) if remembers else None)
    try:
        return [queue.of(file_of(path)) for path in paths]
    finally:
        database.close()


def is_read(path: Path) -> bool:
    return str(path) in _opened


def test_an_unchanged_file_is_not_read_again(video: Path) -> None:
    first = session(video)
    assert is_read(video)
    assert session(video) == first
    assert not is_read(video)


def test_without_memory_it_is_read(video: Path) -> None:
    first = session(video)
    assert session(video, remembers=False) == first
    assert is_read(video)


def test_another_content_of_the_same_size_and_age_is_read(video: Path) -> None:
    first = session(video)
    before = video.stat()
    video.write_bytes(os.urandom(100_000))
    os.utime(video, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = session(video)
    assert is_read(video)
    assert second != first
    assert session(video) == second
    assert not is_read(video)


def test_a_file_that_takes_its_place_is_read(video: Path, tmp_path: Path) -> None:
    first = session(video)
    other = tmp_path / "other.mp4"
    other.write_bytes(os.urandom(100_000))
    other.replace(video)
    assert session(video) != first
    assert is_read(video)


def test_what_was_just_written_is_not_kept(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_source, "REST_NS", 3600 * 10**9)
    first = session(video)
    assert session(video) == first
    assert is_read(video)


def test_what_changes_after_it_was_found_is_refused(video: Path) -> None:
    session(video)
    file = file_at(video)
    video.write_bytes(b"other")
    database = CacheDatabase()
    queue = DigestQueue(threading.Event(), DigestMemory(database))
    with pytest.raises(ChangedError):
        queue.of(file)
    database.close()


def test_what_was_known_counts_as_read(video: Path) -> None:
    session(video)
    time.sleep(0.03)
    counted: list[int] = []
    database = CacheDatabase()
    queue = DigestQueue(threading.Event(), DigestMemory(database))
    queue.begin([file_at(video)], counted.append)
    queue.of(file_at(video))
    database.close()
    assert sum(counted) == 100_000


def test_an_unchanged_store_is_not_read_again(store: Path) -> None:
    first = session(store)
    assert is_read(store / LARGE)
    assert session(store) == first
    assert not is_read(store / LARGE)
    assert first[0].etag == get_zarr_checksum(store)


def test_a_store_is_read_without_memory(store: Path) -> None:
    first = session(store)
    assert session(store, remembers=False) == first
    assert is_read(store / LARGE)


def exchange_a_byte(store: Path) -> None:
    """Change a chunk that stays as large and as old as it was."""
    before, folder = (store / LARGE).stat(), (store / LARGE).parent.stat()
    with (store / LARGE).open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))
    os.utime(store / LARGE, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime((store / LARGE).parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))


def exchange_two_chunks(store: Path) -> None:
    """Let two chunks of equal size and age change places."""
    first, second = store / LARGE, (store / LARGE).with_name("1")
    for path in (first, second):
        os.utime(path, ns=(10**18, 10**18))
    aside = first.with_name("aside")
    first.replace(aside)
    second.replace(first)
    aside.replace(second)


def add_a_chunk(store: Path) -> None:
    (store / LARGE).with_name("2").write_bytes(b"values")


def remove_a_chunk(store: Path) -> None:
    (store / LARGE).with_name("1").unlink()


def rename_an_array(store: Path) -> None:
    (store / LARGE).parent.replace((store / LARGE).parents[1] / "renamed")


@pytest.mark.parametrize(
    "change",
    [exchange_a_byte, exchange_two_chunks, add_a_chunk, remove_a_chunk, rename_an_array],
    ids=lambda change: change.__name__,
)
def test_a_store_that_changed_is_read(store: Path, change: Callable[[Path], None]) -> None:
    first = session(store)
    change(store)
    second = session(store)
    assert second != first
    assert second[0].etag == get_zarr_checksum(store)


def test_a_store_in_which_a_file_was_just_written_is_not_kept(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in store.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setattr(local_source, "REST_NS", 3600 * 10**9)
    first = session(store)
    assert session(store) == first
    assert is_read(store / LARGE)


def test_a_store_that_is_too_large_is_not_kept(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_tree, "MOST_MEMBERS", 10)
    first = session(store)
    assert session(store) == first
    assert is_read(store / LARGE)
