"""REF: changes of reference frames, and of positions in them."""

from __future__ import annotations

import numpy as np
from tests.mutations.change import Change
from tests.mutations.editing import damage, describe, film, positions
from tests.recordings.edits import Edit, attribute, each_series, every, remove, replace, store
from tests.recordings.written import CAMERA_VIDEO, POSE

NOSE = f"{POSE}/nose"
_CAPITALS = (
    "(0, 0) IS THE TOP-LEFT CORNER OF THE VIDEO FRAME, X INCREASES TO THE RIGHT, Y INCREASES "
    "DOWNWARD"
)
_BOTTOM = "(0, 0) is the bottom left corner of the video; x runs to the right, y runs upward."


def _spread(swapped: bool) -> Edit:
    """Let the animal visit the whole frame, which by itself it does not."""
    whole = positions(lambda xy: xy * [1.9, 1.2] - [43, 6])
    return every(whole, positions(lambda xy: xy[:, ::-1])) if swapped else whole


_UNLINKED = remove(f"{POSE}/source_video")

MUTATIONS = (
    Change("a placeholder", "REF001", describe("(0,0,0) corresponds to ...")),
    Change("blank", "REF001", describe(" ")),
    Change("no origin, no axes", "REF002", describe("coordinates of the video")),
    Change(
        "one series in another frame",
        "REF003",
        replace(
            f"{NOSE}/reference_frame", "(0, 0) is the center of the arena; x points east, y north."
        ),
    ),
    Change("zero at the bottom left", "REF004", describe(_BOTTOM)),
    Change("too far right", "REF005", positions(lambda xy: np.add(xy, (40, 0)))),
    Change("negated", "REF005", positions(np.negative)),
    Change("mirrored outside", "REF005", positions(lambda xy: xy * [1, -1]), says="y reaches -"),
    Change("in a smaller video", "VID018", disturb=film(width=48, height=32)),
    Change("x and y exchanged", "REF006", _spread(swapped=True), says="(y, x)"),
    Change(
        "negative in an unknown frame",
        "REF007",
        every(_UNLINKED, positions(lambda xy: xy - [50, 0])),
        also=("PRV005",),
    ),
    Change(
        "a video that is not fetched, and no stated size",
        "REF008",
        remove(f"{CAMERA_VIDEO}/dimension"),
        disturb=damage(lambda _: b"/annex/objects/SHA256E-s9--ab.mp4\n"),
        also=("VID019",),
    ),
)

NEAR_MISSES = (
    Change(
        "begins like the placeholder",
        "REF001",
        describe("(0, 0) corresponds to the top left corner of the image."),
    ),
    Change("a short one", "REF002", describe("Upper left corner")),
    Change(
        "an arena's", "REF002", describe("Relative to bregma, anterior and right are positive.")
    ),
    Change(
        "one series in other capitals",
        "REF003",
        replace(f"{NOSE}/reference_frame", _CAPITALS),
    ),
    Change(
        "one series without",
        "REF003",
        replace(f"{NOSE}/reference_frame", "unknown"),
        also=("REF001",),
    ),
    Change(
        "zero at the bottom left, in millimeters",
        "REF004",
        every(
            describe(_BOTTOM),
            each_series(lambda name: attribute(f"{POSE}/{name}/data", "unit", "millimeters")),
        ),
    ),
    Change(
        "zero at the bottom left, by another tracker",
        "REF004",
        every(describe(_BOTTOM), replace(f"{POSE}/source_software", "JABS")),
    ),
    Change("a nose over the edge", "REF005", positions(lambda xy: np.add(xy, (28, 0)), "nose")),
    Change(
        "counted from the center",
        "REF005",
        every(
            describe("(0, 0) is the center of the frame; x increases to the right, y downward."),
            positions(lambda xy: xy - [48, 32]),
        ),
    ),
    Change("everywhere in the frame", "REF006", _spread(swapped=False)),
    Change("x and y exchanged, in a square", "REF006", positions(lambda xy: xy[:, ::-1], "nose")),
    Change(
        "just below zero",
        "REF007",
        every(_UNLINKED, positions(lambda xy: xy - [xy[:, 0].min() + 0.9, 0])),
        also=("PRV005",),
    ),
    Change(
        "negative around a center",
        "REF007",
        every(
            _UNLINKED,
            describe("(0, 0) is the center of the frame; x points right, y points down."),
            positions(lambda xy: xy - [48, 32]),
        ),
        also=("PRV005",),
    ),
    Change(
        "dimensions in place of the video",
        "REF008",
        every(_UNLINKED, store(f"{POSE}/dimensions", np.array([(96, 64)], np.uint16))),
        also=("PRV005", "PRV006"),
    ),
)
