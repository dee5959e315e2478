"""A disk that is full, or fills up: nothing is lost, and the run goes on once there is space."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.end_to_end.fix.faulty import UNIT, copy_sessions, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import contents, snapshot
from tests.end_to_end.running import limited
from tests.mounting import BTRFS, mounted_btrfs, mounted_tmpfs

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Another device, of 12 MB."""
    with mounted_tmpfs(tmp_path / "disk", "12m") as folder:
        yield folder


def fill(disk: Path, *, leave: int) -> None:
    (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - leave))


def enlarge(path: Path) -> None:
    """Make a recording 1.5 MB larger."""
    with h5py.File(path, "r+") as file:
        file["large"] = np.random.default_rng(1).integers(0, 256, 1_500_000, np.uint8)


def test_a_full_disk_is_told_before_anything_is_touched(faulty: Path, disk: Path) -> None:
    for path in copy_sessions(faulty, disk / "dandiset", 2):
        enlarge(path)
    fill(disk, leave=300_000)
    before = snapshot(disk)
    outcome = fix("dandiset", "--yes", cwd=disk)
    assert outcome.code == 2
    assert "MB are free" in flat(outcome.stderr)
    assert "Nothing was touched" in flat(outcome.stderr)
    assert snapshot(disk) == before
    assert not (disk / "dandiset" / ".posecheck").exists()


def test_a_disk_without_a_byte_is_told(faulty: Path, disk: Path) -> None:
    copy_sessions(faulty, disk / "dandiset", 1)
    fill(disk, leave=0)
    before = snapshot(disk)
    outcome = fix("dandiset", "--yes", cwd=disk)
    assert outcome.code == 2, outcome.stdout
    assert snapshot(disk) == before


def test_a_file_system_that_refuses_to_grow_stops_the_run_and_it_can_go_on(
    faulty: Path, tmp_path: Path
) -> None:
    """Files may not grow beyond a limit, as under a quota: the copy ends half way."""
    paths = copy_sessions(faulty, tmp_path / "dandiset", 3)
    enlarge(paths[1])
    old = contents(tmp_path)
    outcome = limited(
        1000, "fix", "dandiset", "--yes", "--engine", "pose", "--jobs", "1", cwd=tmp_path
    )
    assert outcome.code == 1, outcome.stdout + outcome.stderr
    text = flat(outcome.stderr)
    assert "nothing is lost" in text
    assert "--resume" in text
    assert (
        contents(tmp_path)[paths[1].relative_to(tmp_path).as_posix()]
        == (old[paths[1].relative_to(tmp_path).as_posix()])
    )
    assert not list(tmp_path.rglob(".posecheck-*.tmp"))
    resumed = fix("--resume", "dandiset", cwd=tmp_path)
    assert resumed.code == 0, resumed.stderr
    assert {unit_of(path) for path in paths} == {"pixels"}
    assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
    assert contents(tmp_path) == old


def test_a_disk_that_is_full_can_be_undone_as_far_as_it_holds_a_copy(
    faulty: Path, disk: Path
) -> None:
    (path,) = copy_sessions(faulty, disk / "dandiset", 1)
    enlarge(path)
    before = snapshot(disk)
    assert fix("dandiset", "--yes", cwd=disk).code == 0
    fill(disk, leave=200_000)
    filled = contents(disk)
    outcome = fix("--undo", "dandiset", cwd=disk)
    assert outcome.code == 1, outcome.stdout
    assert "Nothing is lost" in flat(outcome.stderr)
    assert {**contents(disk), **filled} == contents(disk)
    (disk / "filler").unlink()
    outcome = fix("--undo", "dandiset", cwd=disk)
    assert outcome.code == 0, outcome.stderr
    assert snapshot(disk) == before


if BTRFS:

    def test_where_blocks_are_shared_a_copy_needs_no_space(faulty: Path, tmp_path: Path) -> None:
        with mounted_btrfs(tmp_path / "pool") as pool:
            (path,) = copy_sessions(faulty, pool / "dandiset", 1)
            with h5py.File(path, "r+") as file:
                file["large"] = np.random.default_rng(1).integers(0, 256, 24_000_000, np.uint8)
            subprocess.run(["sync", "-f", str(pool)], check=True)
            fill(pool, leave=12_000_000)
            content = path.read_bytes()
            outcome = fix("dandiset", "--yes", cwd=pool)
            assert outcome.code == 0, outcome.stderr
            with h5py.File(path, "r") as file:
                assert file[UNIT].attrs["unit"] == "pixels"
            assert fix("--undo", "dandiset", cwd=pool).code == 0
            assert path.read_bytes() == content
