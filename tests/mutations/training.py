"""TRN: changes of labeled frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tests.mutations.change import Change
from tests.mutations.kinds import Kind
from tests.recordings.edits import Edit, change, copy, every, remove, replace
from tests.recordings.labeled import FRAMES, LABELED, LABELS, SOURCE_VIDEO, VIDEO

_FRAME = f"{LABELS}/frame_3"
_INSTANCE = f"{_FRAME}/skeleton_instances/mouse"


def _number(value: Any, frame: str = _FRAME) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[frame].attrs["source_video_frame_index"]
        if value is not None:
            file[frame].attrs["source_video_frame_index"] = value

    return edit


def _numbers(*values: Any) -> Edit:
    """Number the labeled frames again, in the order in which they were labeled."""
    return every(*(_number(value, f"{LABELS}/frame_{order}") for order, value in enumerate(values)))


def _annotator(name: str | None) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[_FRAME].attrs["annotator"]
        if name is not None:
            file[_FRAME].attrs["annotator"] = name

    return edit


_UNLINKED = remove(f"{_FRAME}/source_video")
_BEYOND = np.arange(len(LABELED)) * 24 + 3


def _link_image(file: h5py.File) -> None:
    image = file.create_dataset("/acquisition/frame_3", data=np.zeros((8, 8), np.uint8))
    image.attrs.update({"neurodata_type": "GrayscaleImage", "namespace": "core"})
    file[f"{_FRAME}/source_frame"] = h5py.SoftLink("/acquisition/frame_3")


def _change(
    what: str, code: str, *edits: Edit, also: tuple[str, ...] = (), says: str = ""
) -> Change:
    return Change(what, code, every(*edits), kind=Kind.LABELS, also=also, says=says)


def _add_instance(number: int, frame: str = _FRAME, name: str = "other") -> Edit:
    """Label a second animal in a frame."""

    def edit(file: h5py.File) -> None:
        instances = f"{frame}/skeleton_instances"
        copy(f"{instances}/mouse", f"{instances}/{name}")(file)
        file[f"{instances}/{name}"].attrs["id"] = np.uint8(number)

    return edit


def _number_all(count: int) -> Edit:
    """Label many animals, and number them one after the other in 8 bits."""

    def edit(file: h5py.File) -> None:
        per_frame = -(-count // len(LABELED))
        for number in range(count):
            order, place = divmod(number, per_frame)
            instances = file[f"{LABELS}/frame_{order}/skeleton_instances"]
            if not place:
                instances.move("mouse", "mouse_0")
            else:
                copy(f"{instances.name}/mouse_0", f"{instances.name}/mouse_{place}")(file)
            instances[f"mouse_{place}"].attrs["id"] = np.uint8(number % 256)

    return edit


def _relink(file: h5py.File, skeleton: str) -> None:
    del file[f"{_INSTANCE}/mouse"]
    file[f"{_INSTANCE}/mouse"] = h5py.SoftLink(skeleton)


def _unseen(what: str, samples: int, says: str = "") -> Change:
    """State a length, of a video that is not there."""

    def remove_video(path: Path) -> None:
        (path.parent / VIDEO).unlink()

    edit = replace(f"{SOURCE_VIDEO}/num_samples", np.uint32(samples))
    return Change(
        what,
        "TRN004",
        edit,
        disturb=remove_video,
        kind=Kind.LABELS,
        also=("VID002",),
        says=says,
    )


MUTATIONS = (
    _change(
        "a node without location",
        "TRN001",
        replace(f"{_INSTANCE}/node_locations", np.full((2, 2), 30.0)),
        replace(f"{_INSTANCE}/node_visibility", np.ones(2, bool)),
    ),
    _change(
        "a node without mark", "TRN002", replace(f"{_INSTANCE}/node_visibility", np.ones(2, bool))
    ),
    _change("video unlinked", "TRN003", _UNLINKED),
    _change("the frame after the last", "TRN004", _number(np.uint32(FRAMES))),
    _change("a negative frame", "TRN004", _number(np.int32(-1))),
    _unseen("one sample, and later frames are labeled", 1, "only fills the field"),
    _unseen("as many samples as the last labeled frame", max(LABELED), "one of the two is wrong"),
    _change("a frame twice", "TRN005", _number(np.uint32(LABELED[4]))),
    _change("one annotator removed", "TRN006", _annotator(None)),
    _change("no picture", "TRN007", _UNLINKED, _number(None)),
    _change("visible at NaN", "TRN008", change(f"{_INSTANCE}/node_locations", 1, np.nan)),
    _change("visible at infinity", "TRN008", change(f"{_INSTANCE}/node_locations", 1, np.inf)),
    _change("outside", "TRN009", change(f"{_INSTANCE}/node_locations", 1, (140, 20))),
    _change("an instance twice in a frame", "TRN011", _add_instance(0)),
    _change("258 instances, ids of 8 bits", "TRN011", _number_all(258), says="from 0 again"),
    _change("numbers wrapped at 256", "TRN010", _numbers(*_BEYOND.astype(np.uint8))),
)

NEAR_MISSES = (
    _change(
        "another skeleton with fewer nodes",
        "TRN001",
        lambda file: file.copy(
            "/processing/behavior/Skeletons/mouse", "/processing/behavior/Skeletons/head"
        ),
        replace("/processing/behavior/Skeletons/head/nodes", ["nose", "left_ear"]),
        replace("/processing/behavior/Skeletons/head/edges", np.array([(0, 1)], np.uint8)),
        replace(f"{_INSTANCE}/node_locations", np.full((2, 2), 30.0)),
        replace(f"{_INSTANCE}/node_visibility", np.ones(2, bool)),
        lambda file: _relink(file, "/processing/behavior/Skeletons/head"),
    ),
    _change("no marks at all", "TRN002", remove(f"{_INSTANCE}/node_visibility")),
    _change("an image in place of a video", "TRN003", _UNLINKED, _number(None), _link_image),
    _change("the last frame", "TRN004", _number(np.uint32(FRAMES - 1))),
    _unseen("one sample more than the last labeled frame", max(LABELED) + 1),
    _change("the first frame", "TRN004", _number(np.uint32(0))),
    _change(
        "a frame twice, by two people",
        "TRN005",
        _number(np.uint32(LABELED[4])),
        _annotator("John Roe"),
    ),
    _change("initials", "TRN006", _annotator("JD")),
    _change("an image", "TRN007", _UNLINKED, _number(None), _link_image),
    _change(
        "hidden at NaN",
        "TRN008",
        change(f"{_INSTANCE}/node_locations", 1, np.nan),
        change(f"{_INSTANCE}/node_visibility", 1, False),
    ),
    _change("on the edge", "TRN009", change(f"{_INSTANCE}/node_locations", 1, (96, 64))),
    _change("two instances in a frame", "TRN011", _add_instance(1)),
    _change("250 instances, ids of 8 bits", "TRN011", _number_all(250)),
    _change("numbers in 8 bits that rise", "TRN010", _numbers(*np.array(LABELED, np.uint8))),
    _change(
        "numbers in 16 bits, in any order", "TRN010", _numbers(*_BEYOND[::-1].astype(np.uint16))
    ),
)
