"""File systems of their own: another device, a full one, one that shares blocks."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    bring,
    contents,
    organize,
    recordings,
    snapshot,
    start_dandiset,
)
from tests.mounting import BTRFS, mounted_btrfs, mounted_tmpfs

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Another device, of 4 MB."""
    with mounted_tmpfs(tmp_path / "disk", "4m") as folder:
        yield folder


class TestAnotherDevice:
    @pytest.mark.parametrize("way", ["auto", "symlink"])
    def test_a_video_arrives(self, single: Path, disk: Path, way: str) -> None:
        source = single / "raw" / "videos" / "top1.mp4"
        content = source.read_bytes()
        dandiset = start_dandiset(disk / "dandiset")
        bring(single / "raw", dandiset, "--videos", way, "--files", "move")
        (target,) = dandiset.rglob("*.mp4")
        assert target.read_bytes() == content
        assert source.exists()
        assert_all_resolve(dandiset)

    def test_a_move_can_be_taken_back(self, single: Path, disk: Path) -> None:
        dandiset = start_dandiset(disk / "dandiset")
        before = snapshot(single / "raw")
        bring(single / "raw", dandiset, "--videos", "move", "--files", "move")
        assert not contents(single / "raw")
        assert_all_resolve(dandiset)
        outcome = organize("--undo", "-d", dandiset, cwd=single)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(single / "raw") == before

    def test_a_hard_link_is_refused_before_anything_is_touched(
        self, single: Path, disk: Path
    ) -> None:
        dandiset = start_dandiset(disk / "dandiset")
        before = contents(single / "raw")
        outcome = organize("raw", "-d", dandiset, "--yes", "--videos", "hardlink", cwd=single)
        assert outcome.code == 2
        assert "another file system" in outcome.stderr
        assert contents(single / "raw") == before
        assert not recordings(dandiset)


class TestFullDisk:
    def test_it_is_reported_before_anything_is_touched(self, single: Path, disk: Path) -> None:
        dandiset = start_dandiset(disk / "dandiset")
        fill(disk, leave=100_000)
        outcome = organize("raw", "-d", dandiset, "--yes", cwd=single)
        assert outcome.code == 1
        assert "no-space" in outcome.stdout
        assert set(contents(dandiset)) == {"dandiset.yaml"}

    def test_one_that_fills_up_meanwhile_stops_the_run_and_it_can_go_on(
        self, single: Path, disk: Path
    ) -> None:
        dandiset = start_dandiset(disk / "dandiset")
        planned = organize("raw", "-d", dandiset, "-n", "--plan-file", "plan.json", cwd=single)
        assert planned.code == 0
        before = snapshot(single / "raw")
        fill(disk, leave=100_000)
        outcome = organize("--from-plan", "plan.json", "--yes", cwd=single)
        assert outcome.code == 1, outcome.stdout + outcome.stderr
        assert "space" in outcome.stderr
        assert not recordings(dandiset)
        (disk / "filler").unlink()
        if "--resume" in outcome.stderr:
            assert organize("--resume", "-d", dandiset, cwd=single).code == 0
        else:
            assert organize("--from-plan", "plan.json", "--yes", cwd=single).code == 0
        assert_all_resolve(dandiset)
        assert snapshot(single / "raw") == before


def fill(disk: Path, *, leave: int) -> None:
    (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - leave))


if BTRFS:

    class TestSharedBlocks:
        @pytest.fixture
        def pool(self, tmp_path: Path) -> Iterator[Path]:
            with mounted_btrfs(tmp_path / "pool") as folder:
                yield folder

        @pytest.mark.parametrize("way", ["reflink", "auto"])
        def test_a_video_shares_its_blocks_and_not_its_inode(
            self, written: Path, pool: Path, way: str
        ) -> None:
            shutil.copytree(written, pool / "raw")
            video = pool / "raw" / "videos" / "top1.mp4"
            video.write_bytes(video.read_bytes() + bytes(256 * 1024))
            subprocess.run(["sync", "-f", str(video)], check=True)
            dandiset = start_dandiset(pool / "dandiset")
            bring(pool / "raw", dandiset, "--videos", way)
            assert_all_resolve(dandiset)
            (target,) = (
                path for path in dandiset.rglob("*.mp4") if path.stat().st_size > 256 * 1024
            )
            assert target.read_bytes() == video.read_bytes()
            assert target.stat().st_ino != video.stat().st_ino
            assert extents(target) == extents(video)


def extents(path: Path) -> str:
    """Where the blocks of a file lie on the disk."""
    done = subprocess.run(["filefrag", "-v", str(path)], capture_output=True, check=True, text=True)
    return "\n".join(line.split("shared")[0] for line in done.stdout.splitlines()[3:-1])
