"""Zarr stores come into a dandiset as one thing, like files, and their references are rewritten."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.end_to_end.command import validate
from tests.end_to_end.organize.dandisets import organize, recordings, snapshot
from tests.recordings.sessions import Footage, write_session
from tests.recordings.zarr_twin import edit_document, write_twin

from posecheck.storage.zarr_texts import open_array, opened_store

pytestmark = pytest.mark.slow

INTO = ("-d", "dandiset", "--yes")
REFERENCES = "/acquisition/camera/external_file"
TARGET = "sub-mouse02/sub-mouse02_ses-x_behavior+image.nwb.zarr"
VIDEO = "sub-mouse02/sub-mouse02_ses-x_behavior+image/sub-mouse02_ses-x_camera.mp4"


@pytest.fixture
def alone(single: Path) -> Path:
    """A folder with a video in ``raw``, and an empty dandiset beside it."""
    (single / "raw/session1.nwb").unlink()
    return single


def store_of(folder: Path, store: str, video: str = "videos/top1.mp4", **options: Any) -> Path:
    """Write a recording in a Zarr store that references the video of the first session."""
    path = folder / store
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name("written.nwb")
    write_session(file, Footage(files=[video]), subject="mouse02", session="x")
    write_twin(file, path, **options)
    file.unlink()
    return path


def references_of(store: Path) -> list[str]:
    """What a store references, as posecheck reads it."""
    with opened_store(store) as opened:
        return list(open_array(opened, REFERENCES).value())


def members(store: Path) -> dict[str, bytes]:
    """The files of a store but those of its references."""
    return {
        name: content
        for path in sorted(store.rglob("*"))
        if path.is_file()
        for name, content in [(path.relative_to(store).as_posix(), path.read_bytes())]
        if not name.startswith(f"{REFERENCES[1:]}/0")
    }


def expect_placed(dandiset: Path, original: dict[str, bytes]) -> None:
    """See that a store lies at its target with all it had, and that its reference holds."""
    assert references_of(dandiset / TARGET) == [VIDEO.removeprefix("sub-mouse02/")]
    assert (dandiset / VIDEO).is_file()
    assert members(dandiset / TARGET) == original
    reported = validate(dandiset, "--engine", "pose").report["findings"]
    assert not [one for one in reported if one["code"][:3] in {"LAY", "VID", "FIL"}]


@pytest.mark.parametrize("name", ["other.nwb.zarr", "other.nwb"])
@pytest.mark.parametrize("mode", ["copy", "move"])
def test_a_store_is_placed_and_taken_back(alone: Path, name: str, mode: str) -> None:
    original = members(store_of(alone, f"raw/{name}"))
    before = snapshot(alone)

    outcome = organize("raw", *INTO, "--files", mode, "--videos", "copy", cwd=alone)

    assert outcome.code == 0, outcome.stdout
    assert "1 recording and 1 video" in outcome.stdout
    assert "1 Zarr store: a store has no locks" in outcome.stdout
    expect_placed(alone / "dandiset", original)
    assert (alone / "raw" / name).exists() is (mode == "copy")
    if mode == "copy":
        after = snapshot(alone)
        assert {name: after[name] for name in before if name.startswith("raw/")} == {
            name: value for name, value in before.items() if name.startswith("raw/")
        }

    undone = organize("--undo", *INTO, cwd=alone)

    assert undone.code == 0, undone.stdout
    assert snapshot(alone) == before


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_organizing_again_finds_nothing_to_do(alone: Path, mode: str) -> None:
    store_of(alone, "raw/other.nwb.zarr")
    assert organize("raw", *INTO, "--files", mode, "--videos", "copy", cwd=alone).code == 0
    before = snapshot(alone)

    again = organize("raw" if mode == "copy" else "dandiset", *INTO, cwd=alone)

    assert again.code == 0, again.stdout
    assert "Nothing to do" in again.stdout
    assert snapshot(alone) == before


def test_a_store_that_changed_since_is_not_taken_for_its_source(alone: Path) -> None:
    store = store_of(alone, "raw/other.nwb.zarr")
    assert organize("raw", *INTO, cwd=alone).code == 0
    data = next(store.rglob("data/0*"))
    data.write_bytes(bytes(reversed(data.read_bytes())))

    outcome = organize("raw", *INTO, cwd=alone)

    assert outcome.code == 1
    assert "target-exists" in outcome.stdout


def test_in_place_a_few_members_are_replaced(alone: Path) -> None:
    video = alone / "raw/videos/top1.mp4"
    store = store_of(alone / "dandiset", TARGET, video=str(video))
    original, before = members(store), snapshot(store)

    outcome = organize(*INTO, "--find-videos", "raw", cwd=alone)

    assert outcome.code == 0, outcome.stdout + outcome.stderr
    expect_placed(alone / "dandiset", original)
    after = snapshot(store)
    changed = {name for name, value in after.items() if before[name] != value}
    assert changed == {f"{REFERENCES[1:]}/0"}
    assert not list((alone / "dandiset").rglob("*.tmp*"))

    assert organize("--undo", *INTO, cwd=alone).code == 0
    assert snapshot(store) == before


def test_a_store_is_renamed_within_the_dandiset(alone: Path) -> None:
    store = store_of(alone / "dandiset", "sub-mouse02/sub-mouse02_old.nwb.zarr", "../top.mp4")
    shutil.copy(alone / "raw/videos/top1.mp4", alone / "dandiset/top.mp4")
    original, before = members(store), snapshot(alone)

    outcome = organize(*INTO, "--rename", cwd=alone)

    assert outcome.code == 0, outcome.stdout
    assert not store.exists()
    expect_placed(alone / "dandiset", original)

    assert organize("--undo", *INTO, cwd=alone).code == 0
    assert snapshot(alone) == before


def test_a_member_called_like_a_new_chunk_is_kept(alone: Path) -> None:
    store = store_of(alone, "raw/other.nwb.zarr")
    (store / REFERENCES[1:] / "0.new").write_text("mine")
    before = snapshot(alone)

    assert organize("raw", *INTO, "--files", "move", "--videos", "copy", cwd=alone).code == 0
    assert (alone / "dandiset" / TARGET / REFERENCES[1:] / "0.new").read_text() == "mine"

    assert organize("--undo", *INTO, cwd=alone).code == 0
    assert snapshot(alone) == before


def test_read_only_folders_keep_their_permissions(alone: Path) -> None:
    store = store_of(alone, "raw/other.nwb.zarr")
    folders = [store, *(path for path in store.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    placed = alone / "dandiset" / TARGET

    assert organize("raw", *INTO, "--files", "move", "--videos", "copy", cwd=alone).code == 0

    for folder in folders:
        target = placed / folder.relative_to(store)
        assert stat.S_IMODE(target.stat().st_mode) == 0o555
        target.chmod(0o755)
    assert references_of(placed) == [VIDEO.removeprefix("sub-mouse02/")]


def test_a_store_and_a_file_of_one_name_are_told_apart(alone: Path) -> None:
    file = alone / "raw/first.nwb"
    write_session(file, Footage(files=["videos/top1.mp4"]), subject="mouse02", session="x")
    store_of(alone, "raw/second.nwb.zarr")

    assert organize("raw", *INTO, cwd=alone).code == 0

    names = [path.name for path in (alone / "dandiset/sub-mouse02").iterdir()]
    stems = {name.removesuffix(".zarr").removesuffix(".nwb") for name in names}
    assert len({name for name in names if ".nwb" in name}) == 2
    assert len({stem for stem in stems if "_obj-" in stem}) == 2


def test_a_file_and_its_export_are_copies_of_one_recording(alone: Path) -> None:
    file = alone / "raw/first.nwb"
    write_session(file, Footage(files=["videos/top1.mp4"]), subject="mouse02", session="x")
    write_twin(file, alone / "raw/first.nwb.zarr")

    outcome = organize("raw", *INTO, cwd=alone)

    assert outcome.code == 1
    assert "same-target" in outcome.stdout


def test_what_changed_since_is_not_thrown_away(alone: Path) -> None:
    store_of(alone, "raw/other.nwb.zarr")
    assert organize("raw", *INTO, "--files", "move", "--videos", "copy", cwd=alone).code == 0
    (alone / "dandiset" / TARGET / "note.txt").write_text("mine")
    before = snapshot(alone)

    outcome = organize("--undo", *INTO, cwd=alone)

    assert outcome.code == 2
    assert "was changed since" in outcome.stderr
    assert snapshot(alone) == before


class TestRefused:
    """What is not copied as a whole, or would not be found under another name."""

    def refuse(self, single: Path, kind: str, *options: str) -> str:
        before = snapshot(single)
        outcome = organize("raw", *INTO, *options, cwd=single)
        assert outcome.code == 1
        assert kind in outcome.stdout
        assert snapshot(single) == before
        return " ".join(outcome.stdout.split())

    def test_a_store_with_a_link(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        (store / "notes").symlink_to("/etc/passwd")
        said = self.refuse(single, "zarr-store")
        assert "notes in it is a link to '/etc/passwd'" in said
        assert "cp -rL" in said

    def test_a_packed_store(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        with zipfile.ZipFile(single / "raw/other.nwb.zarr.zip", "w") as packed:
            for path in store.rglob("*"):
                packed.write(path, path.relative_to(store))
        shutil.rmtree(store)
        said = self.refuse(single, "zarr-store")
        assert "it is packed in a zip file, and DANDI takes the folder" in said
        assert "Unpack it" in said

    def test_a_store_that_names_itself(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        link = {"name": "again", "path": "/acquisition", "source": "../other.nwb.zarr"}
        edit_document(store, ".zattrs", zarr_link=[link])
        said = self.refuse(single, "external-link")
        assert "leads into the store itself by its name" in said

    def test_a_store_that_names_itself_in_a_value(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        reference = {"source": "../other.nwb.zarr", "path": "/acquisition", "object_id": None}
        values = np.empty(1, dtype=object)
        values[0] = reference
        array = store / "acquisition/camera/device_reference"
        array.mkdir()
        header = {"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "|O"}
        header |= {"compressor": None, "filters": [{"id": "pickle", "protocol": 5}]}
        (array / ".zarray").write_text(json.dumps(header | {"fill_value": 0, "order": "C"}))
        (array / ".zattrs").write_text('{"zarr_dtype": "object"}')
        (array / "0").write_bytes(pickle.dumps(values))
        (store / ".zmetadata").unlink()
        assert "leads into the store itself by its name" in self.refuse(single, "external-link")

    @pytest.mark.parametrize("mode", ["copy", "move"])
    def test_a_video_inside_a_store(self, single: Path, mode: str) -> None:
        store = store_of(single, "raw/other.nwb.zarr", video="other.nwb.zarr/clip.mp4")
        shutil.copy(single / "raw/videos/top1.mp4", store / "clip.mp4")
        said = self.refuse(single, "zarr-store", "--files", mode, "--videos", mode)
        assert "which lies inside a Zarr store" in said

    def test_a_recording_inside_a_store(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        inner = store / "inner.nwb"
        shutil.move(single / "raw/session1.nwb", inner)
        before = snapshot(single)
        outcome = organize(store, inner, *INTO, "--files", "move", cwd=single)
        assert outcome.code == 1
        assert "it lies inside another one" in " ".join(outcome.stdout.split())
        assert snapshot(single) == before

    def test_a_dandiset_inside_a_store(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        into = ("-d", store / "dandiset", "--new-dandiset", "000124", "--yes")
        before = snapshot(single)
        outcome = organize(store, *into, cwd=single)
        assert outcome.code == 1
        assert "the dandiset lies inside it" in " ".join(outcome.stdout.split())
        assert snapshot(single) == before

    def test_a_pipe_in_a_store(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        os.mkfifo(store / "pipe")
        outcome = organize(store, *INTO, cwd=single)
        said = " ".join(outcome.stdout.split())
        assert outcome.code == 1
        assert "pipe in it is neither file nor folder" in said
        assert "take it out of the store" in said

    def test_a_store_that_leads_into_another(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        link = {"name": "again", "path": "/acquisition", "source": "../third.nwb.zarr"}
        edit_document(store, ".zattrs", zarr_link=[link])
        said = self.refuse(single, "external-link")
        assert "is kept in another Zarr store (external link to ../third.nwb.zarr)" in said

    @pytest.mark.parametrize("source", ["raw", "raw/session1.nwb"])
    def test_the_video_of_one_is_not_moved_away(self, single: Path, source: str) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        (store / "notes").symlink_to("/etc/passwd")
        before = snapshot(single)

        outcome = organize(source, *INTO, "--skip-conflicts", "--videos", "move", cwd=single)

        assert outcome.code == 1
        assert "shared-move" in outcome.stdout
        assert "other.nwb.zarr" in outcome.stdout
        assert snapshot(single) == before

    def test_the_others_are_organized_without_it(self, single: Path) -> None:
        store = store_of(single, "raw/other.nwb.zarr")
        (store / "notes").symlink_to("/etc/passwd")
        before = snapshot(store)

        outcome = organize("raw", *INTO, "--skip-conflicts", cwd=single)

        assert outcome.code == 1
        assert len(recordings(single / "dandiset")) == 1
        assert snapshot(store) == before
