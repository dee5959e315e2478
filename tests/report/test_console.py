"""The same lines reach a pipe, a narrow terminal and a code page that lacks half of them."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from posecheck.report.console import open_console, print_hanging


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self) -> bool:
        return True


def encoded(encoding: str) -> tuple[io.TextIOWrapper, io.BytesIO]:
    raw = io.BytesIO()
    return io.TextIOWrapper(raw, encoding=encoding, newline=""), raw


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "× 12 … → ✓ 鼻"),
        ("cp1252", r"× 12 … -> \u2713 \u9f3b"),
        ("cp437", r"x 12 ... -> \u2713 \u9f3b"),
        ("ascii", r"x 12 ... -> \u2713 \u9f3b"),
    ],
)
def test_what_an_encoding_lacks_is_written_more_plainly(encoding: str, shown: str) -> None:
    stream, raw = encoded(encoding)
    open_console(stream).print(Text("× 12 … → ✓ 鼻"))
    stream.flush()
    assert raw.getvalue().decode(encoding).strip() == shown


def test_a_pipe_gets_neither_colors_nor_line_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    stream = io.StringIO()
    words = "word " * 500
    print_hanging(open_console(stream), Text("> ", style="bold red"), Text(words))
    assert stream.getvalue() == "> " + words.rstrip() + "\n"


def test_a_narrow_terminal_wraps_below_the_beginning_of_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    words = " ".join(f"word{number}" for number in range(20))
    print_hanging(open_console(stream, color=False), Text("  error  "), Text(words))
    lines = stream.getvalue().splitlines()
    assert len(lines) > 3
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith(" " * 9 + "word") for line in lines[1:])
    assert " ".join(line[9:] for line in lines) == words


def test_a_terminal_narrower_than_the_indentation_still_gets_every_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "5")
    stream = Terminal()
    print_hanging(open_console(stream, color=False), Text(" " * 11), Text("no frame at all"))
    assert stream.getvalue().split() == ["no", "frame", "at", "all"]


@pytest.mark.parametrize(
    ("variables", "color", "expected"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color"}, False, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colors_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], color: bool, expected: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    open_console(stream, color=color).print(Text("error", style="red"))
    assert ("\x1b[31m" in stream.getvalue()) is expected


def test_a_reader_that_went_away_is_reported_to_the_caller() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        open_console(Closed()).print("anything")


@pytest.mark.parametrize("columns", [40, 60])
def test_a_command_between_backticks_is_not_broken(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """A line feed in a command that is pasted would begin another one."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    words = "It was broken off. Go on with `posecheck organize --resume -d 'my data'`, or wait."
    print_hanging(open_console(stream, color=False), Text("> "), Text(words))
    lines = stream.getvalue().splitlines()
    assert any("`posecheck organize --resume -d 'my data'`" in line for line in lines)
    assert " ".join(" ".join(lines).replace("> ", "").split()) == words
