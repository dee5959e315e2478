"""A dandiset that did not change is planned without reading it again."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.archive.server import Archive
from tests.end_to_end.command import COMMAND, environment, posecheck
from tests.end_to_end.upload.upload_command import (
    FIRST_VIDEO,
    SECOND_VIDEO,
    arguments,
    put,
    upload,
    variables,
)
from tests.tracing import NO_STRACE, STRACE

pytestmark = pytest.mark.slow

REST = 2.2


def plan(archive: Archive, folder: Path, *options: str) -> Any:
    done = upload(archive, folder, "--dry-run", "--output", "json", *options)
    assert done.code == 0, done.stderr
    return done.report


def kept() -> dict[str, int]:
    entries: dict[str, int] = json.loads(posecheck("cache", "info", "--json").stdout)["entries"]
    return entries


def test_a_plan_says_the_same_with_what_is_remembered(
    archive: Archive, dandiset: str, two: Path
) -> None:
    time.sleep(REST)
    expected = plan(archive, two, "--no-cache")
    assert not kept()
    assert plan(archive, two) == expected
    assert kept()["verdicts"] == 2
    assert plan(archive, two) == expected


def test_what_was_remembered_is_sent_as_what_was_checked(
    archive: Archive, dandiset: str, two: Path
) -> None:
    time.sleep(REST)
    plan(archive, two)
    assert upload(archive, two).code == 0
    again = plan(archive, two)
    assert again == plan(archive, two, "--no-cache")


@pytest.mark.skipif(not STRACE, reason=NO_STRACE)
def test_no_video_is_read_again(archive: Archive, dandiset: str, two: Path, tmp_path: Path) -> None:
    # A small file may be a pointer of git-annex, and is always read.
    for path in (FIRST_VIDEO, SECOND_VIDEO):
        with (two / path).open("ab") as file:
            file.write(struct.pack(">I4s", 100_008, b"free") + bytes(100_000))
    put(archive, dandiset, two)
    time.sleep(REST)

    def read_with(*options: str) -> set[str]:
        log = tmp_path / "log"
        done = subprocess.run(
            [
                *("strace", "-f", "-y", "-e", "trace=read,pread64", "-s", "0", "-o", str(log)),
                *map(str, (*COMMAND, *arguments(archive, "--dry-run", *options))),
            ],
            cwd=two,
            env=environment(variables(archive)),
            capture_output=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        text = log.read_text(errors="replace")
        return {video for video in (FIRST_VIDEO, SECOND_VIDEO) if f"/{video}>" in text}

    assert read_with() == {FIRST_VIDEO, SECOND_VIDEO}
    assert read_with() == set()
    assert read_with("--no-cache") == {FIRST_VIDEO, SECOND_VIDEO}
    changed = two / SECOND_VIDEO
    before = changed.stat()
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read_with() == {SECOND_VIDEO}
