"""A program that begins to write a recording while it is brought: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import h5py
import pytest
from tests.mounting import BTRFS, TMPFS, mounted_btrfs, mounted_tmpfs
from tests.organize.apply.planned import Planner, Recorder, write_session
from tests.writer import ADDED, open_for_writing

from posecheck.model.errors import ApplyError, UsageError
from posecheck.organize.apply import apply_plan, resume, undo
from posecheck.organize.plan.values import FileMode
from posecheck.transaction.steps import TransferMode

DISKS = ["here", *(["tmpfs"] if TMPFS else []), *(["btrfs"] if BTRFS else [])]


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder on each kind of file system; Btrfs shares blocks."""
    with ExitStack() as mounts:
        if request.param == "here":
            yield tmp_path
        elif request.param == "btrfs":
            yield mounts.enter_context(mounted_btrfs(tmp_path / "disk"))
        else:
            yield mounts.enter_context(mounted_tmpfs(tmp_path / "disk", "16m"))


@pytest.fixture
def planner(disk: Path) -> Planner:
    dandiset = disk / "dandiset"
    dandiset.mkdir()
    (dandiset / "dandiset.yaml").touch()
    planner = Planner(dandiset, files=FileMode.MOVE, videos=TransferMode.COPY)
    for name in ("a", "b"):
        planner.add_both(*write_session(disk / "lab", name), name)
    return planner


def when_all_is_placed(then: Callable[[], object]) -> Recorder:
    """Do something once, when the last recording is there and no source is removed yet."""
    done: list[object] = []

    def look(recorder: Recorder) -> None:
        if not done and recorder.done[-1] == recorder.total:
            done.append(then())

    return Recorder(look)


def test_between_copy_and_removal(disk: Path, planner: Planner) -> None:
    source = disk / "lab" / "a.nwb"
    with ExitStack() as writer:
        watch = when_all_is_placed(lambda: writer.enter_context(open_for_writing(source)))
        with pytest.raises(ApplyError, match="is open for writing in another program"):
            apply_plan(planner.plan(), jobs=1, listener=watch)
        with pytest.raises(ApplyError, match="is open for writing in another program"):
            resume(planner.dandiset)
    with h5py.File(source, "r") as file:
        assert ADDED in file
    # what was brought is stale by now, so going on is refused, and going back loses nothing
    with pytest.raises(ApplyError, match="changed since the plan was made"):
        resume(planner.dandiset)
    undo(planner.dandiset)
    assert not list(planner.dandiset.rglob("*.nwb"))
    with h5py.File(source, "r") as file:
        assert ADDED in file
    assert (disk / "lab" / "b.nwb").exists()


def test_before_a_file_is_rewritten_in_place(disk: Path, planner: Planner) -> None:
    apply_plan(planner.plan(), jobs=1)
    path = planner.dandiset / "sub-a" / "sub-a_behavior.nwb"
    again = Planner(planner.dandiset, files=FileMode.MOVE)
    reference = "sub-a_behavior/sub-a_camera.mp4"
    again.add_session(path, "sub-a", path.name, rewrites={reference: "sub-a_behavior/other.mp4"})
    with open_for_writing(path):
        before = path.read_bytes()
        with pytest.raises(UsageError, match="is open for writing in another program"):
            apply_plan(again.plan(), jobs=1)
        assert path.read_bytes() == before
    with h5py.File(path, "r") as file:
        assert ADDED in file
