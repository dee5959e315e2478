"""The command takes verdicts of earlier runs, and whatever befalls them, it says what is so."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.command import COMMAND, Outcome, environment, posecheck
from tests.engine.files import write_nwb
from tests.git_command import commit_all, git
from tests.mounting import TMPFS, mounted_tmpfs
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow

REST = 2.2
"""Seconds that a file must have been left alone."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Recordings of which one in three has a finding, and which have rested."""
    folder = tmp_path / "data"
    for number in range(12):
        write_nwb(folder / f"sub-{number}" / "a.nwb", highest=0.9 if number % 3 else 99.0)
    time.sleep(REST)
    return folder


def check(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Outcome:
    options = ("--isolated", "--output", "json", "--jobs", "2")
    return posecheck("validate", ".", *options, *arguments, cwd=folder, env=env)


def said(outcome: Outcome) -> Any:
    """Return what a report says, but for times, and for where it was taken from."""
    document = outcome.report
    for block in (document, *document["files"], *document["dandisets"]):
        block.pop("seconds")
    document.pop("remembered")
    return outcome.code, outcome.stderr, document


def test_the_second_run_takes_what_the_first_one_said(data: Path) -> None:
    first, second = check(data), check(data)
    assert (first.report["remembered"], second.report["remembered"]) == (0, 12)
    assert said(first) == said(second) == said(check(data, "--no-cache"))
    (data / "sub-3" / "a.nwb").touch()
    assert check(data).report["remembered"] == 11


def test_it_is_said_and_shown_and_forgotten(data: Path, own_cache: Path) -> None:
    posecheck("validate", ".", "--isolated", cwd=data)
    again = posecheck("validate", ".", "--isolated", cwd=data)
    assert "12 of 12 files unchanged since an earlier check, and not checked again." in again.stdout
    info = posecheck("cache", "info")
    assert str(own_cache) in info.stdout.replace("\n", "")
    assert "12 verdicts" in info.stdout
    described = json.loads(posecheck("cache", "info", "--json").stdout)
    assert described["entries"] == {"verdicts": 12}
    assert 0 < described["bytes"] < described["most_bytes"]
    assert "12 verdicts" in posecheck("cache", "clear").stdout
    assert "nothing" in posecheck("cache", "info").stdout
    assert check(data).report["remembered"] == 0


def test_without_it_nothing_is_read_or_written(data: Path, own_cache: Path) -> None:
    check(data, "--no-cache")
    assert not list(own_cache.iterdir())


def test_all_validators_say_the_same_of_what_is_remembered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_session(data / "sub-1" / "sub-1_ses-1.nwb", Footage(files=["camera.mp4", "gone.mp4"]))
    film(data / "sub-1" / "camera.mp4")
    (data / "dandiset.yaml").write_text("identifier: '000123'\n")
    time.sleep(REST)
    engines = ["--engine", "pose", "--engine=schema", "--engine=inspector", "--engine=layout"]
    first, second = check(data, *engines), check(data, *engines)
    assert second.report["remembered"] == 1
    assert said(first) == said(second)
    film(data / "sub-1" / "gone.mp4")
    time.sleep(REST)
    third = check(data, *engines)
    assert third.report["remembered"] == 0
    assert said(third) == said(check(data, "--no-cache", *engines))
    assert said(third) != said(first)


def test_a_baseline_is_held_against_what_is_remembered(data: Path) -> None:
    assert check(data).code == 1
    written = check(data, "--write-baseline", "known.json")
    assert written.report["remembered"] == 12
    known = check(data, "--baseline", "known.json")
    assert (known.code, known.report["remembered"]) == (0, 12)
    assert said(known) == said(check(data, "--baseline", "known.json", "--no-cache"))


def test_two_runs_at_a_time(data: Path) -> None:
    expected = said(check(data, "--no-cache"))
    command = [*COMMAND, "validate", ".", "--isolated", "--output", "json", "--engine", "pose"]
    for _ in range(2):
        running = [
            subprocess.Popen(
                command,
                cwd=data,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for each in running:
            stdout, stderr = each.communicate(timeout=120)
            assert said(Outcome(each.returncode, stdout, stderr)) == expected
    assert said(check(data)) == expected


@pytest.mark.skipif(os.name == "nt", reason="nothing is killed so there")
def test_a_run_that_is_killed(data: Path, own_cache: Path) -> None:
    expected = said(check(data, "--no-cache"))
    command = [*COMMAND, "validate", ".", "--isolated", "--engine", "pose", "--jobs", "1"]
    for seconds in (0.8, 1.1, 1.4, 1.7, 2.0):
        running = subprocess.Popen(
            command,
            cwd=data,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(seconds)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert said(check(data)) == expected


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in range(1000, len(content), 300):
        content[at] ^= 0xFF
    path.write_bytes(content)


def _be_something_else(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def _be_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [_cut, _overwrite, _be_something_else, _be_a_folder])
def test_a_damaged_file(data: Path, own_cache: Path, damage: Callable[[Path], None]) -> None:
    expected = said(check(data))
    (path,) = own_cache.rglob("*.sqlite")
    damage(path)
    for _ in range(2):
        assert said(check(data)) == expected


@pytest.mark.skipif(not TMPFS, reason="no file system can be mounted here")
def test_a_full_disk(data: Path, tmp_path: Path) -> None:
    expected = said(check(data, "--no-cache"))
    with mounted_tmpfs(tmp_path / "small", "16k") as folder:
        for _ in range(2):
            assert said(check(data, env={"POSECHECK_CACHE_DIR": str(folder)})) == expected


@pytest.mark.skipif(not TMPFS, reason="no file system can be mounted here")
def test_a_home_that_cannot_be_written(data: Path, tmp_path: Path) -> None:
    expected = said(check(data, "--no-cache"))
    with mounted_tmpfs(tmp_path / "home", "1m") as folder:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        for _ in range(2):
            assert said(check(data, env={"POSECHECK_CACHE_DIR": str(folder)})) == expected


@pytest.mark.skipif(
    shutil.which("git-annex", path=str(Path(sys.executable).parent)) is None,
    reason="git-annex is not installed",
)
def test_content_of_git_annex_comes_and_goes(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    write_session(origin / "sub-1" / "a.nwb", Footage(files=["camera.mp4"]))
    film(origin / "sub-1" / "camera.mp4")
    git(origin, "init", "--quiet", "--initial-branch", "main")
    git(origin, "annex", "init", "origin")
    git(origin, "annex", "add", "--quiet", ".")
    commit_all(origin)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    git(clone, "annex", "init", "clone")
    heard = []
    for change in (
        (),
        ("get", "sub-1/a.nwb"),
        ("get", "sub-1/camera.mp4"),
        (),
        ("drop", "sub-1/camera.mp4"),
        ("drop", "sub-1/a.nwb"),
        ("get", "."),
    ):
        if change:
            git(clone, "annex", change[0], "--quiet", *change[1:])
        time.sleep(REST)
        outcome = check(clone)
        assert said(outcome) == said(check(clone, "--no-cache"))
        heard.append(outcome.report["remembered"])
    assert heard[3] == 1
    assert check(clone).report["remembered"] == 1
