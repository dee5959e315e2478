"""A verdict on a Zarr store stands only as long as nothing in the store and around it changed."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numcodecs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.remembering import (
    Change,
    NoWorkers,
    check,
    keep_times,
    said,
    shorten_rest,
    toggle_text,
)
from tests.recordings.sessions import Footage, film, write_session
from tests.recordings.zarr_twin import ZLIB, write_twin

from posecheck.sources import store_tree

STORE = "sub-mouse01/sub-mouse01_ses-day1.nwb.zarr"
VIDEO = "sub-mouse01/camera.mp4"
CONFIDENCE = f"{STORE}/processing/behavior/PoseEstimation/nose/confidence"


@pytest.fixture(autouse=True)
def _short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_rest(monkeypatch)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording in a store with a video, in no dandiset."""
    folder = tmp_path_factory.mktemp("template")
    file = folder / STORE.removesuffix(".zarr")
    write_session(file, Footage(files=["camera.mp4"]))
    film(folder / VIDEO)
    write_twin(file, folder / STORE)
    file.unlink()
    return folder


@pytest.fixture
def world(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return _world(template, tmp_path / "world", monkeypatch)


def _world(template: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("world")
def test_it_is_not_checked_again_if_nothing_changed() -> None:
    first = check()
    second = check(executor=NoWorkers())
    assert (first.remembered, second.remembered) == (0, 1)
    assert said(first) == said(second)


@pytest.mark.usefixtures("world")
def test_nor_is_its_checking_by_other_validators() -> None:
    engines = ("pose", "schema", "inspector", "layout")
    first = check(engines=engines)
    second = check(engines=engines, executor=NoWorkers())
    assert said(first) == said(second)


def test_a_large_store_is_checked_each_time(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_tree, "MOST_MEMBERS", len(list((world / STORE).rglob("*"))) - 1)
    check()
    assert check().remembered == 0


def test_a_zipped_store_is_remembered_as_the_file_that_it_is(world: Path) -> None:
    packed = world / f"{STORE}.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted((world / STORE).rglob("*")):
            archive.write(path, path.relative_to(world / STORE))
    shutil.rmtree(world / STORE)
    first = check()
    second = check(executor=NoWorkers())
    assert [file.path for file in second.files] == [f"{STORE}.zip"]
    assert said(first) == said(second)
    keep_times(packed, lambda: packed.write_bytes(packed.read_bytes()[:-1] + b"\1"))
    assert check().remembered == 0


# ---------------------------------------------------------------- whatever changes, in any order


def change_a_value(world: Path) -> None:
    """Change a value: the size of its chunk stays, and its modification time is set back."""
    chunk = world / CONFIDENCE / "0"
    header = json.loads((world / CONFIDENCE / ".zarray").read_text())
    assert header["compressor"] in (None, ZLIB)
    content = chunk.read_bytes()
    codec = numcodecs.get_codec(ZLIB)
    values = np.frombuffer(codec.decode(content), header["dtype"]).copy()
    values[0] = 0.5 if values[0] > 1 else 7.0
    keep_times(chunk, lambda: chunk.write_bytes(codec.encode(values)))


def toggle_a_chunk(world: Path) -> None:
    _toggle(world / CONFIDENCE / "0", world)


def toggle_the_consolidated_metadata(world: Path) -> None:
    _toggle(world / STORE / ".zmetadata", world)


def toggle_an_array(world: Path) -> None:
    _toggle(world / CONFIDENCE, world)


def toggle_a_deep_folder(world: Path) -> None:
    """Make folders so deep that dandi does not upload the store, or remove them."""
    top = world / STORE / "a"
    if top.exists():
        shutil.rmtree(top)
    else:
        deep = top.joinpath(*"bcdefgh")
        deep.mkdir(parents=True)
        (deep / "0").write_bytes(b"")


def link_a_chunk(world: Path) -> None:
    """Let a chunk be a link to a file in the store, outside, or to nothing, in turns."""
    chunk, copied, outside = (world / CONFIDENCE / "0", world / STORE / "copy", world / "out")
    if not chunk.exists() and not chunk.is_symlink():
        return
    target = os.readlink(chunk) if chunk.is_symlink() else ""  # noqa: PTH115 - the text of it
    if not target:
        shutil.copyfile(chunk, copied)
        shutil.copyfile(chunk, outside)
    chunk.unlink()
    following = {"": copied, str(copied): outside, str(outside): world / "nowhere"}
    if target in following:
        chunk.symlink_to(following[target])
    else:
        shutil.copyfile(copied, chunk)


def link_the_store(world: Path) -> None:
    """Put the store somewhere else, and a link to it in its place; or back."""
    store, aside = world / STORE, world.parent / "aside.nwb.zarr"
    if store.is_symlink():
        store.unlink()
        aside.replace(store)
    else:
        store.replace(aside)
        store.symlink_to(aside)


def link_an_array_out(world: Path) -> None:
    """Put an array outside, and a link to its folder in its place; or back."""
    array, aside = world / CONFIDENCE, world.parent / "array"
    if array.is_symlink():
        array.unlink()
        aside.replace(array)
    elif array.exists():
        array.replace(aside)
        array.symlink_to(aside)


def toggle_the_video(world: Path) -> None:
    _toggle(world / VIDEO, world)


def toggle_the_dandiset(world: Path) -> None:
    toggle_text(world / "dandiset.yaml", "identifier: '000123'\n")


def _toggle(path: Path, world: Path) -> None:
    aside = world.parent / f"{path.name} of {path.parent.name}"
    if os.path.lexists(path):
        path.replace(aside)
    elif os.path.lexists(aside):
        aside.replace(path)


CHANGES: Sequence[Change] = (
    change_a_value,
    toggle_a_chunk,
    toggle_the_consolidated_metadata,
    toggle_an_array,
    toggle_a_deep_folder,
    link_a_chunk,
    link_the_store,
    link_an_array_out,
    toggle_the_video,
    toggle_the_dandiset,
)


def _can_be_done(world: Path, change: Change) -> bool:
    """Whether a change has something to change, after others."""
    is_plain = (world / CONFIDENCE / "0").is_file() and not (world / CONFIDENCE).is_symlink()
    return is_plain or change not in (change_a_value, link_a_chunk)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_seen_and_so_is_that_it_is_undone(world: Path, change: Change) -> None:
    check()
    for _ in range(2):
        change(world)
        report = check()
        assert report.remembered == 0
        assert said(report) == said(check(remember=False))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=8))
def test_whatever_changes_a_run_says_what_one_without_memory_says(
    template: Path, tmp_path_factory: pytest.TempPathFactory, changes: Sequence[Change]
) -> None:
    folder = tmp_path_factory.mktemp("example")
    with pytest.MonkeyPatch.context() as patch:
        world = _world(template, folder / "world", patch)
        for change in changes:
            if not _can_be_done(world, change):
                continue
            change(world)
            expected = said(check(remember=False))
            assert said(check()) == expected
            assert said(check()) == expected
    shutil.rmtree(folder)
