"""NOD: changes of nodes, edges, and the positions behind them."""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np
from tests.mutations.change import Change
from tests.mutations.editing import keep, positions, spatial, stamp_all
from tests.mutations.kinds import Kind
from tests.recordings.edits import (
    Edit,
    change,
    copy,
    each_series,
    every,
    remove,
    rename,
    renew,
    replace,
)
from tests.recordings.written import FRAMES, NODES, POSE, SKELETON

NOSE = f"{POSE}/nose"
BEHAVIOR = "/processing/behavior"
_REGULAR = np.arange(FRAMES) / 30.0


def _nodes(*nodes: str) -> Edit:
    return replace(f"{SKELETON}/nodes", list(nodes))


def _edges(*edges: Sequence[int]) -> Edit:
    return replace(f"{SKELETON}/edges", np.array(edges, np.uint8).reshape(-1, 2))


def _call(node: str, name: str) -> Edit:
    """Rename a node and its series."""
    renamed = [name if old == node else old for old in NODES]
    return every(_nodes(*renamed), rename(f"{POSE}/{node}", name))


def _copy(source: str, target: str, shift: float = 0.0) -> Edit:
    def edit(file: h5py.File) -> None:
        copy(source, target)(file)
        if shift:
            file[f"{target}/data"][...] += np.float32(shift)

    return edit


def _unsure(rows: slice, value: float) -> Edit:
    """Let the nose be found nowhere in some frames: a value in place of its position."""
    return every(
        change(f"{NOSE}/data", rows, value),
        change(f"{NOSE}/confidence", rows, np.linspace(0.01, 0.05, FRAMES)[rows]),
    )


def _still(rows: slice) -> Edit:
    return positions(
        lambda xy: np.concatenate([np.tile(xy[:1], (len(xy[rows]), 1)), xy])[:FRAMES], "nose"
    )


def _move_skeleton(file: h5py.File) -> None:
    file.move(SKELETON, f"{BEHAVIOR}/mouse")
    del file[f"{BEHAVIOR}/Skeletons"], file[f"{POSE}/mouse"]
    file[f"{POSE}/mouse"] = h5py.SoftLink(f"{BEHAVIOR}/mouse")


def _move_skeletons(file: h5py.File) -> None:
    file.move(f"{BEHAVIOR}/Skeletons", f"{BEHAVIOR}/animals")
    del file[f"{POSE}/mouse"]
    file[f"{POSE}/mouse"] = h5py.SoftLink(f"{BEHAVIOR}/animals/mouse")


def _move_pose(file: h5py.File) -> None:
    module = file.create_group("/processing/pose_estimation")
    module.attrs.update(file[BEHAVIOR].attrs)
    renew(module)
    file.move(POSE, "/processing/pose_estimation/PoseEstimation")


def _two_mice(file: h5py.File) -> None:
    file.move(POSE, f"{BEHAVIOR}/mouse1")
    copy(f"{BEHAVIOR}/mouse1", f"{BEHAVIOR}/mouse2")(file)
    _shift(f"{BEHAVIOR}/mouse2")(file)


def _own_skeleton(file: h5py.File) -> None:
    """Give the second mouse a skeleton of its own, which is not the Subject's."""
    other = f"{BEHAVIOR}/Skeletons/other"
    copy(SKELETON, other)(file)
    (subject,) = set(file[other]) - {"nodes", "edges"}
    del file[f"{other}/{subject}"], file[f"{BEHAVIOR}/mouse2/mouse"]
    file[f"{BEHAVIOR}/mouse2/other"] = h5py.SoftLink(other)


def _shift(container: str) -> Edit:
    """Move a copied animal by two pixels."""

    def edit(file: h5py.File) -> None:
        for node in NODES:
            file[f"{container}/{node}/data"][...] += np.float32(2)

    return edit


def _stand_still(container: str) -> Edit:
    def edit(file: h5py.File) -> None:
        for index, node in enumerate(NODES):
            file[f"{container}/{node}/data"][...] = np.float32(20 + index)

    return edit


def _no_subject(file: h5py.File) -> None:
    (subject,) = set(file[SKELETON]) - {"nodes", "edges"}
    del file[f"{SKELETON}/{subject}"]


_MANY_NODES = every(
    _nodes(*NODES, *(f"marker {index}" for index in range(253))),
    remove("/processing/behavior/Skeletons/mouse/edges"),
    lambda file: file.__setitem__(f"{SKELETON}/edges", np.array([(0, 1), (1, 2)], np.uint8)),
)

MUTATIONS = (
    Change("one series removed", "NOD001", remove(f"{POSE}/tail_base")),
    Change("one series too many", "NOD002", _copy(NOSE, f"{POSE}/whisker", 3)),
    Change(
        "a node named twice",
        "NOD003",
        every(_nodes(*NODES, "tail_base"), _edges((0, 1), (0, 2), (0, 3), (0, 4))),
    ),
    Change(
        "two spellings of a node",
        "NOD003",
        every(_nodes(*NODES, "Tail Base"), _edges((0, 1), (0, 2), (0, 3), (0, 4))),
    ),
    Change("an edge to node 4 of 4", "NOD004", _edges((0, 1), (0, 2), (0, 3), (3, 4))),
    Change("257 nodes, edges of 8 bits", "NOD004", _MANY_NODES, also=("NOD001",)),
    Change("a loop", "NOD005", _edges((0, 1), (0, 2), (0, 3), (3, 3))),
    Change("an edge backwards", "NOD006", _edges((0, 1), (0, 2), (0, 3), (1, 0))),
    Change("a node without edge", "NOD007", _edges((0, 1), (0, 2))),
    Change("no skeleton", "NOD008", remove(f"{POSE}/mouse")),
    Change("nodes on the container", "NOD009", kind=Kind.LEGACY),
    Change("one series shorter", "NOD010", keep(slice(100), "nose")),
    Change(
        "one series in 3D",
        "NOD011",
        every(
            lambda file: replace(
                f"{NOSE}/data",
                np.hstack((file[f"{NOSE}/data"][...], np.linspace(5, 9, FRAMES)[:, None])),
            )(file)
        ),
    ),
    Change(
        "transposed",
        "NOD012",
        lambda file: replace(f"{NOSE}/data", file[f"{NOSE}/data"][...].T)(file),
        says="transposed",
    ),
    Change(
        "four columns",
        "NOD012",
        lambda file: replace(f"{NOSE}/data", np.tile(file[f"{NOSE}/data"][...], 2))(file),
    ),
    Change("no frame", "NOD013", keep(slice(0), "nose")),
    Change("never found", "NOD014", _unsure(slice(None), np.nan)),
    Change("found in a third", "NOD015", _unsure(slice(80), np.nan)),
    Change("frozen", "NOD016", _still(slice(105))),
    Change("infinite", "NOD017", change(f"{NOSE}/data", 3, np.inf)),
    Change(
        "a trajectory copied",
        "NOD018",
        lambda file: file[f"{POSE}/left_ear/data"].write_direct(file[f"{NOSE}/data"][...]),
    ),
    Change(
        "a trajectory copied, of 12 frames",
        "NOD018",
        every(
            lambda file: file[f"{POSE}/left_ear/data"].write_direct(file[f"{NOSE}/data"][...]),
            keep(slice(12)),
        ),
        says="short recording",
    ),
    Change(
        "zero in every part, and sure",
        "NOD019",
        every(*(change(f"{POSE}/{node}/data", slice(10), 0) for node in NODES)),
        says="every other body part",
    ),
    Change("zero for missing", "NOD019", _unsure(slice(10), 0)),
    Change(
        "-1 for missing, no confidence",
        "NOD019",
        every(
            change(f"{NOSE}/data", slice(10), -1),
            each_series(lambda name: remove(f"{POSE}/{name}/confidence")),
        ),
    ),
    Change("no series", "NOD020", every(*(remove(f"{POSE}/{node}") for node in NODES))),
    Change("a skeleton of its own", "NOD021", _move_skeleton),
    Change("another module", "NOD022", _move_pose),
    Change("two mice, neither the subject", "NOD023", every(_two_mice, _no_subject)),
    Change("two mice, one skeleton for both", "NOD023", _two_mice),
    Change(
        "two containers, one skeleton for both",
        "NOD023",
        every(copy(POSE, f"{BEHAVIOR}/intruder"), _shift(f"{BEHAVIOR}/intruder")),
        says="share one skeleton",
    ),
    Change("named nearly like its node", "NOD024", rename(f"{POSE}/tail_base", "tail")),
    Change("a colon", "NOD025", _call("nose", "nose:tip")),
    Change(
        "a control character",
        "NOD025",
        _nodes("nose", "left_ear", "right_ear", "tail\x07base"),
    ),
)

NEAR_MISSES = (
    Change("a series in another case", "NOD001", rename(f"{POSE}/tail_base", "Tail Base")),
    Change(
        "a series named as NeuroConv does",
        "NOD002",
        rename(f"{POSE}/tail_base", "PoseEstimationSeriesTailBase"),
    ),
    Change("two similar nodes", "NOD003", _call("left_ear", "nose1")),
    Change(
        "part 1 1 and part 11",
        "NOD003",
        every(
            _call("left_ear", "part_1_1"),
            _nodes("nose", "part_1_1", "part_11", "tail_base"),
            rename(f"{POSE}/right_ear", "part_11"),
        ),
    ),
    Change("an edge to the last node", "NOD004", _edges((0, 1), (0, 2), (3, 2))),
    Change(
        "256 nodes, edges of 8 bits",
        "NOD004",
        every(_MANY_NODES, _nodes(*NODES, *(f"marker {index}" for index in range(252)))),
        also=("NOD001", "NOD007"),
    ),
    Change("a circle of three", "NOD005", _edges((0, 1), (1, 2), (2, 0), (0, 3))),
    Change("a circle of three", "NOD006", _edges((0, 1), (1, 2), (2, 0), (0, 3))),
    Change("no edge at all", "NOD007", _edges()),
    Change(
        "a view of a rig", "NOD008", remove("/processing/behavior/pose3d/left/mouse"), kind=Kind.RIG
    ),
    Change(
        "a Skeleton, and ndx-pose 0.2",
        "NOD009",
        lambda file: file.move(
            "/specifications/ndx-pose/" + next(iter(file["/specifications/ndx-pose"])),
            "/specifications/ndx-pose/0.2.0",
        ),
    ),
    Change(
        "one series shorter, on timestamps",
        "NOD010",
        every(
            stamp_all(_REGULAR, linked=False),
            keep(slice(100), "nose"),
            replace(f"{NOSE}/timestamps", _REGULAR[:100]),
        ),
        also=("TIM002", "TIM007"),
    ),
    Change("all in 3D", "NOD011", spatial("millimeters")),
    Change(
        "whole pixels",
        "NOD012",
        lambda file: replace(f"{NOSE}/data", file[f"{NOSE}/data"][...].astype(np.int16))(file),
    ),
    Change("one frame each", "NOD013", keep(slice(1))),
    Change("found once", "NOD014", _unsure(slice(1, None), np.nan), also=("NOD015",)),
    Change("found in one half", "NOD015", _unsure(slice(60), np.nan)),
    Change("still for 100 frames", "NOD016", _still(slice(99))),
    Change("missing is NaN", "NOD017", _unsure(slice(3, 4), np.nan)),
    Change(
        "a trajectory copied but for one sample",
        "NOD018",
        every(
            lambda file: file[f"{POSE}/left_ear/data"].write_direct(file[f"{NOSE}/data"][...]),
            change(f"{POSE}/left_ear/data", (5, 0), 40.5),
        ),
    ),
    Change("zero once", "NOD019", _unsure(slice(1), 0)),
    Change("zero and sure", "NOD019", change(f"{NOSE}/data", slice(10), 0)),
    Change(
        "zero and sure, each part in other frames",
        "NOD019",
        every(
            *(
                change(f"{POSE}/{node}/data", slice(10 * index, 10 * index + 10), 0)
                for index, node in enumerate(NODES)
            )
        ),
    ),
    Change(
        "a trajectory copied, of 9 frames",
        "NOD018",
        every(
            lambda file: file[f"{POSE}/left_ear/data"].write_direct(file[f"{NOSE}/data"][...]),
            keep(slice(9)),
        ),
    ),
    Change(
        "one series left",
        "NOD020",
        every(*(remove(f"{POSE}/{node}") for node in NODES[1:])),
        also=("NOD001",),
    ),
    Change("Skeletons under another name", "NOD021", _move_skeletons),
    Change("another name in the module", "NOD022", rename(POSE, "DeepLabCut")),
    Change("two mice, one the subject", "NOD023", every(_two_mice, _own_skeleton)),
    Change(
        "a still object beside the mouse",
        "NOD023",
        every(_two_mice, _stand_still(f"{BEHAVIOR}/mouse2"), rename(f"{BEHAVIOR}/mouse2", "lixit")),
        also=("NOD016",),
    ),
    Change(
        "two trackers of one animal",
        "NOD023",
        every(
            _no_subject,
            copy(POSE, f"{BEHAVIOR}/Sleap"),
            replace(f"{BEHAVIOR}/Sleap/source_software", "SLEAP"),
            _shift(f"{BEHAVIOR}/Sleap"),
        ),
    ),
    Change(
        "raw and filtered, no subject",
        "NOD023",
        every(_copy(POSE, f"{BEHAVIOR}/filtered"), _no_subject),
    ),
    Change(
        "another animal's part",
        "NOD024",
        rename(f"{POSE}/tail_base", "paw"),
        also=("NOD001", "NOD002"),
    ),
    Change("brackets", "NOD025", _call("nose", "nose-tip (left)")),
)
