"""CAM: changes of a rig's cameras, views and pose in 3D."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from tests.mutations.change import Change
from tests.mutations.kinds import Kind
from tests.recordings.edits import Edit, attribute, copy, every, remove, rename, replace
from tests.recordings.rig import DISTORTION, FRAMES, INTRINSIC, POSE3D, WIDTH

_CAMERA = "/general/devices/left_camera"
_LEFT = f"{POSE3D}/left"
_NODES = ("nose", "left_ear", "tail_base")
_SEEN = ("Nose", "LeftEar", "TailBase")
_VIEWS = ("left", "right", "front")


def _scaled(path: str, factor: Any) -> Edit:
    def edit(file: h5py.File) -> None:
        file[path][...] = file[path][...] * factor

    return edit


def _focal(fx: float, cx: float = INTRINSIC[0, 2]) -> Edit:
    matrix = INTRINSIC.copy()
    matrix[0, 0], matrix[0, 2] = fx, cx
    return replace(f"{_CAMERA}/intrinsic_matrix", matrix)


def _link(path: str, target: str) -> Edit:
    def edit(file: h5py.File) -> None:
        if path in file:
            del file[path]
        file[path] = h5py.SoftLink(target)

    return edit


def _late(seconds: float) -> Edit:
    def edit(file: h5py.File) -> None:
        for node in _SEEN:
            file[f"{_LEFT}/{node}/starting_time"][()] = seconds
        file["/acquisition/left_video/starting_time"][()] = seconds

    return edit


def _columns(view: str, count: int) -> Edit:
    def edit(file: h5py.File) -> None:
        for node in _SEEN if view else _NODES:
            path = f"{POSE3D}/{view}/{node}/data" if view else f"{POSE3D}/{node}/data"
            values = np.hstack((file[path][...], np.linspace(1, 2, FRAMES)[:, None]))
            replace(path, values[:, :count])(file)

    return edit


def _other_skeleton(*nodes: str) -> Edit:
    skeletons = "/processing/behavior/Skeletons"

    def edit(file: h5py.File) -> None:
        copy(f"{skeletons}/mouse", f"{skeletons}/seen")(file)
        replace(f"{skeletons}/seen/nodes", list(nodes))(file)
        _link(f"{_LEFT}/mouse", f"{skeletons}/seen")(file)

    return edit


def _mirror(file: h5py.File) -> None:
    for node in _SEEN:
        data = file[f"{_LEFT}/{node}/data"]
        data[:, 0] = WIDTH - data[:, 0]


def _shifted(pixels: float) -> Edit:
    def edit(file: h5py.File) -> None:
        for node in _SEEN:
            file[f"{_LEFT}/{node}/data"][...] += np.array([pixels, 0])

    return edit


def _turned_round(file: h5py.File) -> None:
    """Store the pose that maps camera to world, which ndx-pose does not want."""
    camera = file[_CAMERA]
    back = camera["rotation_matrix"][...].T
    camera["translation_vector"][...] = -back @ camera["translation_vector"][...]
    camera["rotation_matrix"][...] = back


_unit = every(*(attribute(f"{POSE3D}/{node}/data", "unit", "pixels") for node in _NODES))
_METERS = every(
    *(attribute(f"{POSE3D}/{node}/data", "unit", "meters") for node in _NODES),
    *(attribute(f"{POSE3D}/{node}/data", "conversion", 0.001) for node in _NODES),
)


def _change(
    what: str,
    code: str,
    *edits: Edit,
    also: tuple[str, ...] = (),
    says: str = "",
) -> Change:
    return Change(what, code, every(*edits), kind=Kind.RIG, also=also, says=says)


def _uncalibrated(file: h5py.File) -> None:
    file[_CAMERA].attrs.update({"neurodata_type": "Device", "namespace": "core"})
    for name in (
        "intrinsic_matrix",
        "rotation_matrix",
        "translation_vector",
        "distortion_coefficients",
    ):
        del file[f"{_CAMERA}/{name}"]


MUTATIONS = (
    _change("pixels in the world", "CAM001", _unit),
    _change("a view without camera", "CAM002", remove(f"{_LEFT}/device")),
    _change(
        "one camera for two views",
        "CAM003",
        _link(f"{_LEFT}/device", "/general/devices/right_camera"),
    ),
    _change("K transposed", "CAM004", replace(f"{_CAMERA}/intrinsic_matrix", INTRINSIC.T.copy())),
    _change("a negative focal length", "CAM004", _focal(-900.0)),
    _change("a principal point far outside", "CAM004", _focal(900.0, 9000.0)),
    _change("R scaled", "CAM005", _scaled(f"{_CAMERA}/rotation_matrix", 1.01)),
    _change(
        "R mirrored",
        "CAM005",
        _scaled(f"{_CAMERA}/rotation_matrix", np.array([[1], [1], [-1]])),
        says="mirror",
    ),
    _change("two columns in the world", "CAM006", _columns("", 2)),
    _change("a view a second late", "CAM007", _late(1.0)),
    _change(
        "t in meters",
        "CAM008",
        *(_scaled(f"/general/devices/{view}_camera/translation_vector", 0.001) for view in _VIEWS),
    ),
    _change("a view mirrored", "CAM008", _mirror),
    _change("R and t from camera to world", "CAM008", _turned_round),
    _change("a view 15 pixels off", "CAM008", _shifted(15)),
    _change(
        "six coefficients",
        "CAM009",
        replace(f"{_CAMERA}/distortion_coefficients", np.append(DISTORTION, 0)),
    ),
    _change(
        "distortion NaN",
        "CAM009",
        replace(f"{_CAMERA}/distortion_coefficients", np.where(DISTORTION == 0.012, np.nan, 0)),
        says="NaN",
    ),
    _change(
        "t NaN", "CAM010", replace(f"{_CAMERA}/translation_vector", np.full(3, np.nan)), says="NaN"
    ),
    _change("R without t", "CAM010", remove(f"{_CAMERA}/translation_vector")),
    _change(
        "a view shows another node",
        "CAM011",
        _other_skeleton("nose", "left_ear", "paw"),
        rename(f"{_LEFT}/TailBase", "Paw"),
    ),
    _change("three columns in a view", "CAM012", _columns("left", 3)),
)

NEAR_MISSES = (
    _change("millimeters, meant in meters", "CAM001", _METERS),
    _change("a view by a camera without calibration", "CAM002", _uncalibrated),
    _change(
        "a camera linked by its own name",
        "CAM003",
        _link(f"{_LEFT}/left_camera", _CAMERA),
        remove(f"{_LEFT}/device"),
    ),
    _change(
        "a principal point outside by a little",
        "CAM004",
        _focal(900.0, 655.5),
        replace("/acquisition/left_video/dimension", np.array([600, 500])),
        also=("VID018",),
    ),
    _change(
        "R in single precision",
        "CAM005",
        lambda file: replace(
            f"{_CAMERA}/rotation_matrix", file[f"{_CAMERA}/rotation_matrix"][...].astype(np.float32)
        )(file),
    ),
    _change(
        "three columns of whole millimeters",
        "CAM006",
        *(
            lambda file, node=node: replace(
                f"{POSE3D}/{node}/data",
                np.rint(file[f"{POSE3D}/{node}/data"][...]).astype(np.int16),
            )(file)
            for node in _NODES
        ),
    ),
    _change("a view half a frame late", "CAM007", _late(0.4 / 60)),
    _change("a view 5 pixels off", "CAM008", _shifted(5)),
    _change(
        "eight coefficients",
        "CAM009",
        replace(f"{_CAMERA}/distortion_coefficients", np.append(DISTORTION, [0, 0, 0])),
    ),
    _change(
        "neither R nor t",
        "CAM010",
        remove(f"{_CAMERA}/translation_vector"),
        remove(f"{_CAMERA}/rotation_matrix"),
    ),
    _change("a view shows fewer nodes", "CAM011", _other_skeleton("nose", "left_ear", "tail_base")),
    _change(
        "a view in whole pixels",
        "CAM012",
        *(
            lambda file, node=node: replace(
                f"{_LEFT}/{node}/data", np.rint(file[f"{_LEFT}/{node}/data"][...]).astype(np.int16)
            )(file)
            for node in _SEEN
        ),
    ),
)
