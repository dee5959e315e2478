"""Small NWB files, written with h5py alone: as much of a recording as these tests need."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np


def write_nwb(path: Path, *, highest: float = 0.9, frames: int = 50) -> Path:
    """Write a recording of one series, whose confidence runs from 0 to ``highest``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        series = write_container(file)
        series["data"] = np.random.default_rng(0).uniform(0, 100, (frames, 2))
        series["data"].attrs["unit"] = "pixels"
        series["confidence"] = np.linspace(0, highest, frames)
        series["confidence"].attrs["definition"] = "softmax of the heat map"
    return path


def write_endless_nwb(path: Path) -> Path:
    """Write a few kilobytes that claim 40 GB of samples, which take minutes to read."""
    with h5py.File(path, "w") as file:
        series = write_container(file)
        shape = (2_500_000_000, 2)
        series.create_dataset("data", shape=shape, dtype="f8", chunks=(1_000_000, 2))
    return path


def write_container(file: h5py.File) -> h5py.Group:
    file.attrs.update(nwb_version="2.9.0", neurodata_type="NWBFile", namespace="core")
    module = file.create_group("processing/behavior")
    module.attrs.update(neurodata_type="ProcessingModule", namespace="core")
    container = module.create_group("PoseEstimation")
    container.attrs.update(neurodata_type="PoseEstimation", namespace="ndx-pose")
    series = container.create_group("nose")
    series.attrs.update(neurodata_type="PoseEstimationSeries", namespace="ndx-pose")
    series["starting_time"] = 0.0
    series["starting_time"].attrs.update(rate=30.0, unit="seconds")
    series["reference_frame"] = "(0, 0) is the top left corner of the video, x right, y down"
    return series
