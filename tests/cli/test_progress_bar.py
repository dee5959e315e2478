"""The bar comes when a run is long, and never gets into what is printed."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.text import Text

from posecheck.cli.progress_bar import ProgressBar
from posecheck.report.console import open_console

_PIECE = re.compile(r"\x1b\[(\?25[lh]|[0-9;]*[A-Za-z])|([^\x1b])")


class Screen(io.StringIO):
    """A terminal to which standard output and standard error both write."""

    def isatty(self) -> bool:
        return True

    def rows(self) -> list[str]:
        """What is on it: as much of a terminal as a transient bar needs."""
        rows, row, column = [""], 0, 0
        for control, character in _PIECE.findall(self.getvalue()):
            if control.endswith("A"):
                row -= int(control[:-1] or 1)
            elif control == "2K":
                rows[row] = ""
            elif control:
                assert control.endswith(("m", "l", "h")), control
            elif character == "\n":
                row, column = row + 1, 0
                rows += [""] * (row == len(rows))
            elif character == "\r":
                column = 0
            else:
                rows[row] = rows[row][:column].ljust(column) + character + rows[row][column + 1 :]
                column += 1
        return [line.rstrip() for line in rows]


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def wait_for(screen: Screen, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in screen.getvalue():
        assert time.monotonic() < deadline, f"{text!r} never came"
        time.sleep(0.01)


def test_findings_and_bar_share_a_screen() -> None:
    screen = Screen()
    findings = open_console(screen)
    with ProgressBar(screen, screen, patience=0.01) as bar:
        bar.begin("Checking", 4)
        wait_for(screen, "Checking")
        for number in range(4):
            bar.advance(1)
            with bar.aside():
                findings.print(Text(f"file {number}"))
        wait_for(screen, "4 of 4")
        assert any("4 of 4 files" in row for row in screen.rows())
    assert [row for row in screen.rows() if row] == [f"file {number}" for number in range(4)]


def test_a_short_run_shows_no_bar() -> None:
    screen = Screen()
    with ProgressBar(screen, screen, patience=60) as bar:
        bar.begin("Checking", 1)
        bar.advance(1)
    assert screen.getvalue() == ""


def test_no_bar_is_drawn_into_a_pipe() -> None:
    pipe = io.StringIO()
    with ProgressBar(pipe, Screen(), patience=0.001) as bar:
        bar.begin("Checking", 2)
        time.sleep(0.05)
        bar.advance(1)
        with bar.aside():
            pass
    assert pipe.getvalue() == ""


def interrupted_run(screen: Screen) -> None:
    with ProgressBar(screen, screen, patience=0.01) as bar:
        bar.begin("Checking", 4)
        wait_for(screen, "Checking")
        raise KeyboardInterrupt


def test_the_bar_is_gone_after_an_interruption() -> None:
    screen = Screen()
    with pytest.raises(KeyboardInterrupt):
        interrupted_run(screen)
    assert not "".join(screen.rows())
    assert screen.getvalue().rindex("\x1b[?25h") > screen.getvalue().rindex("\x1b[?25l")


def test_what_stands_in_words_needs_no_bar() -> None:
    """How much there is to do is not known, and the text says how much was done."""
    phase = "Searching for pose: 812/1,004 dandisets, 12,340 candidates, 11,120 probed"
    screen = Screen()
    with ProgressBar(screen, io.StringIO(), patience=0.0) as bar:
        bar.begin(phase)
        time.sleep(0.3)
        assert phase in screen.getvalue()


def test_text_stands_below_the_bar_until_it_is_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LINES", "10")
    screen = Screen()
    with ProgressBar(screen, screen, patience=60) as bar:
        bar.begin("Checking", 1)
        bar.show_below("a.nwb", "\x1b[1ma.nwb\x1b[0m\n  error NOD001")
        assert [row for row in screen.rows() if row][1:] == ["a.nwb", "  error NOD001"]
        bar.show_below("b.nwb", "\n".join(map(str, range(20))))
        assert [row for row in screen.rows() if row][-2:] == ["4", "… 15 more lines"]
        bar.show_below("a.nwb", "")
        assert "a.nwb" not in screen.rows()
        bar.show_below("b.nwb", "")
        assert "4" not in screen.rows()
    assert not "".join(screen.rows())
