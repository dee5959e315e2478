"""One fault at a time, planted with h5py in a copy of the careful recording.

A `Defect` says which code must be reported for it, and nothing else of error severity may be.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from tests.recordings.edits import (
    Edit,
    attribute,
    change,
    each_series,
    every,
    refer,
    remove,
    rename,
    replace,
    stamp,
    store,
)
from tests.recordings.written import CAMERA_VIDEO, FRAMES, POSE, SKELETON, STEM, VIDEO


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A fault, and what must be said of it.

    Attributes
    ----------
    id
        The name of its folder and of its test.
    code
        The code that must be reported; empty for a harmless change.
    severity
        With which severity.
    edit
        What makes the careful recording faulty.
    video
        Where to put a copy of the video, relative to the NWB file.
    """

    id: str
    code: str
    edit: Edit
    severity: str = "error"
    video: str = ""


def plant(careful: Path, folder: Path, defect: Defect) -> Path:
    """Copy the careful dandiset to a folder, make it faulty, and return the NWB file."""
    shutil.copytree(careful.parents[1], folder)
    path = folder / careful.parent.name / careful.name
    if defect.video:
        target = path.parent / defect.video
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path.parent / VIDEO, target)
    with h5py.File(path, "r+") as file:
        defect.edit(file)
    return path


def _shorten(series: str, frames: int) -> Edit:
    def edit(file: h5py.File) -> None:
        group = file[f"{POSE}/{series}"]
        replace(f"{group.name}/data", group["data"][:frames])(file)
        replace(f"{group.name}/confidence", group["confidence"][:frames])(file)

    return edit


def _add_whisker(file: h5py.File) -> None:
    file.copy(f"{POSE}/nose", f"{POSE}/whisker")
    file[f"{POSE}/whisker/data"][...] += np.float32(3)


def _dangle(file: h5py.File) -> None:
    del file[f"{POSE}/source_video"]
    file[f"{POSE}/source_video"] = h5py.SoftLink("/acquisition/gone")


def _lose_type(file: h5py.File) -> None:
    file[POSE].attrs["neurodata_type"] = "NWBDataInterface"
    file[POSE].attrs["namespace"] = "core"


_REGULAR = np.arange(FRAMES) / 30.0
_BACKWARDS = np.where(np.arange(FRAMES) == 60, 1.0, _REGULAR)
_HOLED = np.where(np.arange(FRAMES) == 60, np.nan, _REGULAR)

DEFECTS = (
    Defect(id="nwb-type-missing", code="FIL002", edit=attribute("/", "neurodata_type", "Group")),
    Defect(
        id="specification-not-cached",
        code="FIL004",
        severity="warning",
        edit=remove("/specifications/ndx-pose"),
    ),
    Defect(id="dangling-source-video", code="FIL007", edit=_dangle),
    Defect(id="pose-type-lost", code="FIL011", edit=_lose_type),
    Defect(
        id="edges-flat", code="FIL012", edit=replace(f"{SKELETON}/edges", np.empty(0, np.uint8))
    ),
    Defect(id="video-missing", code="VID002", edit=refer("camera.mp4")),
    Defect(id="path-posix-absolute", code="VID003", edit=refer("/data/lab/camera.mp4")),
    Defect(id="path-drive", code="VID003", edit=refer("D:/lab/camera.mp4")),
    Defect(id="path-unc", code="VID003", edit=refer("//server/lab/camera.mp4")),
    Defect(id="path-file-url", code="VID003", edit=refer("file:///data/lab/camera.mp4")),
    Defect(id="path-backslash", code="VID004", edit=refer(VIDEO.replace("/", "\\"))),
    Defect(
        id="path-outside", code="VID005", edit=refer("../../camera.mp4"), video="../../camera.mp4"
    ),
    Defect(
        id="path-url",
        code="VID006",
        severity="warning",
        edit=refer("https://example.org/camera.mp4"),
    ),
    Defect(
        id="extension-not-uploadable",
        code="VID007",
        edit=refer(f"{STEM}/camera.h264"),
        video=f"{STEM}/camera.h264",
    ),
    Defect(
        id="extension-upper-case",
        code="VID008",
        edit=refer(f"{STEM}/camera.MP4"),
        video=f"{STEM}/camera.MP4",
    ),
    Defect(id="format-not-external", code="VID009", edit=replace(f"{CAMERA_VIDEO}/format", "mp4")),
    Defect(
        id="external-with-data",
        code="VID010",
        edit=replace(f"{CAMERA_VIDEO}/data", np.zeros((FRAMES, 4, 4), np.uint8)),
    ),
    Defect(
        id="starting-frame-too-long",
        code="VID011",
        edit=attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [0, 60]),
    ),
    Defect(
        id="starting-frame-not-zero",
        code="VID012",
        edit=attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [5]),
    ),
    Defect(
        id="video-twice",
        code="VID014",
        severity="warning",
        edit=every(
            refer(VIDEO, VIDEO, starting_frame=[0, FRAMES]),
            replace(f"{CAMERA_VIDEO}/num_samples", np.uint32(2 * FRAMES)),
        ),
    ),
    Defect(id="video-timing-missing", code="VID024", edit=remove(f"{CAMERA_VIDEO}/starting_time")),
    Defect(
        id="path-refused-by-archive",
        code="VID029",
        edit=refer(f"{STEM}/jane's.mp4"),
        video=f"{STEM}/jane's.mp4",
    ),
    Defect(
        id="path-hidden",
        code="VID030",
        edit=refer(".videos/camera.mp4"),
        video=".videos/camera.mp4",
    ),
    Defect(id="reference-blank", code="VID031", edit=refer("  ")),
    Defect(
        id="num-samples-mismatch",
        code="VID033",
        edit=every(
            remove(f"{CAMERA_VIDEO}/starting_time"),
            store(f"{CAMERA_VIDEO}/timestamps", _REGULAR, unit="seconds", interval=1),
            replace(f"{CAMERA_VIDEO}/num_samples", np.uint32(FRAMES - 1)),
        ),
    ),
    Defect(
        id="unit-px",
        code="UNI001",
        severity="warning",
        edit=each_series(lambda name: attribute(f"{POSE}/{name}/data", "unit", "px")),
    ),
    Defect(
        id="unit-unknown",
        code="UNI002",
        severity="warning",
        edit=each_series(lambda name: attribute(f"{POSE}/{name}/data", "unit", "unknown")),
    ),
    Defect(
        id="units-differ", code="UNI003", edit=attribute(f"{POSE}/nose/data", "unit", "millimeters")
    ),
    Defect(
        id="reference-frame-placeholder",
        code="REF001",
        severity="warning",
        edit=each_series(
            lambda name: replace(f"{POSE}/{name}/reference_frame", "(0,0,0) corresponds to ...")
        ),
    ),
    Defect(
        id="reference-frame-without-origin",
        code="REF002",
        severity="warning",
        edit=each_series(
            lambda name: replace(f"{POSE}/{name}/reference_frame", "coordinates of the video")
        ),
    ),
    Defect(
        id="reference-frames-differ",
        code="REF003",
        severity="warning",
        edit=replace(
            f"{POSE}/nose/reference_frame",
            "(0, 0) is the center of the arena; x points east, y points north.",
        ),
    ),
    Defect(
        id="origin-contradicts-software",
        code="REF004",
        severity="warning",
        edit=each_series(
            lambda name: replace(
                f"{POSE}/{name}/reference_frame",
                "(0, 0) is the bottom left corner of the video; x increases to the right, y "
                "increases upward.",
            )
        ),
    ),
    Defect(id="node-without-series", code="NOD001", edit=remove(f"{POSE}/nose")),
    Defect(
        id="series-without-node",
        code="NOD002",
        edit=_add_whisker,
    ),
    Defect(
        id="duplicate-node",
        code="NOD003",
        edit=replace(
            f"{SKELETON}/nodes", ["nose", "left_ear", "right_ear", "tail_base", "tail_base"]
        ),
    ),
    Defect(
        id="edge-out-of-range",
        code="NOD004",
        edit=replace(f"{SKELETON}/edges", np.array([(0, 1), (0, 2), (3, 4)], np.uint8)),
    ),
    Defect(
        id="self-edge",
        code="NOD005",
        edit=replace(f"{SKELETON}/edges", np.array([(0, 1), (0, 2), (3, 3)], np.uint8)),
    ),
    Defect(
        id="edge-reversed",
        code="NOD006",
        severity="warning",
        edit=replace(f"{SKELETON}/edges", np.array([(0, 1), (0, 2), (0, 3), (1, 0)], np.uint8)),
    ),
    Defect(id="skeleton-missing", code="NOD008", severity="warning", edit=remove(f"{POSE}/mouse")),
    Defect(id="lengths-differ", code="NOD010", edit=_shorten("nose", 100)),
    Defect(
        id="dimensionality-differs",
        code="NOD011",
        edit=replace(f"{POSE}/nose/data", np.ones((FRAMES, 3), np.float32)),
    ),
    Defect(
        id="data-of-four-columns",
        code="NOD012",
        edit=replace(f"{POSE}/nose/data", np.ones((FRAMES, 4), np.float32)),
    ),
    Defect(
        id="empty-series",
        code="NOD013",
        severity="warning",
        edit=_shorten("nose", 0),
    ),
    Defect(
        id="confidence-peaks",
        code="CNF001",
        severity="warning",
        edit=change(f"{POSE}/nose/confidence", 3, 1.4),
    ),
    Defect(
        id="confidence-length",
        code="CNF002",
        edit=replace(f"{POSE}/nose/confidence", np.full(FRAMES - 1, 0.9, np.float32)),
    ),
    Defect(id="confidence-seven", code="CNF007", edit=change(f"{POSE}/nose/confidence", 3, 7.0)),
    Defect(id="timing-missing", code="TIM001", edit=remove(f"{POSE}/nose/starting_time")),
    Defect(id="clocks-differ", code="TIM002", edit=stamp("nose", _REGULAR * 0.9 + 0.01)),
    Defect(id="timestamps-not-increasing", code="TIM003", edit=stamp("nose", _BACKWARDS)),
    Defect(id="timestamps-too-short", code="TIM004", edit=stamp("nose", _REGULAR[:-20])),
    Defect(id="timestamps-not-finite", code="TIM005", edit=stamp("nose", _HOLED)),
    Defect(
        id="frame-index-as-time",
        code="TIM006",
        edit=each_series(lambda name: stamp(name, np.arange(float(FRAMES)))),
    ),
    Defect(
        id="rate-negative",
        code="TIM008",
        edit=each_series(lambda name: attribute(f"{POSE}/{name}/starting_time", "rate", -30.0)),
    ),
)

HARMLESS = (
    Defect(
        id="node-in-another-case",
        code="",
        edit=rename(f"{POSE}/tail_base", "Tail Base"),
    ),
    Defect(
        id="series-named-by-neuroconv",
        code="",
        edit=each_series(
            lambda name: rename(
                f"{POSE}/{name}", "PoseEstimationSeries" + name.title().replace("_", "")
            )
        ),
    ),
    Defect(
        id="missing-positions", code="", edit=change(f"{POSE}/nose/data", slice(10, 20), np.nan)
    ),
    Defect(
        id="missing-confidence",
        code="",
        edit=change(f"{POSE}/nose/confidence", slice(10, 20), np.nan),
    ),
    Defect(
        id="irregular-shared-clock",
        code="",
        edit=each_series(lambda name: stamp(name, np.cumsum(np.linspace(0.03, 0.036, FRAMES)))),
    ),
    Defect(id="path-with-dot", code="", edit=refer(f"./{VIDEO}")),
)
"""Changes that a careful lab may make: none of them may give an error."""
