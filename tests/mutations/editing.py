"""Changes of all series at once, which the tables of mutations share."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from tests.mutations.change import Disturbance
from tests.recordings.edits import Edit, each_series, replace
from tests.recordings.written import FRAMES, HEIGHT, NODES, POSE, VIDEO, WIDTH
from tests.video.written_videos import write_video

Values = npt.NDArray[Any]


def positions(change: Callable[[Values], Values], *nodes: str) -> Edit:
    """Change the positions of some nodes, by default of all."""

    def edit(file: h5py.File) -> None:
        for node in nodes or NODES:
            data = file[f"{POSE}/{node}/data"]
            data[...] = change(data[...])

    return edit


def spatial(unit: str) -> Edit:
    """Add a third column to every series."""

    def edit(file: h5py.File) -> None:
        for node in NODES:
            flat = file[f"{POSE}/{node}/data"][...]
            height = np.linspace(5, 9, len(flat), dtype=np.float32)[:, np.newaxis]
            replace(f"{POSE}/{node}/data", np.hstack((flat, height)))(file)
            file[f"{POSE}/{node}/data"].attrs["unit"] = unit

    return edit


def stamp_all(timestamps: Any, *, unit: str = "seconds", linked: bool = True) -> Edit:
    """Time every series by timestamps: by one dataset and links to it, or by copies."""

    def edit(file: h5py.File) -> None:
        first = f"{POSE}/{NODES[0]}/timestamps"
        for node in NODES:
            series = file[f"{POSE}/{node}"]
            for old in ("starting_time", "timestamps"):
                if old in series:
                    del series[old]
            if linked and series.name != first.rpartition("/")[0]:
                series["timestamps"] = h5py.SoftLink(first)
                continue
            series["timestamps"] = np.asarray(timestamps)
            series["timestamps"].attrs.update({"unit": unit, "interval": np.int32(1)})

    return edit


def rate_all(rate: float, start: float = 0.0) -> Edit:
    """Give every series another rate and another beginning."""

    def edit(file: h5py.File) -> None:
        for node in NODES:
            rate_of(f"{POSE}/{node}", rate, start)(file)

    return edit


def rate_of(path: str, rate: float, start: float = 0.0) -> Edit:
    """Give a series with a rate another one, and another beginning."""

    def edit(file: h5py.File) -> None:
        file[f"{path}/starting_time"][()] = start
        file[f"{path}/starting_time"].attrs["rate"] = float(rate)

    return edit


def keep(rows: Any, *nodes: str) -> Edit:
    """Keep some frames of some series, by default of all."""

    def edit(file: h5py.File) -> None:
        for node in nodes or NODES:
            for name in ("data", "confidence"):
                path = f"{POSE}/{node}/{name}"
                replace(path, file[path][...][rows])(file)

    return edit


def intervals(name: str, *spans: tuple[float, float]) -> Edit:
    """Add a table of intervals, as pynwb writes it."""

    def edit(file: h5py.File) -> None:
        table = file.require_group("/intervals").create_group(name)
        columns = {"start_time": 0, "stop_time": 1}
        for column, place in columns.items():
            table[column] = [span[place] for span in spans]
            table[column].attrs.update(_typed("VectorData", "hdmf-common", "Times."))
        table["id"] = np.arange(len(spans))
        table["id"].attrs.update(_typed("ElementIdentifiers", "hdmf-common"))
        table.attrs.update(_typed("TimeIntervals", "core", "Intervals."))
        table.attrs["colnames"] = list(columns)

    return edit


def _typed(neurodata_type: str, namespace: str, description: str | None = None) -> dict[str, str]:
    attributes = {
        "neurodata_type": neurodata_type,
        "namespace": namespace,
        "object_id": str(uuid.uuid4()),
    }
    return attributes if description is None else {**attributes, "description": description}


def describe(reference_frame: str) -> Edit:
    """State another reference frame in every series."""
    return each_series(lambda name: replace(f"{POSE}/{name}/reference_frame", reference_frame))


def film(**changes: Any) -> Disturbance:
    """Replace the video by another one."""

    def disturb(path: Path) -> None:
        options: dict[str, Any] = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT}
        write_video(path.parent / VIDEO, **options | changes)

    return disturb


def damage(change: Callable[[bytes], bytes]) -> Disturbance:
    """Change the bytes of the video."""

    def disturb(path: Path) -> None:
        video = path.parent / VIDEO
        video.write_bytes(change(video.read_bytes()))

    return disturb


def copy_video(*targets: str) -> Disturbance:
    """Put copies of the video where they are wanted, relative to the NWB file."""

    def disturb(path: Path) -> None:
        content = (path.parent / VIDEO).read_bytes()
        for target in targets:
            place = path.parent / target
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

    return disturb


def after(*disturbances: Disturbance) -> Disturbance:
    """Disturb several files, one after the other."""

    def disturb(path: Path) -> Path:
        for single in disturbances:
            path = single(path) or path
        return path

    return disturb
