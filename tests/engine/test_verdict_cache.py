"""A verdict of an earlier run stands only as long as nothing changed that its check asked for."""

from __future__ import annotations

import os
import shutil
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.files import write_nwb
from tests.engine.remembering import (
    Change,
    NoWorkers,
    check,
    keep_times,
    said,
    shorten_rest,
    toggle_file,
    toggle_text,
)
from tests.recordings.sessions import Footage, film, write_session

from posecheck.files.cache_database import CacheDatabase
from posecheck.model.data_read import DataRead
from posecheck.model.video_file import Decode
from posecheck.sources import local_source

FILE = "sub-mouse01/sub-mouse01_ses-day1.nwb"
VIDEO = "sub-mouse01/camera.mp4"


@pytest.fixture(autouse=True)
def _short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_rest(monkeypatch)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with a video, in no dandiset."""
    folder = tmp_path_factory.mktemp("template")
    write_session(folder / FILE, Footage(files=["camera.mp4"]))
    film(folder / VIDEO)
    return folder


@pytest.fixture
def world(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return _world(template, tmp_path / "world", monkeypatch)


def _world(template: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("world")
def test_nothing_is_checked_again_if_nothing_changed() -> None:
    first = check()
    second = check(executor=NoWorkers())
    assert (first.remembered, second.remembered) == (0, 1)
    assert said(first) == said(second)


@pytest.mark.usefixtures("world")
def test_nothing_is_taken_and_kept_without_it(own_cache: Path) -> None:
    check(remember=False)
    assert not list(own_cache.iterdir())
    check()
    assert check(remember=False).remembered == 0


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("text", ["[" * 200_000, "[[], 5]", "{}", "no JSON"], ids=len)
def test_a_row_that_makes_no_sense_costs_a_check(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = check()
    monkeypatch.setattr(CacheDatabase, "get", lambda *_: zlib.compress(text.encode()))
    assert said(check()) == said(first)


def test_another_folder_to_stand_in_is_another_verdict(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check()
    monkeypatch.chdir(world / "sub-mouse01")
    report = check()
    assert [file.path for file in report.files] == [Path(FILE).name]
    assert report.remembered == 0


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "options",
    [
        {"ignore": ("VID",)},
        {"select": ("VID",)},
        {"per_file_ignores": (("*.nwb", "VID"),)},
        {"data": DataRead.SAMPLE},
        {"decode": Decode.NONE},
        {"engines": ("pose",)},
        {"file_timeout": 77.0},
        {"video_timeout": 77.0},
        {"linked_from": (Path("/usr"),)},
    ],
)
def test_another_option_is_another_verdict(options: dict[str, Any]) -> None:
    check()
    assert check(**options).remembered == 0


@pytest.mark.usefixtures("world")
def test_a_file_that_was_just_written_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_source, "REST_NS", 3600 * 10**9)
    check()
    assert check().remembered == 0


def test_a_file_from_the_future_is_not_kept(world: Path) -> None:
    os.utime(world / FILE, (time.time() + 10**6, time.time() + 10**6))
    check()
    assert check().remembered == 0


def test_what_cannot_be_read_is_not_kept(world: Path) -> None:
    (world / FILE).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(1000))
    check()
    assert check().remembered == 0


def test_one_changed_file_is_checked_and_the_others_are_not(world: Path) -> None:
    for number in range(5):
        write_nwb(world / f"{number}.nwb")
    check()
    write_nwb(world / "3.nwb", highest=99.0)
    report = check()
    assert report.remembered == 5
    assert said(report) == said(check(remember=False))


def test_rules_over_several_files_see_those_that_are_remembered(world: Path) -> None:
    (world / "dandiset.yaml").write_text("identifier: '000123'\n")
    shutil.copyfile(world / FILE, world / "sub-mouse01/sub-mouse01_ses-copy.nwb")
    first = check()
    assert any(block.findings for block in first.dandisets)
    second = check(executor=NoWorkers())
    assert second.remembered == 2
    assert said(first) == said(second)


# ---------------------------------------------------------------- whatever changes, in any order


def change_a_value(world: Path) -> None:
    """Change a value in place: the size stays, and the modification time is set back."""

    def change() -> None:
        with h5py.File(world / FILE, "r+") as file:
            confidence = file["/processing/behavior/PoseEstimation/nose/confidence"]
            confidence[0] = 0.5 if confidence[0] > 1 else 7.0

    keep_times(world / FILE, change)


def replace_the_video(world: Path) -> None:
    """Exchange the video for another of the same name, of as many bytes, as old."""
    video = world / VIDEO
    if not video.exists():
        return
    content = video.read_bytes()
    other = content[:2000] + bytes(len(content) - 2000)
    whole = film(world.parent / "whole.mp4").read_bytes()
    keep_times(video, lambda: video.write_bytes(whole if content == other else other))


def toggle_the_video(world: Path) -> None:
    video, aside = world / VIDEO, world / "aside.mp4"
    if os.path.lexists(video):
        video.replace(aside)
    elif os.path.lexists(aside):
        aside.replace(video)


def link_the_video(world: Path) -> None:
    """Let the video be a link out of the folder, or to nothing, in turns."""
    video, elsewhere = world / VIDEO, film(world.parent / "elsewhere.mp4")
    target = str(video.readlink()) if video.is_symlink() else ""
    video.unlink(missing_ok=True)
    video.symlink_to(elsewhere if target != str(elsewhere) else "nowhere.mp4")


def toggle_a_namesake(world: Path) -> None:
    """Let a video lie there whose name differs in the case of a letter."""
    toggle_file(world / "sub-mouse01" / "Camera.MP4", film(world.parent / "namesake.mp4"))


def toggle_a_video_of_that_name_in_the_videos_folder(world: Path) -> None:
    folder = world / Path(FILE).with_suffix("")
    folder.mkdir(exist_ok=True)
    toggle_file(folder / "camera.mp4", film(world.parent / "namesake.mp4"))


def toggle_the_dandiset(world: Path) -> None:
    toggle_text(world / "dandiset.yaml", "identifier: '000123'\n")


def toggle_a_dandiset_within(world: Path) -> None:
    toggle_text(world / "sub-mouse01" / "dandiset.yaml", "identifier: '000124'\n")


def toggle_bids(world: Path) -> None:
    toggle_text(world / "dataset_description.json", "{}")


def link_the_file(world: Path) -> None:
    """Put the recording somewhere else, and a link to it in its place; or back."""
    file, aside = world / FILE, world.parent / "aside.nwb"
    if file.is_symlink():
        file.unlink()
        aside.replace(file)
    else:
        file.replace(aside)
        file.symlink_to(aside)


def add_another_file(world: Path) -> None:
    toggle_file(world / "sub-mouse01" / "sub-mouse01_ses-other.nwb", world / FILE)


CHANGES: Sequence[Change] = (
    change_a_value,
    replace_the_video,
    toggle_the_video,
    link_the_video,
    toggle_a_namesake,
    toggle_a_video_of_that_name_in_the_videos_folder,
    toggle_the_dandiset,
    toggle_a_dandiset_within,
    toggle_bids,
    link_the_file,
    add_another_file,
)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_seen_and_so_is_that_it_is_undone(world: Path, change: Change) -> None:
    check()
    for _ in range(2):
        change(world)
        assert said(check()) == said(check(remember=False))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(CHANGES), st.sampled_from([(), ("VID",), ("LAY", "CNF")])),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_changes_a_run_says_what_one_without_memory_says(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    changes: Sequence[tuple[Change, tuple[str, ...]]],
) -> None:
    folder = tmp_path_factory.mktemp("example")
    with pytest.MonkeyPatch.context() as patch:
        world = _world(template, folder / "world", patch)
        for change, ignored in changes:
            change(world)
            expected = said(check(remember=False, ignore=ignored))
            assert said(check(ignore=ignored)) == expected
            assert said(check(ignore=ignored)) == expected
    shutil.rmtree(folder)
