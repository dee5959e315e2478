"""Every run is undone byte for byte, one after the other, unless somebody changed a file since."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.end_to_end.command import posecheck
from tests.end_to_end.fix.faulty import CONFIDENCE, NOSE, UNIT, copy_sessions, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import contents, snapshot

pytestmark = pytest.mark.slow


def is_percent(path: Path) -> bool:
    with h5py.File(path, "r") as file:
        return float(file[CONFIDENCE][:1000].max()) > 1


def test_large_arrays_are_restored(faulty: Path, tmp_path: Path) -> None:
    """Confidence is computed again in place, and sentinels become NaN; both are restored."""
    (path,) = copy_sessions(faulty, tmp_path / "dandiset", 1)
    random = np.random.default_rng(3)
    with h5py.File(path, "r+") as file:
        for place, values in (
            (CONFIDENCE, random.uniform(50, 100, 3_000_000).astype(np.float32)),
            (UNIT, random.uniform(1, 60, (3_000_000, 2)).astype(np.float32)),
        ):
            attributes = dict(file[place].attrs)
            del file[place]
            file.create_dataset(place, data=values, chunks=True, compression="gzip")
            file[place].attrs.update(attributes)
        file[UNIT][::7] = 0  # where nothing was found
        file[CONFIDENCE][::7] = 0
    before = snapshot(tmp_path)
    outcome = fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    with h5py.File(path, "r") as file:
        assert float(file[CONFIDENCE][...].max()) <= 1
        assert np.isnan(file[UNIT][::7]).all()
        assert file[UNIT].attrs["unit"] == "pixels"
    # what undoes it is what was overwritten, not the file once more
    (patch,) = tmp_path.rglob("*.patch")
    assert patch.stat().st_size < path.stat().st_size * 1.2
    assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
    assert snapshot(tmp_path) == before


def test_runs_are_undone_one_by_one(recordings: list[Path], tmp_path: Path) -> None:
    states = [snapshot(tmp_path)]
    assert fix(recordings[0], "--yes", cwd=tmp_path).code == 0
    states.append(snapshot(tmp_path))
    assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
    states.append(snapshot(tmp_path))
    assert fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path).code == 0
    status = fix("--status", "dandiset", cwd=tmp_path)
    assert status.code == 0
    assert [line.partition(": ")[2].split(",")[0] for line in status.stdout.splitlines()] == [
        "1 of 1 file fixed",
        "2 of 2 files fixed",
        "3 of 3 files fixed",
    ]
    while states:
        outcome = fix("--undo", "dandiset", cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(tmp_path) == states.pop()
    outcome = fix("--undo", "dandiset", cwd=tmp_path)
    assert outcome.code == 2
    assert "nothing was fixed" in outcome.stderr
    assert not (tmp_path / "dandiset" / ".posecheck").exists()


@pytest.mark.parametrize("how", ["edited", "replaced", "removed", "linked"])
def test_a_file_that_was_changed_since_is_not_undone_and_nothing_is_touched(
    recordings: list[Path], tmp_path: Path, how: str
) -> None:
    assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
    path = recordings[1]
    if how == "edited":
        with h5py.File(path, "r+") as file:
            file[NOSE].attrs["comments"] = "mine"
    elif how == "replaced":
        path.write_bytes(b"another file")
    elif how == "removed":
        path.unlink()
    else:
        path.rename(tmp_path / "kept.nwb")
        path.symlink_to(tmp_path / "kept.nwb")
    before = snapshot(tmp_path)
    outcome = fix("--undo", "dandiset", cwd=tmp_path)
    assert outcome.code == 2
    assert path.name in flat(outcome.stderr)
    assert "Nothing was touched" in flat(outcome.stderr)
    assert snapshot(tmp_path) == before


def test_a_file_that_was_only_touched_is_undone(recording: Path, tmp_path: Path) -> None:
    """A copy, a backup or an archive may have changed its times and its inode."""
    content = recording.read_bytes()
    assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
    shutil.copytree(tmp_path / "dandiset", tmp_path / "restored", copy_function=shutil.copy)
    outcome = fix("--undo", "restored", cwd=tmp_path)
    assert outcome.code == 0, outcome.stderr
    assert (tmp_path / "restored" / recording.relative_to(tmp_path / "dandiset")).read_bytes() == (
        content
    )
    assert unit_of(recording) == "pixels"


def test_a_damaged_patch_is_noticed_before_anything_is_touched(
    recordings: list[Path], tmp_path: Path
) -> None:
    assert fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path).code == 0
    patch = max(tmp_path.rglob("*.patch"))
    content = patch.read_bytes()
    for damaged in (content[: len(content) // 2], content[:-9] + bytes(9), b""):
        patch.write_bytes(damaged)
        before = snapshot(tmp_path)
        outcome = fix("--undo", "dandiset", cwd=tmp_path)
        assert outcome.code in {1, 2}, outcome.stdout
        assert outcome.stderr.strip()
        assert contents(tmp_path) == {
            name: value.split()[0] for name, value in before.items() if value != "folder"
        }
    patch.write_bytes(content)
    assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
    assert {unit_of(path) for path in recordings} == {"px"}


class TestFinalize:
    def test_it_frees_the_space(self, recordings: list[Path], tmp_path: Path) -> None:
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        assert fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path).code == 0
        after = snapshot(tmp_path)
        outcome = fix("--finalize", "dandiset", cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert "2 runs are final" in outcome.stdout
        assert "are free" in flat(outcome.stdout)
        assert snapshot(tmp_path) == after
        assert not (tmp_path / "dandiset" / ".posecheck").exists()
        for option in ("--undo", "--resume", "--finalize", "--status"):
            outcome = fix(option, "dandiset", cwd=tmp_path)
            assert outcome.code == 2
            assert outcome.stderr.strip()

    def test_where_nothing_was_done_there_is_nothing_to_go_on_with(
        self, recording: Path, tmp_path: Path
    ) -> None:
        before = snapshot(tmp_path)
        for option in ("--undo", "--resume", "--finalize", "--status"):
            outcome = fix(option, "dandiset", cwd=tmp_path)
            assert outcome.code == 2
            assert "nothing was fixed" in outcome.stderr
        assert snapshot(tmp_path) == before
        assert not list(tmp_path.rglob(".posecheck"))

    def test_a_finished_run_is_not_resumed(self, recording: Path, tmp_path: Path) -> None:
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        outcome = fix("--resume", "dandiset", cwd=tmp_path)
        assert outcome.code == 2
        assert "was broken off" in outcome.stderr

    def test_the_run_is_found_from_below(self, recording: Path, tmp_path: Path) -> None:
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        assert fix("--undo", cwd=recording.parent).code == 0
        assert unit_of(recording) == "px"


class TestAnotherUser:
    @pytest.fixture
    def other(self, tmp_path: Path) -> dict[str, str]:
        """The environment of another user."""
        return {"POSECHECK_STATE_DIR": str(tmp_path.with_name("state of another"))}

    @pytest.mark.parametrize("option", ["--undo", "--finalize", "--status"])
    def test_a_run_is_trusted_only_on_request(
        self, recording: Path, tmp_path: Path, other: dict[str, str], option: str
    ) -> None:
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        before = snapshot(tmp_path)
        refused = fix(option, "dandiset", cwd=tmp_path, env=other)
        assert snapshot(tmp_path) == before
        if option == "--status":
            assert "another" in flat(refused.stdout + refused.stderr)
        else:
            assert refused.code == 2
            assert "--trust-journal" in flat(refused.stderr)
            assert "plan.json" in flat(refused.stderr)
        trusted = fix(option, "dandiset", "--trust-journal", cwd=tmp_path, env=other)
        assert trusted.code == 0, trusted.stderr
        if option == "--undo":
            assert unit_of(recording) == "px"

    def test_a_broken_off_run_is_resumed_on_request(
        self, recordings: list[Path], tmp_path: Path, other: dict[str, str]
    ) -> None:
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        (journal,) = tmp_path.rglob("journal.jsonl")
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(line for line in lines if b'"done"' not in line))
        assert fix("--resume", "dandiset", cwd=tmp_path, env=other).code == 2
        outcome = fix("--resume", "dandiset", "--trust-journal", cwd=tmp_path, env=other)
        assert outcome.code == 0, outcome.stderr
        assert "Checked again" in outcome.stdout
        assert {unit_of(path) for path in recordings} == {"pixels"}

    def test_a_run_of_another_stands_in_nobodys_way(
        self, recordings: list[Path], tmp_path: Path, other: dict[str, str]
    ) -> None:
        assert fix(recordings[0], "--yes", cwd=tmp_path).code == 0
        done = posecheck("fix", "dandiset", "--yes", "--engine", "pose", cwd=tmp_path, env=other)
        assert done.code == 0, done.stderr
        assert "begun by another user" in flat(done.stdout + done.stderr)
        assert {unit_of(path) for path in recordings} == {"pixels"}
