"""NOD, CNF, UNI and REF: what is done to skeletons, series, confidence, units and frames."""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np
from tests.mutations.editing import describe, film, positions
from tests.mutations.kinds import Kind
from tests.recordings.edits import Edit, attribute, change, each_series, remove, rename, replace
from tests.recordings.written import (
    CAMERA_VIDEO,
    EDGES,
    FRAMES,
    HEIGHT,
    NODES,
    POSE,
    SKELETON,
    WIDTH,
)
from tests.remedies.treatment import again, around, inside, run_again, treat

NOSE = f"{POSE}/nose"
TAIL = f"{POSE}/tail_base"
CONFIDENCE = f"{NOSE}/confidence"
_BEHAVIOR = "/processing/behavior"
_TOP_LEFT = "(0, 0) is the top-left pixel of the video frame; x increases to the right, y downward."


def _skeleton(nodes: Sequence[str], edges: Sequence[Sequence[int]], path: str = SKELETON) -> Edit:
    def edit(file: h5py.File) -> None:
        replace(f"{path}/nodes", list(nodes))(file)
        replace(f"{path}/edges", np.array(edges, np.uint16).reshape(-1, 2))(file)

    return edit


def _own_skeleton(file: h5py.File) -> None:
    """Link a skeleton without tail_base."""
    file.copy(SKELETON, f"{_BEHAVIOR}/Skeletons/head")
    _skeleton(NODES[:3], EDGES[:2], f"{_BEHAVIOR}/Skeletons/head")(file)
    del file[f"{POSE}/mouse"]
    file[f"{POSE}/mouse"] = h5py.SoftLink(f"{_BEHAVIOR}/Skeletons/head")


def _never_detected(name: str) -> Edit:
    """Write a series of NaN for a node, like that of the left ear."""

    def edit(file: h5py.File) -> None:
        series = f"{POSE}/{name}"
        if series in file:
            del file[series]
        file.copy(f"{POSE}/left_ear", series)
        file[f"{series}/data"][...] = np.nan
        file[f"{series}/confidence"][...] = np.nan
        file[series].attrs["description"] = "Never detected."

    return edit


def _without_nose(file: h5py.File) -> None:
    del file[NOSE]
    _skeleton(NODES[1:], [(0, 1), (0, 2)])(file)


def _unfound(rows: slice) -> Edit:
    def edit(file: h5py.File) -> None:
        file[f"{NOSE}/data"][rows] = np.nan
        file[CONFIDENCE][rows] = np.nan
        file[NOSE].attrs["description"] = "The nose; frames in which it was not found are NaN."

    return edit


def _unfound_everywhere(file: h5py.File) -> None:
    for node in NODES:
        for name in ("data", "confidence"):
            file[f"{POSE}/{node}/{name}"][:10] = np.nan


def _add_edges_to_all(file: h5py.File) -> None:
    count = len(file[f"{SKELETON}/nodes"])
    replace(f"{SKELETON}/edges", np.array([(0, n) for n in range(1, count)], np.uint16))(file)


def _columns(count: int) -> Edit:
    return lambda file: replace(f"{NOSE}/data", file[f"{NOSE}/data"][:, :count])(file)


def _put_into_skeletons(file: h5py.File) -> None:
    skeletons = file.create_group(f"{_BEHAVIOR}/Skeletons")
    skeletons.attrs.update({"neurodata_type": "Skeletons", "namespace": "ndx-pose"})
    file.move(f"{_BEHAVIOR}/mouse", SKELETON)
    del file[f"{POSE}/mouse"]
    file[f"{POSE}/mouse"] = h5py.SoftLink(SKELETON)


def _give_the_other_a_skeleton(other: str) -> Edit:
    """Link one skeleton to the Subject, and give the other animal one of its own."""

    def edit(file: h5py.File) -> None:
        path = f"{_BEHAVIOR}/Skeletons/{other}"
        file.copy(SKELETON, path)
        if "subject" in file[path]:
            del file[f"{path}/subject"]
        del file[f"{_BEHAVIOR}/{other}/mouse"]
        file[f"{_BEHAVIOR}/{other}/mouse"] = h5py.SoftLink(path)
        if "subject" not in file[SKELETON]:
            file[f"{SKELETON}/subject"] = h5py.SoftLink("/general/subject")

    return edit


def _define(text: str) -> Edit:
    return attribute(CONFIDENCE, "definition", text)


def _no_scores(file: h5py.File) -> None:
    file[CONFIDENCE] = np.full(FRAMES, np.nan, np.float32)
    _define("None: the mean of both ears, not tracked")(file)


def _no_confidence_where_no_position(file: h5py.File) -> None:
    missing = np.isnan(file[f"{NOSE}/data"][...]).any(axis=1)
    file[CONFIDENCE][...] = np.where(missing, np.nan, file[CONFIDENCE][...])


def _unit(unit: str) -> Edit:
    return each_series(lambda name: attribute(f"{POSE}/{name}/data", "unit", unit))


def _conversion(value: float) -> Edit:
    return each_series(lambda name: attribute(f"{POSE}/{name}/data", "conversion", value))


def _offset(value: float) -> Edit:
    return each_series(lambda name: attribute(f"{POSE}/{name}/data", "offset", value))


NOD = (
    treat("NOD001", "Write the missing series", again(TAIL)),
    treat("NOD001", "link a skeleton without it", inside(_own_skeleton)),
    treat("NOD001", "NaN and the description", inside(_never_detected("tail_base"))),
    treat(
        "NOD002",
        "Add the node and its edges",
        inside(_skeleton((*NODES, "whisker"), (*EDGES, (0, 4)))),
    ),
    treat("NOD003", "take it out", inside(_skeleton(NODES, EDGES)), on="a node named twice"),
    treat(
        "NOD003",
        "keep one spelling",
        inside(_skeleton(NODES, EDGES)),
        on="two spellings of a node",
    ),
    treat(
        "NOD004", "write the edges again", again(f"{SKELETON}/edges"), on="an edge to node 4 of 4"
    ),
    treat(
        "NOD004",
        "write them as uint16",
        inside(_add_edges_to_all),
        on="257 nodes, edges of 8 bits",
        leaves=("NOD001",),
    ),
    treat("NOD005", "Write the edge that was meant", inside(_skeleton(NODES, EDGES))),
    treat("NOD006", "Keep one edge of each pair", inside(_skeleton(NODES, EDGES))),
    treat("NOD007", "Add the missing edges", inside(_skeleton(NODES, EDGES))),
    treat("NOD008", "Create Skeleton", again(f"{POSE}/mouse")),
    treat("NOD009", "Write the file again", run_again(Kind.VIDEO)),
    treat("NOD010", "export again", again(NOSE)),
    treat("NOD011", "store it as confidence", inside(_columns(2))),
    treat(
        "NOD012",
        "Store data.T",
        inside(lambda file: replace(f"{NOSE}/data", file[f"{NOSE}/data"][...].T)(file)),
        on="transposed",
    ),
    treat("NOD012", "of the shape (frames, 2)", inside(_columns(2)), on="four columns"),
    treat("NOD013", "Write NaN for each frame", inside(_never_detected("nose"))),
    treat("NOD013", "leave node and series out", inside(_without_nose)),
    treat("NOD014", "say so in the description", inside(_never_detected("nose"))),
    treat("NOD014", "leave node and series out", inside(_without_nose)),
    treat(
        "NOD015",
        "Say in the description",
        inside(attribute(NOSE, "description", "Hidden from this camera for most of the time.")),
    ),
    treat("NOD016", "write NaN where", inside(_unfound(slice(106)))),
    treat("NOD016", "the filling of gaps switched off", again(f"{NOSE}/data")),
    treat("NOD017", "write NaN", inside(_unfound(slice(3, 4)))),
    treat(
        "NOD018",
        "write the right data",
        again(f"{POSE}/left_ear/data"),
        on="a trajectory copied",
    ),
    treat(
        "NOD018",
        "write the right data",
        again(*(f"{POSE}/{node}" for node in NODES)),
        on="a trajectory copied, of 12 frames",
    ),
    treat(
        "NOD019",
        "Replace these rows by NaN",
        inside(change(f"{NOSE}/data", slice(10), np.nan)),
        on="zero for missing",
    ),
    treat(
        "NOD019",
        "Replace these rows by NaN",
        inside(change(f"{NOSE}/data", slice(10), np.nan)),
        on="-1 for missing, no confidence",
    ),
    treat(
        "NOD019",
        "in every body part, and their confidence too",
        inside(_unfound_everywhere),
        on="zero in every part, and sure",
    ),
    treat("NOD020", "Run the conversion again", again(POSE)),
    treat("NOD021", "Put it in a Skeletons object", inside(_put_into_skeletons)),
    treat(
        "NOD022",
        "Write the container",
        inside(lambda file: file.move("/processing/pose_estimation/PoseEstimation", POSE)),
    ),
    treat(
        "NOD023",
        "Skeleton(subject=",
        inside(_give_the_other_a_skeleton("mouse2")),
        on=("two mice, neither the subject", "two mice, one skeleton for both"),
    ),
    treat(
        "NOD023",
        "Skeleton(subject=",
        inside(_give_the_other_a_skeleton("intruder")),
        on="two containers, one skeleton for both",
    ),
    treat("NOD024", "the name of its node", inside(rename(f"{POSE}/tail", "tail_base"))),
    treat(
        "NOD025",
        "Rename it",
        inside(_skeleton(("nose_tip", *NODES[1:]), EDGES), rename(f"{POSE}/nose:tip", "nose_tip")),
        on="a colon",
    ),
    treat("NOD025", "Rename it", inside(_skeleton(NODES, EDGES)), on="a control character"),
)

CNF = (
    treat(
        "CNF001",
        "not bounded by 1",
        inside(_define("Height of the peak in the confidence map; not bounded by 1")),
    ),
    treat(
        "CNF001",
        "clip",
        inside(lambda f: change(CONFIDENCE, ..., f[CONFIDENCE][...].clip(0, 1))(f)),
    ),
    treat("CNF002", "of the same frames", again(CONFIDENCE)),
    treat("CNF003", "Softmax output", inside(_define("Softmax output of the deep neural network"))),
    treat("CNF004", "Add the tracker's scores", again(CONFIDENCE)),
    treat("CNF004", "write NaN for each frame", inside(_no_scores)),
    treat("CNF005", "the tracker's own scores", again(CONFIDENCE), on="confidence filled in"),
    treat(
        "CNF005",
        "1 throughout: labeled by hand",
        inside(_define("1 throughout: labeled by hand")),
        on="confidence filled in",
    ),
    treat("CNF005", "from before the threshold", again(CONFIDENCE), on="confidence 0 or 1"),
    treat(
        "CNF005",
        "Visibility flag",
        inside(_define("Visibility flag: 1 visible, 0 hidden")),
        on="confidence 0 or 1",
    ),
    treat("CNF006", "Set the confidence to NaN", inside(_no_confidence_where_no_position)),
    treat("CNF007", "Rescale", again(CONFIDENCE), on="seven"),
    treat("CNF007", "write NaN instead", inside(change(CONFIDENCE, 3, np.nan)), on="logit"),
    treat(
        "CNF007",
        "Divide by 100",
        inside(lambda f: change(CONFIDENCE, ..., f[CONFIDENCE][...] / 100)(f)),
        on="percent",
    ),
    treat(
        "CNF007",
        "write NaN where there is no confidence",
        inside(change(CONFIDENCE, 3, np.nan)),
        on="infinite confidence",
    ),
    treat("CNF008", "Export the tracker's scores", again(CONFIDENCE)),
    treat("CNF008", "say so in the definition", inside(_define("None: the mean of both ears"))),
    treat(
        "CNF008",
        "leave the confidence out of all series",
        inside(each_series(lambda name: remove(f"{POSE}/{name}/confidence"))),
    ),
)

UNI = (
    treat("UNI001", "full English plural", inside(_unit("pixels")), on="px"),
    treat("UNI001", "Use 'n.a.'", inside(_unit("n.a.")), on="a unit that nobody knows"),
    treat("UNI002", "Set the unit", inside(_unit("pixels")), on="unknown"),
    treat("UNI002", "Write the unit", inside(_unit("pixels")), on="unit removed"),
    treat("UNI003", "Convert all series to one unit", inside(_unit("pixels"))),
    treat("UNI004", "write that length as the unit", inside(_unit("millimeters"))),
    treat("UNI004", "set conversion to 1", inside(_conversion(1.0))),
    treat("UNI005", "the same conversion", inside(_conversion(0.5)), on="one series converted"),
    treat(
        "UNI005",
        "1, and the offset 0",
        inside(_conversion(1.0), _offset(0.0)),
        on=("conversion NaN", "conversion 0", "offset infinite"),
    ),
    treat("UNI006", "set `conversion` to meters", inside(_conversion(0.001))),
    treat(
        "UNI007",
        "Multiply by the width and height",
        inside(positions(lambda xy: xy * (WIDTH, HEIGHT))),
    ),
    treat(
        "UNI007",
        "use the unit 'n.a.'",
        inside(_unit("n.a."), describe(f"{_TOP_LEFT} Shares of the frame's width and height.")),
    ),
    treat(
        "UNI008",
        "write 'seconds' as the unit",
        inside(attribute(f"{NOSE}/starting_time", "unit", "seconds")),
    ),
    treat("UNI009", "Correct the unit", inside(_unit("pixels"))),
    treat("UNI010", "Write the unit of the calibration object", inside(_unit("millimeters"))),
)

REF = (
    treat("REF001", "is the top-left pixel", inside(describe(_TOP_LEFT))),
    treat(
        "REF002",
        "Name both",
        inside(describe("(0, 0) is the center of the arena; x increases toward the door.")),
    ),
    treat("REF003", "Write one text into all series", inside(describe(_TOP_LEFT))),
    treat("REF004", "If they fit, write", inside(describe(_TOP_LEFT))),
    treat(
        "REF005",
        "Correct scale, flip or offset",
        inside(positions(lambda xy: xy - (40, 0))),
        on="too far right",
    ),
    treat(
        "REF005",
        "Correct scale, flip or offset",
        inside(positions(np.negative)),
        on="negated",
    ),
    treat(
        "REF005",
        "Correct scale, flip or offset",
        inside(positions(lambda xy: xy * [1, -1])),
        on="mirrored outside",
    ),
    treat("VID018", "share the one that was tracked", around(film()), on="in a smaller video"),
    treat("REF006", "Exchange the columns", inside(positions(lambda xy: xy[:, ::-1]))),
    treat(
        "REF007",
        "add the shift back",
        inside(positions(lambda xy: np.add(xy, (50, 0)))),
        leaves=("PRV005",),
    ),
    treat("REF008", "State `dimension` of the video", again(f"{CAMERA_VIDEO}/dimension")),
)

TREATMENTS = (*NOD, *CNF, *UNI, *REF)
