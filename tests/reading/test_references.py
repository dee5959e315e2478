"""What a file references, read alone, is what the whole recording references."""

from __future__ import annotations

from pathlib import Path

import h5py
from tests.engine.files import write_nwb

from posecheck.model.reference import Reference
from posecheck.model.video_file import Decode, VideoAccess
from posecheck.reading import read_recording
from posecheck.reading.references import read_references
from posecheck.sources.local_source import LocalSource


def of_recording(path: Path) -> set[Reference]:
    recording = read_recording(
        LocalSource.at(path), needs=frozenset(), videos=VideoAccess(decode=Decode.NONE)
    )
    return {file.reference for each in recording.references() for file in each.files}


def test_every_field_that_names_files_is_read(tmp_path: Path) -> None:
    path = write_nwb(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        video = file.create_group("acquisition/camera")
        video.attrs.update(neurodata_type="ImageSeries", namespace="core")
        video["external_file"] = [b"videos/a.mp4", b"/home/lab/b.mp4", b"https://x.org/c.mp4", b""]
        still = file.create_dataset("acquisition/still", data=b"still.png")
        still.attrs.update(neurodata_type="ExternalImage", namespace="core")
        container = file["processing/behavior/PoseEstimation"]
        container["original_videos"] = [b"raw\\d.mp4", b"videos/a.mp4"]
        container["labeled_videos"] = [b"file:///home/lab/e.mp4"]
        file["outside/external_file"] = [b"of no object.mp4"]
    found = read_references(LocalSource.at(path))
    assert found is not None
    assert set(found) == of_recording(path)
    assert [each.text for each in found].count("videos/a.mp4") == 1
    assert len(found) == 7


def test_a_file_that_is_none_references_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    path.write_bytes(b"no HDF5")
    assert read_references(LocalSource.at(path)) == ()
    (tmp_path / "b.nwb").symlink_to(".git/annex/objects/aa/bb/SHA256E-s3--0.nwb/SHA256E-s3--0.nwb")
    assert read_references(LocalSource.at(tmp_path / "b.nwb")) is None
