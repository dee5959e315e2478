"""The command on a terminal, with somebody who types: POSIX's terminals, so not on Windows."""

from __future__ import annotations

import os
import pty
import select
import time
from collections.abc import Mapping
from pathlib import Path

from tests.archive.server import Archive
from tests.end_to_end.command import start
from tests.end_to_end.upload.upload_command import RETRIES, check_secrecy, variables

PATIENCE = 120


def converse(
    archive: Archive,
    folder: Path,
    *options: str,
    replies: tuple[tuple[str, str], ...] = (),
    found: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Upload on a terminal where somebody types each reply once its question is there.

    The token is nowhere, unless an environment is given in which it is found.

    Returns
    -------
    tuple
        The exit code, and all that the terminal shows.
    """
    keyboard, terminal = pty.openpty()
    shown, left = "", list(replies)
    until = time.monotonic() + PATIENCE
    with start(
        *("upload", "-i", archive.url, "--isolated", "--retries", str(RETRIES), *options),
        cwd=folder,
        env={**(found or variables(archive, "")), "TERM": "dumb"},
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
    return process.wait(), shown
