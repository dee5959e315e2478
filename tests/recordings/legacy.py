"""Files as ndx-pose 0.1, 0.2 and 0.3 wrote them: the careful recording, turned back with h5py."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
from tests.recordings.written import NODES, POSE, SKELETON, VIDEO


def write_nodes_on_container(careful: Path, folder: Path) -> Path:
    """Write as ndx-pose 0.1 did: no Skeleton, no device, videos by name, nodes on the container.

    One edge leads out of range, and the node ``tail_base`` has no series.
    """
    path = _copy(careful, folder)
    with h5py.File(path, "r+") as file:
        pose = file[POSE]
        for name in ("mouse", "device", "source_video", "tail_base"):
            del pose[name]
        del file["/processing/behavior/Skeletons"]
        pose["nodes"] = list(NODES)
        pose["edges"] = np.array([(0, 1), (0, 200)], np.uint8)
        pose["original_videos"] = [VIDEO]
        pose["dimensions"] = np.array([(96, 64)], np.uint8)
        _date_back(file, "0.1.1")
    return path


def write_two_devices(careful: Path, folder: Path) -> Path:
    """Write as ndx-pose 0.3 could: one container links two devices, and one confidence is 7."""
    path = _copy(careful, folder)
    with h5py.File(path, "r+") as file:
        pose = file[POSE]
        file.copy("/general/devices/camera", "/general/devices/side_camera")
        del pose["device"], pose["source_video"]
        for name in ("camera", "side_camera"):
            pose[name] = h5py.SoftLink(f"/general/devices/{name}")
        pose["nose/confidence"][5] = 7
        pose["original_videos"] = [VIDEO, VIDEO.replace("camera", "side")]
        _date_back(file, "0.3.0")
    return path


def write_flat_edges(careful: Path, folder: Path) -> Path:
    """Write as dlc2nwb 0.2 did: no edges, stored with the shape (0,), which pynwb cannot read."""
    path = _copy(careful, folder)
    with h5py.File(path, "r+") as file:
        del file[f"{SKELETON}/edges"]
        file[f"{SKELETON}/edges"] = np.empty(0, np.uint8)
        file[f"{POSE}/nose/confidence"][5] = 7
        _date_back(file, "0.2.0")
    return path


def _copy(careful: Path, folder: Path) -> Path:
    shutil.copytree(careful.parents[1], folder)
    return folder / careful.parent.name / careful.name


def _date_back(file: h5py.File, version: str) -> None:
    cached = file["/specifications/ndx-pose"]
    (written,) = cached
    cached.move(written, version)
