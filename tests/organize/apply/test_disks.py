"""Disks that are full, that are two, or that share blocks: real ones, mounted for the test."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
from tests.mounting import mounted_tmpfs
from tests.organize.apply.planned import Planner, stamp_of, tree, unfinished_run, write_session
from tests.video.written_videos import write_video

from posecheck.model.errors import ApplyError, UsageError
from posecheck.organize.apply import apply_plan, resume, undo
from posecheck.organize.plan.values import FileMode
from posecheck.transaction.steps import TransferMode

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of its own
FILM = "sub-a/sub-a_behavior/sub-a_camera.mp4"
LISTED = "/processing/behavior/original_videos"
MB = 1024**2


@pytest.fixture
def other_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as made:
        yield Path(made)


def plan_bare(dandiset: Path, **modes: object) -> Planner:
    dandiset.mkdir(exist_ok=True)
    (dandiset / "dandiset.yaml").touch()
    return Planner(dandiset, **modes)  # type: ignore[arg-type]


def plan_one(lab: Path, dandiset: Path, **modes: object) -> Planner:
    planner = plan_bare(dandiset, **modes)
    planner.add_both(lab / "a.nwb", lab / "a film.mp4", "a")
    return planner


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("videos", [TransferMode.AUTO, TransferMode.MOVE])
def test_from_one_disk_to_another(
    tmp_path: Path, other_disk: Path, videos: TransferMode, jobs: int
) -> None:
    write_session(tmp_path / "lab", "a")
    dandiset = other_disk / "dandiset"
    dandiset.mkdir()
    before = tree(tmp_path, other_disk, ignoring="")
    planner = plan_one(tmp_path / "lab", dandiset, files=FileMode.MOVE, videos=videos)
    # One that is not rewritten crosses as well.
    write_session(tmp_path / "more", "c")
    planner.add_session(tmp_path / "more" / "c.nwb", "sub-c", "sub-c.nwb", rewrites={})
    before = tree(tmp_path, other_disk, ignoring="")
    apply_plan(planner.plan(), jobs=jobs)
    assert (dandiset / FILM).read_bytes() == b"a" * 5000
    assert (dandiset / FILM).stat().st_nlink == 1
    assert not (tmp_path / "lab/a.nwb").exists()
    assert not (tmp_path / "more/c.nwb").exists()
    undo(dandiset)
    assert tree(tmp_path, other_disk, ignoring="") == before


def test_a_hard_link_to_another_disk_is_refused(tmp_path: Path, other_disk: Path) -> None:
    write_session(tmp_path / "lab", "a")
    planner = plan_one(tmp_path / "lab", other_disk / "dandiset", videos=TransferMode.HARDLINK)
    with pytest.raises(UsageError, match="a hardlink is not possible here"):
        apply_plan(planner.plan())
    assert set(tree(other_disk / "dandiset", ignoring="")) == {"dandiset/dandiset.yaml"}


def test_blocks_that_cannot_be_shared_are_refused(tmp_path: Path, other_disk: Path) -> None:
    write_session(tmp_path / "lab", "a")
    planner = plan_one(tmp_path / "lab", other_disk / "dandiset", videos=TransferMode.REFLINK)
    with pytest.raises(UsageError, match="cannot share blocks"):
        apply_plan(planner.plan())
    assert set(tree(other_disk / "dandiset", ignoring="")) == {"dandiset/dandiset.yaml"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of three megabytes, in memory."""
    with mounted_tmpfs(tmp_path / "small", "3m") as where:
        yield where


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("files", list(FileMode))
def test_a_full_disk_loses_nothing(
    tmp_path: Path, small_disk: Path, files: FileMode, jobs: int
) -> None:
    lab, dandiset = tmp_path / "lab", small_disk / "dandiset"
    _, film = write_session(lab, "a")
    film.write_bytes(os.urandom(2 * MB))
    filler = small_disk / "filler"
    filler.write_bytes(bytes(2 * MB))
    planner = plan_one(lab, dandiset, files=files, videos=TransferMode(files))
    before = tree(lab, dandiset, ignoring="")
    with pytest.raises(
        ApplyError, match=r"No space left on device\. 0 NWB files and 0 videos of 2"
    ):
        apply_plan(planner.plan(), jobs=jobs)
    assert tree(lab) == {name: entry for name, entry in before.items() if name.startswith("lab/")}
    assert not list(dandiset.rglob("*.tmp"))
    filler.unlink()
    applied = resume(dandiset, jobs=jobs)
    assert (applied.recordings, applied.media) == (1, 1)
    undo(dandiset)
    assert tree(lab, dandiset, ignoring="") == before


@pytest.mark.parametrize("room", range(200_000, 440_000, 30_000))
def test_a_disk_that_fills_up_while_a_string_is_written(
    tmp_path: Path, small_disk: Path, room: int
) -> None:
    lab, dandiset = tmp_path / "lab", small_disk / "dandiset"
    path, film = write_session(lab, "a")
    with h5py.File(path, "r+") as file:
        del file[LISTED]
        file.create_dataset(LISTED, data=[film.name] * 700, dtype=h5py.string_dtype())
    planner = plan_bare(dandiset, files=FileMode.MOVE)
    there = dandiset / "sub-a" / f"{'long' * 60}.mp4"
    there.parent.mkdir()
    there.touch()
    # The new texts need heaps beyond the end of the file.
    planner.add_session(path, "sub-a", "sub-a.nwb", rewrites={film.name: there.name})
    before = tree(lab, dandiset, ignoring="")
    filler = small_disk / "filler"
    statistics = os.statvfs(small_disk)
    filler.write_bytes(bytes(statistics.f_bavail * statistics.f_bsize - room))
    with pytest.raises((ApplyError, UsageError), match="No space left on device"):
        apply_plan(planner.plan(), jobs=1)
    assert path.exists()
    assert not (dandiset / "sub-a/sub-a.nwb").exists()
    filler.unlink()
    if unfinished_run(dandiset):
        undo(dandiset)
    assert tree(lab, dandiset, ignoring="") == before


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_disk_that_fills_up_while_a_film_is_remuxed(
    tmp_path: Path, small_disk: Path, jobs: int
) -> None:
    film = write_video(
        tmp_path / "a.mkv", 90, codec="mjpeg", width=640, height=480, pixel_format="yuvj420p"
    )
    assert film.stat().st_size > 200_000
    planner = plan_bare(small_disk / "dandiset", videos=TransferMode.MOVE)
    planner.add_film(film, "a.mp4", remux=True)
    statistics = os.statvfs(small_disk)
    filler = small_disk / "filler"
    size = film.stat().st_size // 2
    filler.write_bytes(bytes(statistics.f_bavail * statistics.f_bsize - size - 16_384))
    with pytest.raises(ApplyError, match="No space left on device"):
        apply_plan(planner.plan(), jobs=jobs)
    filler.unlink()
    assert film.exists()
    resume(planner.dandiset, jobs=jobs)
    assert (planner.dandiset / "a.mp4").exists()


def test_a_file_that_grows_too_large(tmp_path: Path) -> None:
    """A limit on the size of files, which holds for root as well, ends a copy half way."""
    lab, dandiset = tmp_path / "lab", tmp_path / "dandiset"
    _, film = write_session(lab, "a")
    film.write_bytes(os.urandom(2 * MB))
    planner = plan_one(lab, dandiset, files=FileMode.MOVE, videos=TransferMode.COPY)
    assert planner.media[0].stamp == stamp_of(film)
    before = tree(lab, dandiset, ignoring="")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MB, limits[1]))
    try:
        with pytest.raises(ApplyError, match="File too large"):
            apply_plan(planner.plan(), jobs=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    resume(dandiset, jobs=1)
    assert (dandiset / FILM).read_bytes() == film.read_bytes()
    undo(dandiset)
    assert tree(lab, dandiset, ignoring="") == before
