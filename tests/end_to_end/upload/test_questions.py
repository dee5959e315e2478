"""On a terminal it asks for a token that is nowhere, once, and before it sends."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest
from tests.archive.server import Archive
from tests.end_to_end.command import COMMAND, environment
from tests.end_to_end.upload.uploading import (
    RETRIES,
    check_secrecy,
    files,
    held,
    put,
    variables,
)

PATIENCE = 120


def converse(
    archive: Archive, folder: Path, *options: str, replies: tuple[tuple[str, str], ...] = ()
) -> tuple[int, str]:
    """Upload on a terminal where somebody types each reply once its question is there.

    Returns
    -------
    tuple
        The exit code, and all that the terminal shows.
    """
    keyboard, terminal = pty.openpty()
    shown, left = "", list(replies)
    until = time.monotonic() + PATIENCE
    with subprocess.Popen(
        [*COMMAND, "upload", "-i", archive.url, "--isolated", "--retries", str(RETRIES), *options],
        cwd=folder,
        env=environment({**variables(archive, ""), "TERM": "dumb"}),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        try:
            while time.monotonic() < until:
                if not select.select([keyboard], [], [], 1.0)[0]:
                    continue
                try:
                    shown += os.read(keyboard, 65536).decode(errors="replace")
                except OSError:  # Linux's word for a terminal that nobody holds any more
                    break
                if left and left[0][0] in shown:
                    os.write(keyboard, f"{left.pop(0)[1]}\n".encode())
            process.wait(timeout=10)
        finally:
            process.kill()
            os.close(keyboard)
    assert not left, f"{left[0][0]!r} was not asked:\n{shown}"
    check_secrecy(archive, folder, shown)
    return process.returncode, shown


def test_a_token_that_is_typed_is_asked_for_once(
    archive: Archive, dandiset: str, one: Path
) -> None:
    code, shown = converse(
        archive, one, replies=(("API key for", archive.token), ("Send 2 files", "y"))
    )

    assert code == 0, shown
    assert shown.count("API key for") == 1
    assert held(archive, dandiset) == files(one)


def test_nothing_is_sent_without_a_yes(archive: Archive, dandiset: str, one: Path) -> None:
    code, shown = converse(
        archive, one, replies=(("API key for", archive.token), ("Send 2 files", ""))
    )

    assert code == 1, shown
    assert "nothing was sent" in shown
    assert archive.log.sent() == []


def test_who_types_no_token_is_told_and_not_asked_again(
    archive: Archive, dandiset: str, one: Path
) -> None:
    code, shown = converse(archive, one, replies=(("API key for", ""),))

    assert code == 2, shown
    assert "there is no token" in shown
    assert shown.count("API key for") == 1


@pytest.mark.parametrize("option", ["--dry-run", "--verify-only"])
def test_what_needs_no_token_asks_for_none(
    archive: Archive, dandiset: str, one: Path, option: str
) -> None:
    put(archive, dandiset, one)

    code, shown = converse(archive, one, option)

    assert code == 0, shown
    assert "API key" not in shown
