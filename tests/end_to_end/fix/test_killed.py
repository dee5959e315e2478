"""A run that is struck down can be resumed or undone; a file is the old one or the new one."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.end_to_end.fix.faulty import CONFIDENCE, copy_sessions, fix, flat
from tests.end_to_end.organize.dandisets import contents, snapshot
from tests.end_to_end.running import strike

pytestmark = pytest.mark.slow

FILES = 6
WAY = ("fix", "dandiset", "--yes", "--unsafe-fixes", "--engine", "pose")


@pytest.fixture(scope="module")
def large(faulty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faulty recordings whose edits take long enough that a signal arrives meanwhile."""
    folder = tmp_path_factory.mktemp("large")
    paths = copy_sessions(faulty, folder / "dandiset", FILES)
    random = np.random.default_rng(1)
    for path in paths:
        with h5py.File(path, "r+") as file:
            attributes = dict(file[CONFIDENCE].attrs)
            del file[CONFIDENCE]
            values = random.uniform(60, 100, 1_500_000).astype(np.float32)
            file.create_dataset(CONFIDENCE, data=values)
            file[CONFIDENCE].attrs.update(attributes)
            data = random.uniform(1, 60, (1_500_000, 2)).astype(np.float32)
            place = CONFIDENCE.replace("confidence", "data")
            attributes = dict(file[place].attrs)
            del file[place]
            file.create_dataset(place, data=data)
            file[place].attrs.update(attributes)
    return folder


@pytest.fixture
def lab(large: Path, tmp_path: Path) -> Path:
    shutil.copytree(large / "dandiset", tmp_path / "dandiset")
    return tmp_path


@pytest.fixture(scope="module")
def fixed(large: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run that nobody disturbs leaves."""
    folder = tmp_path_factory.mktemp("fixed")
    shutil.copytree(large / "dandiset", folder / "dandiset")
    outcome = fix("dandiset", "--yes", "--unsafe-fixes", cwd=folder)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    return contents(folder)


def journal(lab: Path) -> Iterator[dict[str, object]]:
    """The steps that are written so far."""
    for path in lab.rglob("journal.jsonl"):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def wrote(step: str) -> Callable[[Path], bool]:
    return lambda lab: any(one["step"] == step for one in journal(lab))


def is_copying(lab: Path) -> bool:
    return any(lab.rglob(".posecheck-*.tmp"))


def is_keeping(lab: Path) -> bool:
    """Whether a copy was edited, and what it overwrites is being written."""
    return any(path.stat().st_size for path in lab.rglob("*.patch"))


def is_being_checked(lab: Path) -> bool:
    """Whether all is done, and the run has let go of the folder's lock: it checks again now."""
    if not wrote("done")(lab):
        return False
    (path,) = lab.rglob(".posecheck/fix/lock")
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def is_half_done(lab: Path) -> bool:
    places = [one for one in journal(lab) if one["step"] == "place"]
    return len(places) >= 2


WHEN = {
    "begun": wrote("begin"),
    "copying": is_copying,
    "keeping": is_keeping,
    "first placed": wrote("place"),
    "half done": is_half_done,
    "all placed": wrote("placed"),
}


def strike_down(lab: Path, when: str, *, jobs: str = "1") -> None:
    is_time = WHEN[when]
    strike(*WAY, "--jobs", jobs, cwd=lab, when=lambda: is_time(lab))


def assert_old_or_new(lab: Path, old: dict[str, str], new: dict[str, str]) -> None:
    """Every file has all its bytes of before, or all of afterwards."""
    for name, digest in contents(lab).items():
        if name.endswith(".tmp"):
            continue
        assert digest in {old[name], new[name]}, name


@pytest.mark.parametrize("when", WHEN)
class TestKilled:
    def test_it_can_be_resumed_and_then_undone(
        self, lab: Path, fixed: dict[str, str], when: str
    ) -> None:
        before, old = snapshot(lab), contents(lab)
        strike_down(lab, when)
        assert_old_or_new(lab, old, fixed)
        outcome = fix("--resume", "dandiset", cwd=lab)
        if outcome.code == 2 and when == "all placed":
            assert "was broken off" in outcome.stderr  # it was done before it was struck
        else:
            assert outcome.code == 0, outcome.stdout + outcome.stderr
            assert "Checked again" in outcome.stdout
        assert contents(lab) == fixed
        outcome = fix("--undo", "dandiset", cwd=lab)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(lab) == before
        assert not (lab / "dandiset" / ".posecheck").exists()

    def test_it_can_be_undone(self, lab: Path, fixed: dict[str, str], when: str) -> None:
        before, old = snapshot(lab), contents(lab)
        strike_down(lab, when, jobs="2")
        assert_old_or_new(lab, old, fixed)
        outcome = fix("--undo", "dandiset", cwd=lab)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(lab) == before


def test_an_unfinished_run_is_told_before_another_one(lab: Path) -> None:
    strike_down(lab, "first placed")
    after = snapshot(lab)
    for arguments in (("dandiset", "--yes"), ("dandiset", "--dry-run")):
        outcome = fix(*arguments, "--unsafe-fixes", cwd=lab)
        assert outcome.code == 2
        assert "--resume" in flat(outcome.stderr)
        assert "--undo" in flat(outcome.stderr)
        assert snapshot(lab) == after
    status = fix("--status", "dandiset", cwd=lab)
    assert status.code == 0
    assert f"of {FILES} files fixed" in status.stdout
    assert "broken off" in status.stdout


def test_a_killed_undoing_goes_on(lab: Path) -> None:
    before = snapshot(lab)
    assert fix("dandiset", "--yes", "--unsafe-fixes", cwd=lab).code == 0
    fixed = contents(lab)
    strike("fix", "--undo", "dandiset", cwd=lab, when=lambda: wrote("undo")(lab))
    assert_old_or_new(lab, {name: value.split()[0] for name, value in before.items()}, fixed)
    refused = fix("--resume", "dandiset", cwd=lab)
    assert refused.code == 2
    assert "--undo" in flat(refused.stderr)
    assert fix("--undo", "dandiset", cwd=lab).code == 0
    assert snapshot(lab) == before


def test_an_interrupted_undoing_says_how_to_go_on(lab: Path) -> None:
    before = snapshot(lab)
    assert fix("dandiset", "--yes", "--unsafe-fixes", cwd=lab).code == 0
    outcome = strike(
        *("fix", "--undo", "dandiset"),
        cwd=lab,
        when=lambda: wrote("undo")(lab),
        blow=signal.SIGINT,
    )
    assert outcome.code == 130
    assert "not all of it was undone" in flat(outcome.stderr)
    assert "posecheck fix --undo" in flat(outcome.stderr)
    assert fix("--undo", "dandiset", cwd=lab).code == 0
    assert snapshot(lab) == before


@pytest.mark.parametrize(
    ("blow", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
@pytest.mark.parametrize("when", ["copying", "first placed"])
def test_an_interrupted_run_says_how_to_go_on(
    lab: Path, fixed: dict[str, str], blow: signal.Signals, code: int, when: str
) -> None:
    is_time = WHEN[when]
    outcome = strike(*WAY, "--jobs", "1", cwd=lab, when=lambda: is_time(lab), blow=blow)
    assert outcome.code == code
    assert "Traceback" not in outcome.stderr
    assert "nothing is lost" in flat(outcome.stderr)
    assert "--resume" in outcome.stderr
    assert "--undo" in outcome.stderr
    assert not list(lab.rglob(".posecheck-*.tmp"))
    assert fix("--resume", "dandiset", cwd=lab).code == 0
    assert contents(lab) == fixed


def test_an_interrupted_check_leaves_a_run_that_can_be_undone(lab: Path) -> None:
    before = snapshot(lab)
    outcome = strike(
        *WAY, "--jobs", "1", cwd=lab, when=lambda: is_being_checked(lab), blow=signal.SIGINT
    )
    assert outcome.code == 130
    assert "Traceback" not in outcome.stderr
    assert "6 files are fixed" in flat(outcome.stderr)
    assert "not checked" in flat(outcome.stderr)
    assert "--undo" in outcome.stderr
    assert fix("--undo", "dandiset", cwd=lab).code == 0
    assert snapshot(lab) == before


def test_a_renamed_folder_is_resumed_where_it_is_now(lab: Path, fixed: dict[str, str]) -> None:
    strike_down(lab, "first placed")
    (lab / "dandiset").rename(lab / "renamed")
    outcome = fix("--resume", "renamed", cwd=lab)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert "Checked again" in outcome.stdout
    assert contents(lab) == {
        name.replace("dandiset/", "renamed/", 1): digest for name, digest in fixed.items()
    }
