"""Killed before any of its effects, a run can be finished or taken back, and nothing is lost.

Every test kills a real process with SIGKILL, once for each effect that it has on the file system:
each record of the journal before its sync, each link, rename, removal and folder.
"""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.organize.apply.killing import kill_before
from tests.organize.apply.planned import (
    SERIES,
    Entry,
    Planner,
    texts_of,
    tree,
    unfinished_run,
    write_session,
    write_store_session,
)
from tests.video.written_videos import write_video

from posecheck.organize.apply import apply_plan, resume, undo
from posecheck.organize.apply.change_set import change_set_of
from posecheck.organize.plan.values import FileMode, OrganizePlan
from posecheck.transaction.steps import TransferMode

pytestmark = pytest.mark.slow

Scene = Callable[[Path], OrganizePlan]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in memory where there is one: a process that is killed loses no write."""
    memory = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of its own
    where = memory if memory.is_dir() else tmp_path
    with tempfile.TemporaryDirectory(dir=where) as made:
        yield Path(made) / "here"


def _two_sessions(folder: Path, files: FileMode, videos: TransferMode) -> OrganizePlan:
    planner = Planner(folder / "dandiset", files=files, videos=videos)
    for name in ("a", "b"):
        planner.add_both(*write_session(folder / "lab", name), name)
    planner.new_identifier = "000123"
    return planner.plan()


def copied(folder: Path) -> OrganizePlan:
    return _two_sessions(folder, FileMode.COPY, TransferMode.COPY)


def moved(folder: Path) -> OrganizePlan:
    return _two_sessions(folder, FileMode.MOVE, TransferMode.MOVE)


def linked(folder: Path) -> OrganizePlan:
    return _two_sessions(folder, FileMode.MOVE, TransferMode.SYMLINK)


def moved_through_links(folder: Path) -> OrganizePlan:
    path, film = write_session(folder / "lab", "a")
    film.rename(folder / "lab/object")
    film.symlink_to("object")
    planner = Planner(folder / "dandiset", files=FileMode.MOVE, videos=TransferMode.MOVE)
    planner.add_both(path, film, "a")
    return planner.plan()


def in_place(folder: Path) -> OrganizePlan:
    planner = Planner(folder / "dandiset", files=FileMode.MOVE, videos=TransferMode.MOVE)
    root = folder / "dandiset"
    planner.add_both(*write_session(root / "sub-a", "sub-a_behavior", video="film.mp4"), "a")
    planner.add_both(*write_session(root / "old" / "deep", "c"), "c")
    return planner.plan()


@functools.cache
def short_video() -> bytes:
    with tempfile.TemporaryDirectory() as made:
        return write_video(Path(made) / "a.mp4", 5).read_bytes()


def remuxed(folder: Path) -> OrganizePlan:
    path, film = write_session(folder / "lab", "a", video="a.MP4")
    film.write_bytes(short_video())
    os.utime(film, ns=(10**18, 10**18))
    planner = Planner(folder / "dandiset", files=FileMode.MOVE, videos=TransferMode.MOVE)
    planner.add_film(film, "sub-a", "sub-a_behavior", "a.mp4", remux=True)
    rewrites = {film.name: "sub-a_behavior/a.mp4"}
    planner.add_session(path, "sub-a", "sub-a_behavior.nwb", rewrites=rewrites)
    return planner.plan()


def stores_copied(folder: Path) -> OrganizePlan:
    planner = Planner(folder / "dandiset", files=FileMode.COPY, videos=TransferMode.COPY)
    planner.add_both(*write_store_session(folder / "lab", "a"), "a")
    return planner.plan()


def stores_in_place(folder: Path) -> OrganizePlan:
    planner = Planner(folder / "dandiset", files=FileMode.MOVE, videos=TransferMode.MOVE)
    root = folder / "dandiset"
    # One is edited where it lies, the other moves.
    planner.add_both(*write_store_session(root / "sub-a", "sub-a_behavior", video="film.mp4"), "a")
    planner.add_both(*write_store_session(root / "old", "c"), "c")
    return planner.plan()


STORES = (stores_copied, stores_in_place)
SCENES = (copied, moved, linked, moved_through_links, in_place, remuxed, *STORES)
_WRITTEN_NOW = 17 * 10**17


def settled(tree_: dict[str, Entry]) -> dict[str, Entry]:
    """Leave out when a file was rewritten in place: each run does it at its own time."""
    return {
        name: (kind, mode, min(time, _WRITTEN_NOW), content)
        for name, (kind, mode, time, content) in tree_.items()
    }


def set_up(folder: Path, scene: Scene) -> OrganizePlan:
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "dandiset").mkdir(parents=True)
    plan = scene(folder)
    if plan.new_identifier is None:
        identifier = folder / "dandiset/dandiset.yaml"
        identifier.write_text("identifier: DANDI:000123\n")
        os.utime(identifier, ns=(10**18, 10**18))
    return plan


def kills(folder: Path, scene: Scene) -> Iterator[OrganizePlan]:
    """Set the scene and apply its plan, killed before its first effect, its second, and so on."""
    for number in itertools.count():
        plan = set_up(folder, scene)
        if not kill_before(functools.partial(apply_plan, plan, jobs=1), number):
            assert number > 20
            return
        expect_nothing_lost(plan)
        yield plan


def expect_nothing_lost(plan: OrganizePlan) -> None:
    """See that what is missing at its source lies at its target, and that references resolve."""
    root = Path(plan.dandiset)
    for planned in change_set_of(plan).files:
        target = root.joinpath(*planned.target)
        assert Path(planned.source).exists() or target.exists()
        if planned.is_recording and target.exists():
            for name in texts_of(target, SERIES):
                assert (target.parent / name).exists()


@pytest.mark.parametrize("scene", SCENES)
def test_resumed_it_ends_as_if_undisturbed(folder: Path, scene: Scene) -> None:
    apply_plan(set_up(folder, scene), jobs=1)
    expected = settled(tree(folder))
    for plan in kills(folder, scene):
        if unfinished_run(Path(plan.dandiset)):
            resume(Path(plan.dandiset), jobs=1)
        elif settled(tree(folder)) != expected:  # killed before it began, or when it was done
            apply_plan(plan, jobs=1)
        assert settled(tree(folder)) == expected
        assert unfinished_run(Path(plan.dandiset)) is None


@pytest.mark.parametrize("scene", SCENES)
def test_undone_it_returns_to_the_start(folder: Path, scene: Scene) -> None:
    set_up(folder, scene)
    start = tree(folder, ignoring="")
    for plan in kills(folder, scene):
        dandiset = Path(plan.dandiset)
        if unfinished_run(dandiset) or tree(folder) != start:
            undo(dandiset)
            assert tree(folder, ignoring="") == start


@pytest.mark.parametrize("scene", SCENES)
def test_an_undo_that_was_killed_can_be_repeated(folder: Path, scene: Scene) -> None:
    set_up(folder, scene)
    start = tree(folder, ignoring="")
    for number in itertools.count():
        plan = set_up(folder, scene)
        apply_plan(plan, jobs=1)
        dandiset = Path(plan.dandiset)
        if not kill_before(functools.partial(undo, dandiset), number):
            assert number > 10
            break
        expect_nothing_lost(plan)
        if unfinished_run(dandiset) or tree(folder) != start:
            undo(dandiset)
            assert tree(folder, ignoring="") == start


@pytest.mark.parametrize("scene", [moved, in_place])
def test_killed_again_while_it_resumes(folder: Path, scene: Scene) -> None:
    apply_plan(set_up(folder, scene), jobs=1)
    expected = settled(tree(folder))
    for first in (15, 25, 35, 45):
        for second in itertools.count(0, 3):
            plan = set_up(folder, scene)
            dandiset = Path(plan.dandiset)
            assert kill_before(functools.partial(apply_plan, plan, jobs=1), first)
            if not kill_before(functools.partial(resume, dandiset, jobs=1), second):
                break
            expect_nothing_lost(plan)
            if unfinished_run(dandiset):
                resume(dandiset, jobs=1)
            assert settled(tree(folder)) == expected


@pytest.mark.parametrize("scene", [copied, moved, in_place])
def test_a_torn_line_is_as_good_as_none(folder: Path, scene: Scene) -> None:
    apply_plan(set_up(folder, scene), jobs=1)
    expected = settled(tree(folder))
    killed_at: set[int] = set()
    for plan in kills(folder, scene):
        dandiset = Path(plan.dandiset)
        for journal in dandiset.glob(".posecheck/organize/*/journal.jsonl"):
            content = journal.read_bytes()
            lines = content.count(b"\n")
            # Only a line that was not synced can be cut short: a new number of lines is just that.
            if lines > 1 and lines not in killed_at:
                killed_at.add(lines)
                journal.write_bytes(content[: content.rstrip(b"\n").rfind(b"\n") + 20])
        if unfinished_run(dandiset):
            resume(dandiset, jobs=1)
            assert settled(tree(folder)) == expected
    assert len(killed_at) > 3
