"""Zarr stores, which organize leaves as they are, with the videos that they reference."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import assert_all_resolve, organize, recordings, snapshot
from tests.recordings.sessions import Footage, write_session
from tests.recordings.zarr_twin import write_twin

pytestmark = pytest.mark.slow

INTO = ("-d", "dandiset", "--yes")


def store_of(folder: Path, name: str) -> Path:
    """Write a recording in a Zarr store that references the video of the first session."""
    file = folder / "raw" / "written.nwb"
    write_session(file, Footage(files=["videos/top1.mp4"]), subject="mouse02", session="x")
    store = write_twin(file, folder / "raw" / name)
    file.unlink()
    return store


@pytest.mark.parametrize("name", ["other.nwb.zarr", "other.nwb"])
def test_a_store_is_refused_by_a_sentence(single: Path, name: str) -> None:
    store_of(single, name)
    before = snapshot(single)

    outcome = organize("raw", *INTO, cwd=single)

    assert outcome.code == 1
    assert "It is a Zarr store, and organize moves and rewrites HDF5 files alone" in " ".join(
        outcome.stdout.split()
    )
    assert outcome.stdout.count("zarr-store") == 2  # beside its name, and above the sentence
    assert snapshot(single) == before


def test_the_others_are_organized_without_it(single: Path) -> None:
    store = store_of(single, "other.nwb.zarr")
    before = snapshot(store)

    outcome = organize("raw", *INTO, "--skip-conflicts", cwd=single)

    assert outcome.code == 1
    assert len(recordings(single / "dandiset")) == 1
    assert_all_resolve(single / "dandiset")
    assert snapshot(store) == before


@pytest.mark.parametrize("source", ["raw", "raw/session1.nwb"])
def test_its_video_is_not_moved_away(single: Path, source: str) -> None:
    store_of(single, "other.nwb.zarr")
    before = snapshot(single)

    outcome = organize(source, *INTO, "--skip-conflicts", "--videos", "move", cwd=single)

    assert outcome.code == 1
    assert "shared-move" in outcome.stdout
    assert "other.nwb.zarr" in outcome.stdout
    assert snapshot(single) == before
