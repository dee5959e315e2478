"""Where the text goes: a terminal of any width, a pipe, a file, or a code page without "×"."""

from __future__ import annotations

import codecs
import io
import re
from typing import IO

from rich.cells import cell_len
from rich.console import Console, OverflowMethod
from rich.text import Text

from posecheck.report.escapes import spell_out

_ERRORS = "posecheck-plain"
_PLAIN = {
    "×": "x",
    "…": "...",
    "→": "->",
    "–": "-",
    "—": "-",
    "−": "-",
    "·": "-",
    "±": "+/-",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "µ": "u",
    "°": " deg",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "├": "|",
    "│": "|",
    "└": "`",
    "─": "-",
}
"""How the typography of messages reads where an encoding lacks it."""

_COMMAND = re.compile(r"`[^`\n]+`")
_INNER_BLANK = "\ue000"
"""Stands for a blank at which no line is broken: one cell wide, and no text has it."""

_UNBOUNDED = 100_000
"""The width, in cells, of what is no terminal: nothing is wrapped for a program that reads it."""

_NARROWEST = 20
"""Cells that are left to a text after its indentation, however narrow the terminal is."""


class OutputConsole(Console):
    """A console that leaves it to its caller what a closed pipe means.

    Raises
    ------
    BrokenPipeError
        On any output after the reader went away; rich itself would exit with 1, which here means
        that findings were made.
    """

    def on_broken_pipe(self) -> None:
        """Fall silent and let the caller know."""
        self.quiet = True
        raise BrokenPipeError


def open_console(stream: IO[str], *, color: bool = True) -> OutputConsole:
    """Open a console on a stream.

    Parameters
    ----------
    stream
        Standard output, standard error, a file or a buffer. Its encoding may be anything: what it
        cannot encode is written in plainer characters.
    color
        Whether colors are allowed. They are used on a terminal, or where ``FORCE_COLOR`` asks for
        them, and never where ``NO_COLOR`` is set.

    Returns
    -------
    OutputConsole
        Lines are wrapped on a terminal only.
    """
    tolerate_encoding(stream)
    return OutputConsole(
        file=stream,
        no_color=None if color else True,
        width=None if is_terminal(stream) else _UNBOUNDED,
        highlight=False,
        markup=False,
        emoji=False,
    )


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person looks at the stream."""
    try:
        return stream.isatty()
    except ValueError:  # it is closed already
        return False


def tolerate_encoding(stream: IO[str]) -> None:
    """Make a stream write what it cannot encode in plainer characters, instead of raising."""
    if isinstance(stream, io.TextIOWrapper) and not stream.closed:
        stream.reconfigure(errors=_ERRORS)


def print_hanging(console: Console, head: Text, body: Text) -> None:
    """Print a text after a head; the lines that follow the first begin where the text began."""
    indent = head.cell_len
    width = max(_NARROWEST, console.width - indent)
    whole, longest = _with_whole_commands(body)
    # A command that is longer than a line is left to the terminal to break: it is pasted whole.
    overflow: OverflowMethod = "ignore" if longest > width else "fold"
    for number, line in enumerate(
        whole.wrap(console, width, tab_size=1, overflow=overflow) or [Text()]
    ):
        line.plain = line.plain.replace(_INNER_BLANK, " ")
        line.rstrip()
        begin = head.copy() if number == 0 else Text(" " * indent)
        console.print(begin.append_text(line), soft_wrap=True)


def _with_whole_commands(body: Text) -> tuple[Text, int]:
    """Keep commands, which stand between backticks, from being broken, and measure the longest."""
    commands = [found for found in _COMMAND.finditer(body.plain) if " " in found[0]]
    if not commands:
        return body, 0
    whole = body.copy()
    for found in commands:
        inner = found[0].replace(" ", _INNER_BLANK)
        whole.plain = whole.plain[: found.start()] + inner + whole.plain[found.end() :]
    return whole, max(cell_len(found[0]) for found in commands)


def _write_plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character) or spell_out(character) for character in lost), error.end


codecs.register_error(_ERRORS, _write_plainly)
