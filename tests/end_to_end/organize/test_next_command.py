"""The next command that is printed can be pasted where it is printed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome
from tests.end_to_end.organize.dandisets import organize, snapshot
from tests.end_to_end.running import limited, paste
from tests.files.test_annex import annex

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="a POSIX shell reads the commands"),
]

FOLDERS = ["dandiset", "the lab's dandiset", "$HOME", "käfig\n2", "-d"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_command_that_undoes_a_run(single: Path, folder: str) -> None:
    """It names the dandiset, where the current folder does not, and quotes it for the shell."""
    (single / "dandiset").rename(single / folder)
    before = snapshot(single)
    outcome = organize("raw", "-d", f"./{folder}", "--files", "move", "--yes", cwd=single)
    assert outcome.code == 0, outcome.stderr
    assert snapshot(single) != before
    (command,) = re.findall(r"^To undo it: (.*)$", outcome.stdout, re.MULTILINE)
    assert paste(command, cwd=single).code == 0
    assert snapshot(single) == before


def test_who_stands_in_the_dandiset_need_not_name_it(single: Path) -> None:
    outcome = organize("../raw", "--yes", cwd=single / "dandiset")
    assert outcome.code == 0, outcome.stderr
    assert "To undo it: posecheck organize --undo\n" in outcome.stdout


def test_the_commands_after_a_run_that_stopped(single: Path) -> None:
    (single / "dandiset").rename(single / "my data")
    before = snapshot(single)
    stopped = limited(100, "organize", "raw", "-d", "my data", "--yes", cwd=single)
    assert stopped.code == 1, stopped.stdout + stopped.stderr
    resume, undo = _commands(stopped)
    assert shlex.split(resume) == ["posecheck", "organize", "--resume", "-d", "my data"]
    refused = organize("raw", "-d", "my data", "--yes", cwd=single)
    assert refused.code == 2
    assert _commands(refused) == [resume, undo]
    assert paste(undo, cwd=single).code == 0
    assert snapshot(single) == before


def test_the_commands_that_fetch_content(single: Path) -> None:
    """git-annex is run in the repository's folder, which is none of the user's."""
    raw = single / "my raw"
    (single / "raw").rename(raw)
    annex(raw, "init", "--quiet")
    annex(raw, "annex", "init", "--quiet")
    annex(raw, "annex", "add", "--quiet", "videos/top1.mp4")
    annex(raw, "commit", "--quiet", "--message", "Add a video")
    clone = single / "my clone"
    annex(single, "clone", "--quiet", str(raw), str(clone))
    annex(clone, "annex", "init", "--quiet")
    shutil.copy2(raw / "session1.nwb", clone)
    outcome = organize("my clone", "-d", "dandiset", "--yes", cwd=single)
    assert outcome.code == 1
    assert "not-fetched" in outcome.stdout
    (command,) = re.findall(r"`(git -C .*)`", outcome.stdout)
    annex(single, *shlex.split(command)[1:])
    assert organize("my clone", "-d", "dandiset", "--yes", cwd=single).code == 0


def _commands(outcome: Outcome) -> list[str]:
    return re.findall(r"`(posecheck organize --[^`]+)`", outcome.stderr)
