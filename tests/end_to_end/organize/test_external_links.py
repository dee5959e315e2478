"""Links between HDF5 files: organized, they would lead nowhere, so they are conflicts.

``dandi organize`` 0.81 copies or moves such files, and the links are broken.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import validate
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    bring,
    organize,
    recordings,
    snapshot,
    start_dandiset,
)
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow

POSE = "/processing/behavior/PoseEstimation"
CAMERA = "/acquisition/camera"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A recording, and one that takes its video from it; a dandiset beside them."""
    raw = tmp_path / "raw"
    film(raw / "top.mp4", number=1)
    write_session(raw / "first.nwb", Footage(files=["top.mp4"]), session="day1")
    write_session(raw / "second.nwb", Footage(files=["top.mp4"]), session="day2")
    start_dandiset(tmp_path / "dandiset")
    return tmp_path


def link(path: Path, target: h5py.ExternalLink | h5py.SoftLink) -> None:
    """Let the pose of a recording take its video from elsewhere."""
    with h5py.File(path, "r+") as file:
        (pose,) = (name for name in file["processing/behavior"] if name.startswith("Pose"))
        container = file[f"processing/behavior/{pose}"]
        if "source_video" in container:
            del container["source_video"]
        container["source_video"] = target


def camera_of(path: Path) -> str:
    with h5py.File(path, "r") as file:
        (name,) = file["acquisition"]
        return f"/acquisition/{name}"


def linked(lab: Path) -> Path:
    """Link the second recording to the video of the first."""
    path = lab / "raw" / "second.nwb"
    link(path, h5py.ExternalLink("first.nwb", camera_of(lab / "raw" / "first.nwb")))
    return path


@pytest.mark.parametrize("way", ["copy", "move"])
def test_a_link_into_another_file_is_a_conflict(lab: Path, way: str) -> None:
    linked(lab)
    before = snapshot(lab)
    outcome = organize("raw", "-d", "dandiset", "--yes", "--files", way, cwd=lab)
    assert outcome.code == 1
    assert "external-link" in outcome.stdout
    assert "is kept in another HDF5 file (external link to first.nwb)" in " ".join(
        outcome.stdout.split()
    )
    assert snapshot(lab) == before


def test_what_others_lead_into_is_copied_but_not_moved(lab: Path) -> None:
    linked(lab)
    moved = organize(
        *("raw", "-d", "dandiset", "--yes", "--files", "move", "--skip-conflicts"), cwd=lab
    )
    assert moved.code == 1
    assert "leads into it by an external link, and" in " ".join(moved.stdout.split())
    assert recordings(lab / "dandiset") == {}
    copied = organize("raw", "-d", "dandiset", "--yes", "--skip-conflicts", cwd=lab)
    assert copied.code == 1
    assert len(recordings(lab / "dandiset")) == 1
    assert_all_resolve(lab / "dandiset")


def test_a_file_that_was_not_named_leads_into_one_that_moves(lab: Path) -> None:
    linked(lab)
    before = snapshot(lab)
    outcome = organize("raw/first.nwb", "-d", "dandiset", "--yes", "--files", "move", cwd=lab)
    assert outcome.code == 1
    assert "second.nwb leads into it by an external link" in " ".join(outcome.stdout.split())
    assert snapshot(lab) == before


def test_a_file_of_the_dandiset_leads_into_one_that_is_renamed(lab: Path) -> None:
    bring(lab / "raw", lab / "dandiset")
    first, second = recordings(lab / "dandiset").values()
    link(second, h5py.ExternalLink(first.name, camera_of(first)))
    misnamed = first.with_name("misnamed.nwb")
    first.rename(misnamed)
    link(second, h5py.ExternalLink(misnamed.name, camera_of(misnamed)))
    before = snapshot(lab / "dandiset")
    outcome = organize("-d", "dandiset", "--yes", "dandiset", cwd=lab)
    assert outcome.code == 1
    assert "leads into it by an external link" in " ".join(outcome.stdout.split())
    assert snapshot(lab / "dandiset") == before


def test_a_link_into_the_file_itself_has_a_remedy_that_works(lab: Path) -> None:
    path = lab / "raw" / "second.nwb"
    link(path, h5py.ExternalLink("second.nwb", camera_of(path)))
    outcome = organize("raw", "-d", "dandiset", "--yes", cwd=lab)
    assert outcome.code == 1
    assert "leads into the file itself by its name" in " ".join(outcome.stdout.split())
    link(path, h5py.SoftLink(camera_of(path)))
    bring(lab / "raw", lab / "dandiset")
    assert len(recordings(lab / "dandiset")) == 2


def test_the_remedy_for_another_file_works(lab: Path) -> None:
    path = linked(lab)
    with h5py.File(path, "r+") as file, h5py.File(lab / "raw" / "first.nwb") as other:
        for name in list(file["acquisition"]):
            del file["acquisition"][name]
        other.copy(camera_of(lab / "raw" / "first.nwb"), file["acquisition"])
    link(path, h5py.SoftLink(camera_of(path)))
    bring(lab / "raw", lab / "dandiset")
    assert_all_resolve(lab / "dandiset")
    assert "FIL008" not in validate(lab / "dandiset").codes()


def test_what_stays_in_its_place_keeps_its_links(lab: Path) -> None:
    bring(lab / "raw", lab / "dandiset")
    first, second = recordings(lab / "dandiset").values()
    link(second, h5py.ExternalLink(first.name, camera_of(first)))
    shutil.rmtree(lab / "raw")
    before = snapshot(lab / "dandiset")
    outcome = organize("dandiset", "-d", "dandiset", "--yes", cwd=lab)
    assert outcome.code == 0, outcome.stdout
    assert snapshot(lab / "dandiset") == before
