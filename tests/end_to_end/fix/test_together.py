"""Two runs at once, a worker that dies, and a file that changes while a run is broken off."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import outcome_of, start
from tests.end_to_end.fix.faulty import NOSE, copy_sessions, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import snapshot
from tests.end_to_end.running import strike

pytestmark = pytest.mark.slow

WAY = ("fix", "dandiset", "--yes", "--engine", "pose", "--jobs", "1")


def wait_for(folder: Path, pattern: str, content: bytes = b"") -> None:
    deadline = time.monotonic() + 60
    while not any(content in path.read_bytes() for path in folder.rglob(pattern)):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_second_run_waits_for_nobody_and_touches_nothing(faulty: Path, tmp_path: Path) -> None:
    paths = copy_sessions(faulty, tmp_path / "dandiset", 80)
    before = snapshot(tmp_path)
    assert fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path).code == 0
    (tmp_path / "plan.json").rename(tmp_path.with_suffix(".json"))
    first = start(*WAY, cwd=tmp_path)
    wait_for(tmp_path, "journal.jsonl", b"begin")
    os.kill(first.pid, signal.SIGSTOP)
    try:
        for arguments in (
            ("--from-plan", str(tmp_path.with_suffix(".json")), "--yes"),
            ("--undo", "dandiset"),
            ("--resume", "dandiset"),
            ("--finalize", "dandiset"),
        ):
            outcome = fix(*arguments, cwd=tmp_path)
            assert outcome.code == 2, arguments
            assert "another posecheck is fixing" in flat(outcome.stderr)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    done = outcome_of(first)
    assert done.code == 0, done.stdout + done.stderr
    assert {unit_of(path) for path in paths} == {"pixels"}
    assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("option", ["--resume", "--undo"])
def test_a_file_that_changes_while_a_run_is_broken_off(
    faulty: Path, tmp_path: Path, option: str
) -> None:
    paths = copy_sessions(faulty, tmp_path / "dandiset", 40)
    strike(*WAY, cwd=tmp_path, when=lambda: is_placed(tmp_path))
    by_unit = {unit: [path for path in paths if unit_of(path) == unit] for unit in ("px", "pixels")}
    changed = by_unit["px" if option == "--resume" else "pixels"][-1]
    content = changed.read_bytes()
    with h5py.File(changed, "r+") as file:
        file[NOSE].attrs["comments"] = "mine"
    mine = changed.read_bytes()
    outcome = fix(option, "dandiset", cwd=tmp_path)
    assert outcome.code == (1 if option == "--resume" else 2)
    assert changed.name in flat(outcome.stderr)
    assert changed.read_bytes() == mine
    if option == "--resume":
        assert "--undo" in flat(outcome.stderr)
        # what was not placed yet is not touched by undoing either
        assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
        assert changed.read_bytes() == mine
    else:
        changed.write_bytes(content)
        assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
        assert changed.read_bytes() != mine
    assert {unit_of(path) for path in paths} == {"px"}
    assert not (tmp_path / "dandiset" / ".posecheck").exists()


def is_placed(folder: Path) -> bool:
    """Whether a first file is surely in its place: the next one is announced."""
    journals = [path.read_bytes() for path in folder.rglob("journal.jsonl")]
    return any(content.count(b'"place"') > 1 for content in journals)


def test_a_renamed_folder_is_undone_where_it_is_now(recording: Path, tmp_path: Path) -> None:
    content = recording.read_bytes()
    assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
    (tmp_path / "dandiset").rename(tmp_path / "renamed")
    assert fix("--undo", "renamed", cwd=tmp_path).code == 0
    renamed = tmp_path / "renamed" / recording.relative_to(tmp_path / "dandiset")
    assert renamed.read_bytes() == content


def test_a_run_that_is_resumed_ends_as_it_would_have(
    recordings: list[Path], tmp_path: Path
) -> None:
    """A file that had to be left as it is counts, as it does without an interruption."""
    recordings[0].chmod(0o444)
    assert fix("dandiset", "--yes", cwd=tmp_path).code == 1
    (journal,) = tmp_path.rglob("journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"done"' not in line))
    outcome = fix("--resume", "dandiset", cwd=tmp_path)
    assert outcome.code == 1, outcome.stderr
    assert "2 findings fixed in 2 files" in outcome.stdout
    assert [unit_of(path) for path in recordings] == ["px", "pixels", "pixels"]
