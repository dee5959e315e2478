"""Each content is read once, by whoever comes first."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.upload.test_digests import file_at

from posecheck.archive.errors import StoppedError
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.collect.digests import ChangedError, digest_file


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_checksums_begun_ahead_are_those_of_the_file(tmp_path: Path, stop: threading.Event) -> None:
    paths = [written(tmp_path, f"{number}.mp4", bytes([number]) * 999) for number in range(20)]
    files = [file_at(path) for path in paths]
    checksums = DigestQueue(stop)

    checksums.begin(files)

    assert [checksums.of(file) for file in files] == [
        digest_file(file, stop.is_set) for file in files
    ]


def test_a_content_is_read_once_under_all_names(tmp_path: Path, stop: threading.Event) -> None:
    path = written(tmp_path, "a.mp4", b"frames")
    os.link(path, tmp_path / "b.mp4")
    first, second = file_at(path), file_at(tmp_path / "b.mp4")
    counted: list[int] = []
    checksums = DigestQueue(stop)

    checksums.begin([first, second], counted.append)
    found = checksums.of(first)
    path.unlink()

    assert checksums.of(second) == checksums.of(first) == found
    assert sorted(counted) == [6, 6]


def test_many_who_ask_at_once_get_one_reading(tmp_path: Path, stop: threading.Event) -> None:
    file = file_at(written(tmp_path, "a.mp4", os.urandom(30_000_000)))
    counted: list[int] = []
    checksums = DigestQueue(stop)
    checksums.begin([file], counted.append)

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(checksums.of, [file] * 8))

    assert len(found) == 1
    assert sum(counted) == file.size


def test_what_nobody_began_is_computed_when_it_is_needed(
    tmp_path: Path, stop: threading.Event
) -> None:
    files = [file_at(written(tmp_path, f"{number}.mp4", b"frames")) for number in range(5)]
    checksums = DigestQueue(stop)

    checksums.begin(files)
    checksums.begin_no_more()

    assert {checksums.of(file) for file in files} == {digest_file(files[0], stop.is_set)}


def test_a_file_that_changed_is_reported_to_whoever_needs_it(
    tmp_path: Path, stop: threading.Event
) -> None:
    path = written(tmp_path, "a.mp4", b"frames")
    file = file_at(path)
    path.write_bytes(b"more frames")
    checksums = DigestQueue(stop)

    checksums.begin([file])

    for _ in range(2):
        with pytest.raises(ChangedError, match="changed since the upload began"):
            checksums.of(file)


def test_nobody_waits_once_it_is_to_stop(tmp_path: Path, stop: threading.Event) -> None:
    file = file_at(written(tmp_path, "a.mp4", b"frames"))
    stop.set()
    checksums = DigestQueue(stop)

    checksums.begin([file])

    with pytest.raises(StoppedError):
        checksums.of(file)


def test_what_was_guessed_wrong_is_read_no_further(tmp_path: Path, stop: threading.Event) -> None:
    guessed = file_at(written(tmp_path, "guessed.mp4", os.urandom(20_000_000)))
    needed = file_at(written(tmp_path, "needed.mp4", b"frames"))
    begun, kept = threading.Event(), threading.Event()
    counted: list[int] = []
    checksums = DigestQueue(stop)

    def watch(count: int) -> None:
        counted.append(count)
        begun.set()
        assert kept.wait(60)

    checksums.begin([guessed], watch)
    assert begun.wait(60)
    (reading,) = checksums._readings.values()
    checksums.keep([needed])
    kept.set()

    with pytest.raises(StoppedError):
        reading.digests.result(timeout=60)
    assert sum(counted) < guessed.size
    assert checksums.of(needed) == digest_file(needed, stop.is_set)


def test_a_failure_of_a_guess_is_none_of_what_is_needed(
    tmp_path: Path, stop: threading.Event
) -> None:
    path = written(tmp_path, "guessed.mp4", b"frames")
    os.link(path, tmp_path / "needed.mp4")
    guessed, needed = file_at(path), file_at(tmp_path / "needed.mp4")
    path.unlink()
    checksums = DigestQueue(stop)

    checksums.begin([guessed])
    with pytest.raises(ChangedError):
        checksums.of(guessed)
    checksums.keep([needed])

    assert checksums.of(needed) == digest_file(needed, stop.is_set)


def test_what_was_dropped_can_be_requested_again(tmp_path: Path, stop: threading.Event) -> None:
    file = file_at(written(tmp_path, "a.mp4", os.urandom(3_000_000)))
    checksums = DigestQueue(stop)

    checksums.begin([file])
    checksums.keep([])

    assert checksums.of(file) == digest_file(file, stop.is_set)


def test_who_comes_later_learns_what_was_read_before(tmp_path: Path, stop: threading.Event) -> None:
    file = file_at(written(tmp_path, "a.mp4", os.urandom(3_000_000)))
    counted: list[int] = []
    checksums = DigestQueue(stop)

    checksums.begin([file])
    checksums.of(file)
    checksums.begin([file], counted.append)

    assert counted == [file.size]
