"""The bars of an upload come when it takes long, and only onto a terminal."""

from __future__ import annotations

import io
import time

import pytest

from posecheck.cli.upload_progress import UploadProgressBars
from posecheck.model.progress import Phase


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True

    def wait_for(self, text: str) -> None:
        """Wait until something is shown."""
        deadline = time.monotonic() + 10
        while text not in self.getvalue():
            assert time.monotonic() < deadline, f"{text!r} never came"
            time.sleep(0.01)


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_a_silent_archive_is_waited_for_in_words() -> None:
    screen = Screen()
    with UploadProgressBars(screen, color=False, delay=0.01) as bars:
        bars.begin(Phase.CONNECTING)
        screen.wait_for("Connecting to the archive")
        assert "?" not in screen.getvalue().replace("\x1b[?", "")
        bars.begin(Phase.CHECKING, 7)
        screen.wait_for("0/7")
    assert screen.getvalue().rindex("\x1b[?25h") > screen.getvalue().rindex("\x1b[?25l")


def test_each_file_has_a_bar_while_it_is_sent() -> None:
    screen = Screen()
    with UploadProgressBars(screen, color=False, delay=0.0) as bars:
        bars.begin(Phase.SENDING, 3000, in_bytes=True)
        bars.begin_file("sub-01/\x1b]evil.mp4", 2000)
        bars.advance_file("sub-01/\x1b]evil.mp4", 1000)
        screen.wait_for(r"\x1b]evil.mp4")
        screen.wait_for("1.0/2.0 kB")
        screen.wait_for("1.0/3.0 kB")


def test_a_short_upload_shows_no_bar() -> None:
    screen = Screen()
    with UploadProgressBars(screen, delay=60) as bars:
        bars.begin(Phase.CONNECTING)
        bars.begin(Phase.SENDING, 10, in_bytes=True)
        bars.advance(10)
    assert screen.getvalue() == ""


def test_no_bar_is_drawn_into_a_pipe() -> None:
    pipe = io.StringIO()
    with UploadProgressBars(pipe, delay=0.0) as bars:
        bars.begin(Phase.CHECKING, 2)
        time.sleep(0.05)
        bars.advance(1)
    assert pipe.getvalue() == ""


def test_what_is_waited_for_is_written_above_the_bars() -> None:
    screen = Screen()
    with UploadProgressBars(screen, color=False, delay=0.0) as bars:
        bars.begin(Phase.SENDING, 3000, in_bytes=True)
        bars.message("no answer from dandi\x1b]: waiting 4 s, then attempt 5 of 13")
        screen.wait_for(r"dandi\x1b]: waiting 4 s")
