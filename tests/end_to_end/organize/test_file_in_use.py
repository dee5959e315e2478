"""A recording that another program is writing is neither copied nor moved, and loses nothing.

``dandi organize`` 0.81 moves it: the program writes on into a file without a name.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.organize.dandisets import bring, organize, recordings, snapshot
from tests.writer import ADDED, open_for_writing

pytestmark = pytest.mark.slow

WAYS = [
    ("--files", "copy", "--videos", "copy"),
    ("--files", "copy", "--videos", "hardlink"),
    ("--files", "move", "--videos", "move"),
]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_it_is_a_conflict(lab: Path, way: tuple[str, ...]) -> None:
    before = snapshot(lab)
    with open_for_writing(lab / "raw" / "session1.nwb"):
        outcome = organize("raw", "-d", "dandiset", "--yes", *way, cwd=lab)
    assert outcome.code == 1
    assert "file-in-use" in outcome.stdout
    assert "session1.nwb" in outcome.stdout
    (lab / "raw" / "session1.nwb").unlink()
    after = snapshot(lab)
    assert {name: entry for name, entry in before.items() if name in after} == after


def test_the_others_can_be_brought(lab: Path) -> None:
    with open_for_writing(lab / "raw" / "session1.nwb"):
        outcome = organize(
            *("raw", "-d", "dandiset", "--yes", "--files", "move", "--skip-conflicts"), cwd=lab
        )
    assert outcome.code == 1
    assert len(recordings(lab / "dandiset")) == 2
    with h5py.File(lab / "raw" / "session1.nwb", "r") as file:
        assert ADDED in file


def test_a_plan_made_before_is_not_applied(lab: Path) -> None:
    made = organize("raw", "-d", "dandiset", "--dry-run", "--plan-file", "plan.json", cwd=lab)
    assert made.code == 0, made.stderr
    with open_for_writing(lab / "raw" / "session1.nwb"):
        outcome = organize("--from-plan", "plan.json", "--yes", cwd=lab)
        assert outcome.code == 2
        assert "is open for writing in another program" in outcome.stderr
        assert "Nothing was touched" in outcome.stderr
    assert recordings(lab / "dandiset") == {}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_what_was_brought_is_not_taken_from_who_writes_it(lab: Path, way: tuple[str, ...]) -> None:
    before = snapshot(lab / "raw")
    bring(lab / "raw", lab / "dandiset", *way)
    path = next(iter(recordings(lab / "dandiset").values()))
    shutil.copy2(path, lab / "kept")
    with open_for_writing(path):
        outcome = organize("--undo", "-d", "dandiset", cwd=lab)
        assert outcome.code == 2
        assert "is open for writing in another program" in outcome.stderr
    with h5py.File(path, "r") as file:
        assert ADDED in file
    shutil.copy2(lab / "kept", path)
    outcome = organize("--undo", "-d", "dandiset", cwd=lab)
    assert outcome.code == 0, outcome.stderr
    assert snapshot(lab / "raw") == before


def test_where_there_are_no_locks_the_plan_says_so_once(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "FALSE")
    outcome = organize("raw", "-d", "dandiset", "--yes", cwd=lab)
    assert outcome.code == 0
    assert " ".join(outcome.stdout.split()).count("3 NWB files: the file system has no locks") == 1
