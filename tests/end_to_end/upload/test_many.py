"""Many files, and large ones: no request for each that is there, no byte twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.archive.recordings import write_recordings
from tests.archive.server import Archive
from tests.archive.store import PART
from tests.end_to_end.upload.upload_command import files, held, upload

pytestmark = pytest.mark.slow

RECORDINGS = 150
"""With a video each: 300 files."""

REQUESTS_FOR_EACH = 6
"""Begin, a part, complete, join, validate, assign."""

REQUESTS_BESIDES = 30
"""What is asked whatever the number of files: who the archive is, what it holds, by pages."""


def test_300_files_are_listed_by_pages(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    write_recordings(tmp_path, RECORDINGS)

    done = upload(archive, tmp_path, "--quiet")

    assert done.code == 0, done.stdout[-2000:] + done.stderr
    assert held(archive, dandiset) == files(tmp_path)
    count = 2 * RECORDINGS
    assert len(archive.log.sent()) == REQUESTS_FOR_EACH * count
    assert len(archive.log.entries()) <= REQUESTS_FOR_EACH * count + REQUESTS_BESIDES

    archive.log.clear()
    again = upload(archive, tmp_path, "--quiet")

    assert again.code == 0, again.stdout[-2000:] + again.stderr
    assert archive.log.sent() == []
    assert len(archive.log.entries()) <= REQUESTS_BESIDES


def test_identical_videos_are_sent_once(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    """Two uploads of the same bytes at once end in 409 with ``dandi upload``."""
    write_recordings(tmp_path, 40, same_video=True)

    done = upload(archive, tmp_path, "--jobs", "16:2")

    assert done.code == 0, done.stdout[-2000:] + done.stderr
    assert held(archive, dandiset) == files(tmp_path)
    videos = [
        asset.blob.blob_id
        for path, asset in archive.assets(dandiset).items()
        if path.endswith(".mp4")
    ]
    assert (len(videos), len(set(videos))) == (40, 1)
    assert len(archive.log.entries("PUT", "dandi-dandisets")) == 40 + 1


def test_a_large_file_goes_in_parts(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    write_recordings(tmp_path, 1, pad=150_000_000)

    done = upload(archive, tmp_path)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(tmp_path)
    received = [entry.received for entry in archive.log.entries("PUT", "partNumber")]
    assert received.count(PART) == 2
    assert len(received) == 3 + 1
