"""When a text stands on a terminal. POSIX's terminals, so not on Windows."""

from __future__ import annotations

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path


def seconds_until(text: str, arguments: Sequence[str], *, rounds: int) -> float:
    """Return the median of the seconds until a command shows a text, or ends without it.

    Parameters
    ----------
    text
        What is waited for.
    arguments
        The command, a program of this environment.
    rounds
        How often it runs.
    """
    return statistics.median(_once(text.encode(), arguments) for _ in range(rounds))


def _once(text: bytes, arguments: Sequence[str]) -> float:
    mine, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    began, found, shown = time.perf_counter(), 0.0, b""
    with subprocess.Popen(
        [str(Path(sys.executable).with_name(arguments[0])), *arguments[1:]],
        env={**os.environ, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    ):
        os.close(terminal)
        while True:
            try:
                more = os.read(mine, 65536)
            except OSError:  # Linux's word for a terminal that nobody holds any more
                break
            if not more:  # macOS's word
                break
            shown += more
            if not found and text in shown:
                found = time.perf_counter() - began
    os.close(mine)
    return found or time.perf_counter() - began
