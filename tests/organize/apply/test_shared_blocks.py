"""A disk that shares blocks between files: a real Btrfs, mounted for the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.mounting import mounted_btrfs
from tests.organize.apply.planned import Planner, tree, write_session

from posecheck.organize.apply import apply_plan, undo
from posecheck.organize.plan.values import FileMode
from posecheck.transaction.steps import TransferMode

FILM = "sub-a/sub-a_behavior/sub-a_camera.mp4"
MB = 1024**2


@pytest.fixture
def sharing_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk that shares blocks."""
    with mounted_btrfs(tmp_path / "disk") as where:
        yield where


def test_blocks_are_shared_where_the_disk_can(sharing_disk: Path) -> None:
    lab, dandiset = sharing_disk / "lab", sharing_disk / "dandiset"
    _, film = write_session(lab, "a")
    film.write_bytes(os.urandom(30 * MB))
    dandiset.mkdir()
    (dandiset / "dandiset.yaml").touch()
    planner = Planner(dandiset, files=FileMode.MOVE, videos=TransferMode.AUTO)
    planner.add_both(lab / "a.nwb", film, "a")
    os.sync()
    before = tree(lab, dandiset, ignoring="")
    free = os.statvfs(sharing_disk).f_bavail * os.statvfs(sharing_disk).f_bsize
    applied = apply_plan(planner.plan(), jobs=1)
    os.sync()
    left = os.statvfs(sharing_disk).f_bavail * os.statvfs(sharing_disk).f_bsize
    assert free - left < 15 * MB
    assert "blocks shared" in applied.notes[0]
    assert not film.samefile(dandiset / FILM)
    assert film.read_bytes() == (dandiset / FILM).read_bytes()
    with (dandiset / FILM).open("r+b") as file:
        file.write(b"mine")
    assert film.read_bytes()[:4] != b"mine"
    os.utime(dandiset / FILM, ns=(0, film.stat().st_mtime_ns))
    undo(dandiset)
    assert tree(lab, dandiset, ignoring="") == before
