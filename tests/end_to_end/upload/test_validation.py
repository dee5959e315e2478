"""The archive's own validation, waited for without a question for each file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.archive.recordings import write_recordings
from tests.archive.sending import PLAIN, send
from tests.archive.server import Archive
from tests.archive.store import Store
from tests.end_to_end.upload.upload_command import FIRST, FIRST_VIDEO, files, upload

pytestmark = pytest.mark.slow

ASK = ("--verify-only", "--wait-validation")
REFUSED = {**PLAIN, "schemaVersion": "0.8.0"}
"""Metadata that the archive takes and then finds invalid."""


def put_all(archive: Archive, dandiset: str, folder: Path, *invalid: str) -> None:
    """Bring a folder's files into the archive, some of them with metadata that it finds invalid."""
    for path, data in files(folder).items():
        send(archive, dandiset, path, [data], REFUSED if path in invalid else PLAIN)
    archive.log.clear()


@pytest.mark.slow
def test_no_file_is_requested_by_itself(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    write_recordings(tmp_path, 60)
    put_all(archive, dandiset, tmp_path)

    done = upload(archive, tmp_path, *ASK)

    assert done.code == 0, done.stdout + done.stderr
    assert archive.log.entries("GET", "/validation/") == []
    assert 1 <= len(archive.log.entries("GET", "/draft/info/")) <= 8


def test_what_the_archive_finds_is_reported(archive: Archive, dandiset: str, two: Path) -> None:
    put_all(archive, dandiset, two, FIRST_VIDEO)

    done = upload(archive, two, *ASK)

    assert done.code == 1, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert f"{FIRST_VIDEO} the archive says: Metadata version 0.8.0 is not allowed" in said
    assert said.count("the archive says") == 1
    assert len(archive.log.entries("GET", "/validation/")) == 1


@pytest.mark.slow
def test_errors_of_others_do_not_hide_ones_own(archive: Archive, dandiset: str, one: Path) -> None:
    """The archive names 50 invalid files, and says not that there are more."""
    for number in range(50):
        send(archive, dandiset, f"others/{number}.txt", [f"text {number}".encode()], REFUSED)
    put_all(archive, dandiset, one, FIRST)

    done = upload(archive, one, *ASK)

    assert done.code == 1, done.stdout + done.stderr
    assert f"{FIRST} the archive says: Metadata version" in " ".join(done.stdout.split())


def test_a_result_that_does_not_come_is_reported(store: Store, one: Path) -> None:
    with Archive(store, settle=3600) as archive:
        put_all(archive, archive.create_dandiset(), one)

        done = upload(archive, one, *ASK, "--wait-limit", "2")

    assert done.code == 1, done.stdout + done.stderr
    assert "has not finished its own validation in time" in " ".join(done.stdout.split())
