"""``--abandon`` lists the uploads that nobody finished, and removes all of them if one agrees.

``dandi`` 0.81 has nothing of the kind.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.sending import begin, open_session
from tests.archive.server import Archive
from tests.end_to_end.command import Outcome, posecheck
from tests.end_to_end.upload.upload_command import (
    FIRST_VIDEO,
    check_secrecy,
    files,
    held,
    running,
    upload,
    variables,
)

pytestmark = pytest.mark.slow


def begin_one(archive: Archive, dandiset: str) -> None:
    """Begin an upload as a colleague does: 14 bytes."""
    with open_session(archive) as session:
        begin(session, archive, dandiset, [b"of a colleague"])
    archive.log.clear()


def leave_open(archive: Archive, dandiset: str, folder: Path) -> None:
    """Leave an upload of one's own open, and one of a colleague."""
    pad_video(folder / FIRST_VIDEO, 70_000_000)
    fault = Fault(method="PUT", path="partNumber=2", delay=60)
    archive.faults.add(fault)
    with running(archive, folder, "--jobs", "1:1") as process:
        archive.faults.wait_for(fault)
        process.kill()
        process.communicate(timeout=60)
    archive.faults.clear()
    begin_one(archive, dandiset)


def abandon(archive: Archive, folder: Path, *options: str, token: str | None = None) -> Outcome:
    """Run the command without a terminal."""
    done = posecheck(
        *("upload", "-i", archive.url, "--retries", "1", *options),
        cwd=folder,
        env=variables(archive, token),
    )
    assert "Traceback" not in done.stderr, done.stderr
    check_secrecy(archive, folder, done.stdout + done.stderr)
    return done


@pytest.mark.slow
def test_without_a_terminal_it_lists_and_refuses(
    archive: Archive, dandiset: str, one: Path
) -> None:
    leave_open(archive, dandiset, one)

    refused = abandon(archive, one, "--abandon", "--yes")

    assert refused.code == 2, refused.stdout + refused.stderr
    said = " ".join(refused.stdout.split())
    assert f"yours: {FIRST_VIDEO}" in said
    assert "14 B not begun by you on this machine" in said
    assert "2 open uploads (70.0 MB), 1 of them yours." in said
    assert "those that somebody is sending right now" in said
    assert "--abandon=all" in refused.stderr
    assert len(archive.uploads(dandiset)) == 2

    done = abandon(archive, one, "--abandon=all")

    assert done.code == 0, done.stdout + done.stderr
    assert archive.uploads(dandiset) == []
    assert "Removed 2." in done.stdout

    again = upload(archive, one)
    assert again.code == 0, again.stdout + again.stderr
    assert held(archive, dandiset) == files(one)


def test_it_can_only_list(archive: Archive, dandiset: str, one: Path) -> None:
    begin_one(archive, dandiset)

    done = abandon(archive, one, "--abandon", "--dry-run", "--output", "json")

    assert done.code == 0, done.stdout + done.stderr
    reported = json.loads(done.stdout)
    assert [(each["size"], each["path"]) for each in reported["uploads"]] == [(14, None)]
    assert 0 <= reported["uploads"][0]["seconds"] < 600
    assert not reported["removed"]
    assert len(archive.uploads(dandiset)) == 1


def test_nothing_open_is_said(archive: Archive, dandiset: str, one: Path) -> None:
    done = abandon(archive, one, "--abandon")

    assert done.code == 0, done.stdout + done.stderr
    assert "No upload is open." in done.stdout
    assert archive.log.entries("DELETE") == []


def test_a_stranger_is_reported(archive: Archive, dandiset: str, one: Path) -> None:
    done = abandon(archive, one, "--abandon=all", token=archive.strangers_token)

    assert done.code == 2, done.stdout + done.stderr
    assert "it is not among its owners" in " ".join(done.stderr.split())
    assert archive.log.sent() == []


@pytest.mark.parametrize("option", ["--sync", "--verify-only"])
def test_it_is_given_alone(archive: Archive, dandiset: str, one: Path, option: str) -> None:
    done = abandon(archive, one, "--abandon", option)

    assert done.code == 2
    assert "--abandon sends nothing" in done.stderr


if os.name == "posix":

    @pytest.mark.slow
    @pytest.mark.parametrize(("reply", "code"), [("y", 0), ("n", 1)])
    def test_it_prompts(archive: Archive, dandiset: str, one: Path, reply: str, code: int) -> None:
        from tests.end_to_end.upload.conversing import converse  # noqa: PLC0415

        begin_one(archive, dandiset)

        replies = (("Remove 1 open upload", reply),)
        ended, shown = converse(
            archive, one, "--abandon", replies=replies, found=variables(archive)
        )

        assert ended == code, shown
        assert len(archive.uploads(dandiset)) == (0 if reply == "y" else 1)
