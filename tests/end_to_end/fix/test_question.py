"""On a terminal it asks, and anything but a yes is a no; --interactive asks for each rule."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import Outcome, Run, start
from tests.end_to_end.fix.faulty import CONFIDENCE, copy_sessions, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import snapshot

pytestmark = pytest.mark.slow


def answer(replies: Sequence[bytes], cwd: Path, *arguments: str) -> Outcome:
    """Fix with a terminal to ask on; type a reply after each question, or press Ctrl-C if none."""
    keyboard, terminal = pty.openpty()
    printed = b""
    try:
        process = start("fix", "dandiset", "--engine", "pose", *arguments, cwd=cwd, stdin=terminal)
        assert process.stderr is not None
        for reply in replies:
            question = b""
            while not question.endswith(b"] "):
                more = os.read(process.stderr.fileno(), 1)
                assert more, (printed, question)
                question += more
            printed += question
            if reply:
                os.write(keyboard, reply)
            else:
                interrupt(process)
        stdout, stderr = process.communicate(timeout=120)
    finally:
        os.close(keyboard)
        os.close(terminal)
    return Outcome(process.wait(), stdout.decode(), (printed + stderr).decode())


def interrupt(process: Run) -> None:
    """Press Ctrl-C until it takes effect: one that comes just before a read begins is not."""
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
            return
    process.kill()


def is_percent(path: Path) -> bool:
    with h5py.File(path, "r") as file:
        return float(file[CONFIDENCE][...].max()) > 1


class TestQuestion:
    @pytest.mark.parametrize("reply", [b"y\n", b"YES\n"])
    def test_a_yes_begins(self, recording: Path, tmp_path: Path, reply: bytes) -> None:
        outcome = answer([reply], tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert "Fix 1 finding in 1 file? [y/N]" in outcome.stderr
        assert unit_of(recording) == "pixels"

    @pytest.mark.parametrize("reply", [b"n\n", b"\n", b"yesno\n", b"\x04"])
    @pytest.mark.parametrize("way", ["--no-color", "--diff"])
    def test_anything_else_is_a_no(
        self, recording: Path, tmp_path: Path, reply: bytes, way: str
    ) -> None:
        before = snapshot(tmp_path)
        outcome = answer([reply], tmp_path, way)
        assert outcome.code == 1
        assert outcome.stderr.splitlines()[-1] == "posecheck: nothing was touched"
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "dandiset" / ".posecheck").exists()

    def test_ctrl_c_is_a_no(self, recording: Path, tmp_path: Path) -> None:
        before = snapshot(tmp_path)
        outcome = answer([b""], tmp_path)
        assert outcome.code == 130
        assert outcome.stderr.endswith("\nposecheck: interrupted: nothing was touched\n")
        assert snapshot(tmp_path) == before

    def test_where_there_is_nothing_to_fix_nothing_is_asked(
        self, careful: Path, tmp_path: Path
    ) -> None:
        copy_sessions(careful, tmp_path / "dandiset", 1)
        outcome = answer([], tmp_path)
        assert outcome.code == 0
        assert "?" not in outcome.stderr


class TestInteractive:
    WAY = ("--interactive", "--unsafe-fixes")

    def test_what_is_declined_is_not_changed(self, recordings: list[Path], tmp_path: Path) -> None:
        outcome = answer([b"n\n", b"y\n", b"y\n"], tmp_path, *self.WAY)
        assert outcome.code == 0, outcome.stderr
        assert "Fix 3 findings of CNF007 in 3 files?" in outcome.stderr
        assert "Fix 3 findings of UNI001 in 3 files?" in outcome.stderr
        assert "Fix 3 findings in 3 files?" in outcome.stderr
        assert {unit_of(path) for path in recordings} == {"pixels"}
        assert all(map(is_percent, recordings))

    def test_file_by_file(self, recordings: list[Path], tmp_path: Path) -> None:
        outcome = answer([b"f\n", b"y\n", b"n\n", b"y\n", b"n\n", b"y\n"], tmp_path, *self.WAY)
        assert outcome.code == 0, outcome.stderr
        assert "Fix 2 findings in 2 files?" in outcome.stderr
        assert {unit_of(path) for path in recordings} == {"px"}
        assert [is_percent(path) for path in recordings] == [False, True, False]

    def test_whoever_quits_declines_the_rest(self, recordings: list[Path], tmp_path: Path) -> None:
        outcome = answer([b"y\n", b"q\n", b"y\n"], tmp_path, *self.WAY)
        assert outcome.code == 0, outcome.stderr
        assert {unit_of(path) for path in recordings} == {"px"}
        assert not any(map(is_percent, recordings))

    @pytest.mark.parametrize("replies", [[b"q\n"], [b"n\n", b"n\n"], [b"\x04", b"\x04"]], ids=str)
    def test_where_all_is_declined_nothing_is_touched(
        self, recordings: list[Path], tmp_path: Path, replies: list[bytes]
    ) -> None:
        before = snapshot(tmp_path)
        outcome = answer(replies, tmp_path, *self.WAY)
        assert outcome.code in {0, 1}, outcome.stderr
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "dandiset" / ".posecheck").exists()

    def test_ctrl_c_is_a_no(self, recordings: list[Path], tmp_path: Path) -> None:
        before = snapshot(tmp_path)
        outcome = answer([b"y\n", b""], tmp_path, *self.WAY)
        assert outcome.code == 130
        assert "nothing was touched" in outcome.stderr
        assert snapshot(tmp_path) == before

    def test_a_last_no_counts(self, recordings: list[Path], tmp_path: Path) -> None:
        before = snapshot(tmp_path)
        outcome = answer([b"y\n", b"y\n", b"n\n"], tmp_path, *self.WAY)
        assert outcome.code == 1
        assert snapshot(tmp_path) == before

    def test_without_a_terminal_it_is_refused(self, recording: Path, tmp_path: Path) -> None:
        before = snapshot(tmp_path)
        outcome = fix("dandiset", "--interactive", cwd=tmp_path)
        assert outcome.code == 2
        assert "there is no terminal to ask on" in flat(outcome.stderr)
        assert snapshot(tmp_path) == before

    def test_a_dry_run_asks_and_saves_what_is_left(
        self, recordings: list[Path], tmp_path: Path
    ) -> None:
        before = snapshot(tmp_path)
        way = (*self.WAY, "--dry-run", "--plan-file", str(tmp_path.with_suffix(".json")))
        outcome = answer([b"n\n", b"y\n"], tmp_path, *way)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(tmp_path) == before
        done = fix("--from-plan", tmp_path.with_suffix(".json"), "--yes", cwd=tmp_path)
        assert done.code == 0, done.stderr
        assert {unit_of(path) for path in recordings} == {"pixels"}
        assert all(map(is_percent, recordings))
