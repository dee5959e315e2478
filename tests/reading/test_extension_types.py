"""Types of other extensions are recognized through the specification that the file carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from posecheck.model.recording import Recording
from posecheck.reading import read_recording
from posecheck.sources.local_source import LocalSource

LAB_SPECIFICATION = {
    "groups": [
        {"neurodata_type_def": "LabPose", "neurodata_type_inc": "PoseEstimation"},
        {
            "neurodata_type_def": "LabVideos",
            "neurodata_type_inc": "NWBDataInterface",
            "groups": [{"neurodata_type_def": "LabVideo", "neurodata_type_inc": "ImageSeries"}],
        },
        {"neurodata_type_def": "PoseEstimationSeries", "neurodata_type_inc": "NWBDataInterface"},
        {"neurodata_type_def": "Round", "neurodata_type_inc": "Trip"},
        {"neurodata_type_def": "Trip", "neurodata_type_inc": "Round"},
    ]
}


def typed(parent: h5py.Group, name: str, namespace: str, neurodata_type: str) -> h5py.Group:
    group = parent.require_group(name)
    group.attrs["namespace"] = namespace
    group.attrs["neurodata_type"] = neurodata_type
    return group


def write(path: Path, specification: Any) -> h5py.File:
    file = h5py.File(path, "w")
    file.attrs.update({"nwb_version": "2.9.0", "namespace": "core", "neurodata_type": "NWBFile"})
    cached = file.create_group("specifications/ndx-lab/0.1.0")
    cached["ndx-lab.extensions"] = specification
    file["specifications/ndx-pose/0.2.0/namespace"] = "{}"
    file["specifications/ndx-pose/0.10.0/namespace"] = "{}"
    return file


def read(path: Path) -> Recording:
    return read_recording(LocalSource.at(path, "lab.nwb"), needs=frozenset())


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    path = tmp_path / "lab.nwb"
    with write(path, json.dumps(LAB_SPECIFICATION)) as file:
        behavior = typed(file, "processing/behavior", "core", "ProcessingModule")
        pose = typed(behavior, "pose", "ndx-lab", "LabPose")
        nose = typed(pose, "nose", "ndx-pose", "PoseEstimationSeries")
        nose["data"] = np.zeros((5, 2))
        videos = typed(behavior, "videos", "ndx-lab", "LabVideos")
        video = typed(videos, "left", "ndx-lab", "LabVideo")
        video["external_file"] = ["left.mp4"]
        video["external_file"].attrs["starting_frame"] = [0]
        typed(behavior, "impostor", "ndx-lab", "PoseEstimationSeries")
        typed(behavior, "circle", "ndx-lab", "Round")
    return path


def test_a_subclass_of_a_container_is_a_container(lab_file: Path) -> None:
    (container,) = read(lab_file).containers
    assert container.neurodata_type == "LabPose"
    assert container.module == "behavior"
    assert [series.name for series in container.series] == ["nose"]


def test_an_image_series_inside_another_extension_is_found(lab_file: Path) -> None:
    (video,) = read(lab_file).videos
    assert video.path == "/processing/behavior/videos/left"
    assert video.lineage[:2] == ("ndx-lab:LabVideo", "ImageSeries")
    assert video.starting_frame == (0,)
    assert video.external_files is not None
    assert video.external_files[0].reference.name == "left.mp4"


def test_a_foreign_type_of_a_familiar_name_is_not_taken_for_it(lab_file: Path) -> None:
    found = [series.path for series in read(lab_file).every_series()]
    assert found == ["/processing/behavior/pose/nose"]


def test_the_newest_cached_version_counts(lab_file: Path) -> None:
    assert read(lab_file).specifications == {"ndx-lab": "0.1.0", "ndx-pose": "0.10.0"}


@pytest.mark.parametrize(
    "specification", ["not JSON", "[" * 100_000, b"\xff\xfe", 7, '{"groups": "none"}']
)
def test_a_specification_that_cannot_be_understood_is_passed_over(
    tmp_path: Path, specification: Any
) -> None:
    path = tmp_path / "broken.nwb"
    with write(path, specification) as file:
        typed(file, "acquisition/strange", "ndx-lab", "LabVideo")
        video = typed(file, "acquisition/plain", "core", "ImageSeries")
        video["external_file"] = ["plain.mp4"]
    assert [video.path for video in read(path).videos] == ["/acquisition/plain"]
