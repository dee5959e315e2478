"""DigestQueue are those of dandi, and never of a file that changed."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest
from dandischema.digests.dandietag import DandiETag

from posecheck.archive.errors import StoppedError
from posecheck.upload.collect.digests import ChangedError, check_unchanged, digest_file, part_sizes
from posecheck.upload.plan.files import LocalFile

MEGABYTE = 1024 * 1024


def file_at(path: Path) -> LocalFile:
    stat = path.stat()
    return LocalFile(
        path=path.name,
        location=str(path),
        size=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        identity=f"{stat.st_dev}:{stat.st_ino}",
    )


@pytest.mark.parametrize("size", [1, 1000, MEGABYTE, 20 * MEGABYTE + 3, 64 * MEGABYTE + 1])
def test_checksums_are_dandis(tmp_path: Path, size: int) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(os.urandom(1000) * (size // 1000) + bytes(size % 1000))
    lengths: list[int] = []
    found = digest_file(file_at(path), threading.Event().is_set, lengths.append)
    theirs = DandiETag.from_file(path)
    assert found.etag == theirs.as_str()
    assert list(found.parts) == [theirs.get_part_etag(part) for part in theirs.get_parts()]
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sum(lengths) == size


def test_parts_of_a_terabyte_stay_within_s3s_limits() -> None:
    sizes = part_sizes(1024**4)
    assert len(sizes) <= 10_000
    assert sum(sizes) == 1024**4


def test_a_file_that_changed_since_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"frames")
    file = file_at(path)
    path.write_bytes(b"more frames")
    with pytest.raises(ChangedError, match=r"a\.mp4 changed since the upload began"):
        digest_file(file, threading.Event().is_set)
    path.unlink()
    with pytest.raises(ChangedError, match=r"a\.mp4 is gone"):
        check_unchanged(file)


def test_reading_ends_when_it_is_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"frames")
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        digest_file(file_at(path), stop.is_set)
