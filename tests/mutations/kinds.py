"""The clean recordings, one of each kind, that mutations are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import h5py
import numpy as np
from tests.recordings.labeled import write_labels
from tests.recordings.rig import write_rig_dandiset
from tests.recordings.written import (
    CAMERA_VIDEO,
    FRAMES,
    HEIGHT,
    NODES,
    POSE,
    RATE,
    STEM,
    VIDEO,
    WIDTH,
    write_recording,
    write_video,
)
from tests.video.written_videos import write_images

FIRST, SECOND = VIDEO, VIDEO.replace("camera.mp4", "camera_part-2.mp4")
"""The files of `Kind.PARTS`, relative to the NWB file."""

FIRST_FRAMES = 50

IMAGES = tuple(f"{STEM}/frame_{index:04d}.png" for index in range(FRAMES))
"""The files of `Kind.IMAGES`, relative to the NWB file."""


class Kind(Enum):
    """What a clean recording is of."""

    VIDEO = "2D pose beside its video"
    PARTS = "2D pose beside a video in two files, on one clock of timestamps"
    IMAGES = "2D pose beside its video, kept as an image for each frame"
    RIG = "three calibrated cameras and the pose in 3D"
    LABELS = "training data"
    LEGACY = "2D pose as ndx-pose 0.1 stored it"


@dataclass(frozen=True, slots=True)
class Clean:
    """A clean recording.

    Attributes
    ----------
    path
        The NWB file, in a dandiset of its own.
    says
        The codes that its generation of ndx-pose cannot but give; none is an error.
    """

    path: Path
    says: frozenset[str] = frozenset()


def write_kinds(folder: Path) -> dict[Kind, Clean]:
    """Write one clean recording of each kind."""
    legacy = frozenset({"FIL005", "NOD009", "PRV005", "PRV006"})
    return {
        Kind.VIDEO: Clean(write_recording(folder / "video")),
        Kind.PARTS: Clean(_write_parts(folder / "parts")),
        Kind.IMAGES: Clean(_write_images(folder / "images")),
        Kind.RIG: Clean(write_rig_dandiset(folder / "rig")),
        Kind.LABELS: Clean(write_labels(folder / "labels")),
        Kind.LEGACY: Clean(_write_legacy(folder / "legacy"), legacy),
    }


def _write_parts(folder: Path) -> Path:
    """Cut the video in two, and time video and pose by one timestamps dataset."""
    path = write_recording(folder)
    write_video(path.parent / FIRST, FIRST_FRAMES)
    write_video(path.parent / SECOND, FRAMES - FIRST_FRAMES)
    with h5py.File(path, "r+") as file:
        video = file[CAMERA_VIDEO]
        del video["external_file"], video["starting_time"]
        video["external_file"] = [FIRST, SECOND]
        video["external_file"].attrs["starting_frame"] = np.array([0, FIRST_FRAMES])
        video["timestamps"] = np.arange(FRAMES) / RATE
        video["timestamps"].attrs.update({"unit": "seconds", "interval": np.int32(1)})
        for node in NODES:
            del file[f"{POSE}/{node}/starting_time"]
            file[f"{POSE}/{node}/timestamps"] = h5py.SoftLink(f"{CAMERA_VIDEO}/timestamps")
    return path


def _write_images(folder: Path) -> Path:
    """Keep each frame of the video as an image."""
    path = write_recording(folder)
    (path.parent / VIDEO).unlink()
    write_images(path.parent / STEM, FRAMES)
    with h5py.File(path, "r+") as file:
        video = file[CAMERA_VIDEO]
        del video["external_file"]
        video["external_file"] = list(IMAGES)
        video["external_file"].attrs["starting_frame"] = np.arange(FRAMES)
    return path


def _write_legacy(folder: Path) -> Path:
    """Keep nodes, edges and videos on the container; there were no Skeleton and no Device link."""
    path = write_recording(folder)
    with h5py.File(path, "r+") as file:
        pose = file[POSE]
        for name in ("mouse", "device", "source_video"):
            del pose[name]
        del file["/processing/behavior/Skeletons"]
        pose["nodes"] = list(NODES)
        pose["edges"] = np.array([(0, 1), (0, 2), (0, 3)], np.uint8)
        pose["original_videos"] = [VIDEO]
        pose["dimensions"] = np.array([(WIDTH, HEIGHT)], np.uint16)
        cached = file["/specifications/ndx-pose"]
        (written,) = cached
        cached.move(written, "0.1.1")
    return path
