"""Checksums of an earlier session are taken of files that did not change, and only then."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.upload.test_digests import file_at

from posecheck.files.cache_database import CacheDatabase
from posecheck.sources import local_source
from posecheck.upload.collect.digest_memory import DigestMemory
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.collect.digests import ChangedError
from posecheck.upload.plan.files import Digests

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


def session(*paths: Path, remembers: bool = True) -> list[Digests]:
    """Return the checksums as one session after the other gets them."""
    time.sleep(0.03)
    _opened.clear()
    database = CacheDatabase()
    queue = DigestQueue(threading.Event(), DigestMemory(database) if remembers else None)
    try:
        return [queue.of(file_at(path)) for path in paths]
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
