"""The command with a terminal as its standard error: POSIX's terminals, so not on Windows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path

from tests.end_to_end.command import start

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def lines_on_terminal(*arguments: str, output: Path | None = None, columns: int = 80) -> list[str]:
    """Run the command to its end; return what a terminal showed, each line as it changed.

    Parameters
    ----------
    arguments
        What follows the command's name.
    output
        Where its standard output goes; by default to the terminal, as its standard error does.
    columns
        How wide the terminal is.
    """
    mine, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = b""
    try:
        with (
            contextlib.nullcontext(terminal) if output is None else output.open("wb") as file,
            start(
                *arguments,
                env={"TERM": "xterm"},
                stdout=file if isinstance(file, int) else file.fileno(),
                stderr=terminal,
            ) as process,
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
            assert process.wait(timeout=60) in {0, 1}
    finally:
        os.close(mine)
    text = _CONTROL.sub("", shown.decode(errors="replace"))
    return [line.rstrip() for line in re.split(r"[\r\n]+", text) if line.strip()]
