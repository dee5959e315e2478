"""PRV, TRN and CAM: what is done to provenance, labels and cameras."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from tests.recordings.edits import Edit, attribute, remove, rename, replace
from tests.recordings.labeled import FRAMES, LABELED, LABELS, SOURCE_VIDEO
from tests.recordings.rig import POSE3D, WIDTH
from tests.recordings.written import CAMERA_VIDEO, POSE, VIDEO
from tests.remedies.treatment import again, inside, run_again, treat

_FRAME = f"{LABELS}/frame_3"
_INSTANCE = f"{_FRAME}/skeleton_instances/mouse"
_LEFT = f"{POSE3D}/left"
_SKELETONS = "/processing/behavior/Skeletons"
_CAMERA = "/general/devices/left_camera"
_CAMERAS = tuple(f"/general/devices/{view}_camera" for view in ("left", "right", "front"))
_NODES, _SEEN = ("nose", "left_ear", "tail_base"), ("Nose", "LeftEar", "TailBase")
_DESCRIPTION = "Four body parts of the mouse, estimated from the overhead view; not filtered."


def _link(path: str, target: str) -> Edit:
    def edit(file: h5py.File) -> None:
        if file.get(path, getlink=True) is not None:
            del file[path]
        file[path] = h5py.SoftLink(target)

    return edit


def _set(name: str, value: str) -> Edit:
    def edit(file: h5py.File) -> None:
        if f"{POSE}/{name}" in file:
            replace(f"{POSE}/{name}", value)(file)
        else:
            file[f"{POSE}/{name}"] = value

    return edit


def _software(file: h5py.File) -> None:
    _set("source_software", "DeepLabCut")(file)
    file[f"{POSE}/source_software"].attrs["version"] = "2.3.8"


def _leave_out(*names: str) -> Edit:
    def edit(file: h5py.File) -> None:
        for name in names:
            if f"{POSE}/{name}" in file:
                del file[f"{POSE}/{name}"]

    return edit


def _index(value: Any, frame: str = _FRAME) -> Edit:
    return attribute(frame, "source_video_frame_index", np.uint32(value))


def _into_one_frame(file: h5py.File) -> None:
    file.move(_INSTANCE, f"{LABELS}/frame_4/skeleton_instances/mouse2")
    file[f"{LABELS}/frame_4/skeleton_instances/mouse2"].attrs["id"] = np.uint32(1)
    del file[_FRAME]


def _number_instances(file: h5py.File) -> None:
    """Number all instances one after the other, in 32 bits."""
    number = 0
    for frame in file[LABELS].values():
        for instance in frame["skeleton_instances"].values():
            del instance.attrs["id"]
            instance.attrs["id"] = np.uint32(number)
            number += 1


def _not_labeled(file: h5py.File) -> None:
    file[f"{_INSTANCE}/node_locations"][1] = np.nan
    file[f"{_INSTANCE}/node_visibility"][1] = False


def _scale(factor: float, *paths: str) -> Edit:
    def edit(file: h5py.File) -> None:
        for path in paths:
            file[path][...] = file[path][...] * factor

    return edit


def _shift(pixels: float) -> Edit:
    def edit(file: h5py.File) -> None:
        for node in _SEEN:
            file[f"{_LEFT}/{node}/data"][...] += np.array([pixels, 0])

    return edit


def _mirror(file: h5py.File) -> None:
    for node in _SEEN:
        data = file[f"{_LEFT}/{node}/data"]
        data[:, 0] = WIDTH - data[:, 0]


def _pad(file: h5py.File) -> None:
    path = f"{_CAMERA}/distortion_coefficients"
    replace(path, np.append(file[path][...], [0, 0]))(file)


def _start(*paths: str) -> Edit:
    def edit(file: h5py.File) -> None:
        for path in paths:
            file[f"{path}/starting_time"][()] = 0.0

    return edit


_K, _R, _T = (
    f"{_CAMERA}/{name}" for name in ("intrinsic_matrix", "rotation_matrix", "translation_vector")
)

PRV = (
    treat("PRV001", "source_software=", inside(_software)),
    treat("PRV002", "source_software_version=", inside(_software)),
    treat("PRV003", "the model's name", inside(_set("scorer", "DLC_resnet50_openfield_1600"))),
    treat("PRV004", "in one or two sentences", inside(_set("description", _DESCRIPTION))),
    treat("PRV005", "link it as source_video", inside(_link(f"{POSE}/source_video", CAMERA_VIDEO))),
    treat("PRV006", "leave the deprecated fields out", inside(_leave_out("original_videos"))),
    treat("PRV007", "leave original_videos out", inside(_leave_out("original_videos"))),
    treat(
        "PRV008",
        "eave the deprecated field out",
        inside(_leave_out("original_videos")),
        on="a placeholder for a path",
    ),
    treat("PRV008", "Leave dimensions out", inside(_leave_out("dimensions")), on="a size of 0"),
    treat("PRV009", "one PoseEstimation per camera", inside(remove(f"{POSE}/side_camera"))),
    treat(
        "PRV010",
        "In an older file, name the video in original_videos",
        inside(replace(f"{POSE}/original_videos", [VIDEO])),
    ),
    treat(
        "PRV011",
        "names or relative paths",
        inside(_set("description", "Tracked by projects/track.py, see there.")),
        on="a home folder",
    ),
    treat(
        "PRV011",
        "names or relative paths",
        inside(replace(f"{POSE}/original_videos", [VIDEO])),
        on="a home folder on Windows",
    ),
    treat(
        "PRV012",
        "Store width and height in this order",
        inside(replace(f"{POSE}/dimensions", np.array([(320, 64)], np.uint16))),
    ),
    treat("PRV013", "leave it out", inside(_leave_out("labeled_video")), on="one series for both"),
    treat(
        "PRV013",
        "leave it out",
        inside(_leave_out("labeled_videos")),
        on="one file in both lists",
    ),
    treat(
        "VID014",
        "which video belongs to which series",
        inside(_leave_out("labeled_video"), remove("/acquisition/labeled")),
        on="source video and labeled video are one",
    ),
)

TRN = (
    treat(
        "TRN001",
        "NaN where the node was not labeled",
        inside(
            replace(
                f"{_INSTANCE}/node_locations", np.array([(30, 30), (30, 30), (np.nan, np.nan)])
            ),
            replace(f"{_INSTANCE}/node_visibility", np.array([True, True, False])),
        ),
    ),
    treat(
        "TRN002",
        "Write one mark per node",
        inside(replace(f"{_INSTANCE}/node_visibility", np.ones(3, bool))),
    ),
    treat("TRN002", "leave node_visibility out", inside(remove(f"{_INSTANCE}/node_visibility"))),
    treat("TRN003", "Link the ImageSeries", inside(_link(f"{_FRAME}/source_video", SOURCE_VIDEO))),
    treat(
        "TRN004",
        "Check whether",
        inside(_index(LABELED[3])),
        on=("the frame after the last", "a negative frame"),
    ),
    treat(
        "TRN004",
        "Store the number of frames",
        inside(replace(f"{SOURCE_VIDEO}/num_samples", np.uint64(FRAMES))),
        on="one sample, and later frames are labeled",
        leaves=("VID002",),
    ),
    treat(
        "TRN004",
        "store their number as num_samples",
        inside(replace(f"{SOURCE_VIDEO}/num_samples", np.uint64(FRAMES))),
        on="as many samples as the last labeled frame",
        leaves=("VID002",),
    ),
    treat("TRN005", "into one TrainingFrame", inside(_into_one_frame)),
    treat("TRN006", "annotator=", inside(attribute(_FRAME, "annotator", "JD"))),
    treat(
        "TRN007",
        "source_video with source_video_frame_index",
        inside(_link(f"{_FRAME}/source_video", SOURCE_VIDEO), _index(LABELED[3])),
    ),
    treat(
        "TRN008",
        "as not visible",
        inside(lambda file: file[f"{_INSTANCE}/node_visibility"].__setitem__(1, False)),
    ),
    treat("TRN009", "write NaN", inside(_not_labeled)),
    treat(
        "TRN011",
        "give each animal one id",
        inside(_number_instances),
        on="an instance twice in a frame",
    ),
    treat(
        "TRN011",
        "ids of 16 or 32 bits",
        inside(_number_instances),
        on="258 instances, ids of 8 bits",
    ),
    treat("TRN010", "Write the file again", run_again()),
)

CAM = (
    treat(
        "CAM001",
        'unit="millimeters"',
        inside(*(attribute(f"{POSE3D}/{node}/data", "unit", "millimeters") for node in _NODES)),
    ),
    treat("CAM002", "link it as device", inside(_link(f"{_LEFT}/device", _CAMERA))),
    treat("CAM003", "Link each view to the camera", inside(_link(f"{_LEFT}/device", _CAMERA))),
    treat(
        "CAM004",
        "Transpose K",
        inside(lambda file: replace(_K, file[_K][...].T.copy())(file)),
        on="K transposed",
    ),
    treat("CAM004", "Write K", again(_K), on=("a negative focal length",)),
    treat("CAM004", "Write K", again(_K), on=("a principal point far outside",)),
    treat("CAM005", "Write R as cv2.Rodrigues", again(_R), on="R scaled"),
    treat("CAM005", "turn it back", again(_R), on="R mirrored"),
    treat(
        "CAM006",
        "the triangulated positions",
        again(*(f"{POSE3D}/{node}/data" for node in _NODES)),
    ),
    treat(
        "CAM007",
        "to one clock",
        inside(_start(*(f"{_LEFT}/{node}" for node in _SEEN), "/acquisition/left_video")),
    ),
    treat(
        "CAM008",
        "translation_vector has that of the 3D series",
        inside(_scale(1000, *(f"{camera}/translation_vector" for camera in _CAMERAS))),
        on="t in meters",
    ),
    treat("CAM008", "videos that were mirrored", inside(_mirror), on="a view mirrored"),
    treat(
        "CAM008", "world to camera and not back", again(_R, _T), on="R and t from camera to world"
    ),
    treat("CAM008", "cropped or scaled", inside(_shift(-15)), on="a view 15 pixels off"),
    treat("CAM009", "Fill up with zeros", inside(_pad), on="six coefficients"),
    treat(
        "CAM009",
        "Calibrate again",
        again(f"{_CAMERA}/distortion_coefficients"),
        on="distortion NaN",
    ),
    treat("CAM010", "Write both", again(_T), on="R without t"),
    treat("CAM010", "neither where only the lens", inside(remove(_R)), on="R without t"),
    treat("CAM010", "Write both as the calibration", again(_T), on="t NaN"),
    treat(
        "CAM011",
        "Link one skeleton",
        inside(_link(f"{_LEFT}/mouse", f"{_SKELETONS}/mouse"), rename(f"{_LEFT}/Paw", "TailBase")),
    ),
    treat(
        "CAM011",
        "name the nodes alike; name the series after the nodes",
        inside(
            replace(f"{_SKELETONS}/seen/nodes", list(_NODES)), rename(f"{_LEFT}/Paw", "TailBase")
        ),
    ),
    treat(
        "CAM012", "in each view what its camera saw", again(*(f"{_LEFT}/{n}/data" for n in _SEEN))
    ),
)

TREATMENTS = (*PRV, *TRN, *CAM)
