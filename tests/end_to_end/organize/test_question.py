"""On a terminal it asks, and anything but a yes is a no."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, Run, start
from tests.end_to_end.organize.dandisets import assert_all_resolve, recordings, snapshot

pytestmark = pytest.mark.slow


def answer(reply: bytes, cwd: Path) -> Outcome:
    """Organize with a terminal to ask on, where somebody types this, or Ctrl-C if nothing."""
    keyboard, terminal = pty.openpty()
    try:
        process = start("organize", "raw", "-d", "dandiset", cwd=cwd, stdin=terminal)
        if reply:
            os.write(keyboard, reply)
        else:
            assert process.stderr is not None
            printed = b""
            while not printed.endswith(b"[y/N] "):
                more = os.read(process.stderr.fileno(), 1)
                assert more, printed
                printed += more
            interrupt(process)
        stdout, stderr = process.communicate(timeout=120)
    finally:
        os.close(keyboard)
        os.close(terminal)
    return Outcome(process.wait(), stdout.decode(), stderr.decode())


def interrupt(process: Run) -> None:
    """Press Ctrl-C until it takes effect: one that comes just before a read begins is not."""
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
            return
    process.kill()


def test_a_yes_begins(single: Path) -> None:
    outcome = answer(b"y\n", single)
    assert outcome.code == 0, outcome.stderr
    assert "Place 1 recording and 1 video" in outcome.stderr
    assert "into dandiset, hard-linked where blocks cannot be shared? [y/N]" in outcome.stderr
    assert "shared, else hard-linked" in outcome.stdout
    assert "a change of one in place changes both" in " ".join(outcome.stdout.split())
    assert len(recordings(single / "dandiset")) == 1
    assert_all_resolve(single / "dandiset")


@pytest.mark.parametrize("reply", [b"\n", b"nyes\n", b"\x04"], ids=["enter", "other", "end"])
def test_anything_else_is_a_no(single: Path, reply: bytes) -> None:
    before = snapshot(single)
    outcome = answer(reply, single)
    assert outcome.code == 1
    assert outcome.stderr.splitlines()[-1] == "posecheck: nothing was touched"
    assert snapshot(single) == before


def test_an_interrupt_is_a_no_on_a_line_of_its_own(single: Path) -> None:
    before = snapshot(single)
    outcome = answer(b"", single)
    assert outcome.code == 130
    # what came after the question
    assert outcome.stderr == "\nposecheck: interrupted: nothing was touched\n"
    assert snapshot(single) == before
