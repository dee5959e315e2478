"""CNF and UNI: changes of confidence and units."""

from __future__ import annotations

import h5py
import numpy as np
from tests.mutations.change import Change
from tests.mutations.editing import film, positions, spatial, stamp_all
from tests.mutations.kinds import Kind
from tests.recordings.edits import (
    Edit,
    attribute,
    change,
    each_series,
    every,
    remove,
    replace,
)
from tests.recordings.rig import NODES as RIG_NODES
from tests.recordings.rig import POSE3D
from tests.recordings.written import CAMERA_VIDEO, FRAMES, POSE

NOSE = f"{POSE}/nose"
CONFIDENCE = f"{NOSE}/confidence"


def _without_definition(file: h5py.File) -> None:
    del file[CONFIDENCE].attrs["definition"]


def _without_unit(file: h5py.File) -> None:
    del file[f"{NOSE}/data"].attrs["unit"]


def _unit(unit: str, conversion: float = 1.0) -> Edit:
    return every(
        each_series(lambda name: attribute(f"{POSE}/{name}/data", "unit", unit)),
        each_series(lambda name: attribute(f"{POSE}/{name}/data", "conversion", conversion)),
    )


_LOST = every(change(f"{NOSE}/data", slice(None), np.nan), change(CONFIDENCE, slice(None), np.nan))

MUTATIONS = (
    Change("one peak above 1", "CNF001", change(CONFIDENCE, 3, 1.4)),
    Change("slightly below 0", "CNF001", change(CONFIDENCE, 3, -0.05)),
    Change("one value short", "CNF002", replace(CONFIDENCE, np.linspace(0.7, 0.9, FRAMES - 1))),
    Change("definition removed", "CNF003", _without_definition),
    Change("definition blank", "CNF003", attribute(CONFIDENCE, "definition", " ")),
    Change("one series without confidence", "CNF004", remove(CONFIDENCE)),
    Change("confidence filled in", "CNF005", change(CONFIDENCE, slice(None), 1.0)),
    Change(
        "confidence 0 or 1",
        "CNF005",
        replace(CONFIDENCE, np.arange(FRAMES, dtype=np.float32) % 2),
        says="0 or 1",
    ),
    Change("sure of lost positions", "CNF006", change(f"{NOSE}/data", slice(10, 20), np.nan)),
    Change("seven", "CNF007", change(CONFIDENCE, 3, 7.0)),
    Change("logit", "CNF007", change(CONFIDENCE, 3, -3.0), says="spans -3"),
    Change("percent", "CNF007", replace(CONFIDENCE, np.linspace(70, 99, FRAMES))),
    Change("infinite confidence", "CNF007", change(CONFIDENCE, 3, np.inf), says="in 1 of 120"),
    Change("all NaN", "CNF008", change(CONFIDENCE, slice(None), np.nan)),
    Change("px", "UNI001", _unit("px"), says="'pixels'"),
    Change("a unit that nobody knows", "UNI001", _unit("furlongs")),
    Change("unknown", "UNI002", _unit("unknown")),
    Change("unit removed", "UNI002", _without_unit),
    Change("one series in millimeters", "UNI003", attribute(f"{NOSE}/data", "unit", "millimeters")),
    Change("pixels with a conversion", "UNI004", _unit("pixels", 0.5)),
    Change(
        "one series converted",
        "UNI005",
        every(_unit("millimeters"), attribute(f"{NOSE}/data", "conversion", 0.5)),
    ),
    Change("conversion NaN", "UNI005", _unit("millimeters", np.nan), says="× nan"),
    Change("conversion 0", "UNI005", _unit("pixels", 0.0), says="× 0"),
    Change(
        "offset infinite",
        "UNI005",
        attribute(f"{NOSE}/data", "offset", np.inf),
        says="+ inf (nose)",
    ),
    Change(
        "pixels called meters",
        "UNI006",
        every(_unit("meters"), positions(lambda xy: xy * 10)),
    ),
    Change(
        "pixels of a large video called meters",
        "UNI006",
        every(
            _unit("meters"),
            positions(lambda xy: xy * 10),
            replace(f"{CAMERA_VIDEO}/dimension", np.array((960, 640), np.int32)),
        ),
        disturb=film(width=960, height=640),
    ),
    Change("shares of the frame", "UNI007", positions(lambda xy: xy / (96, 64))),
    Change(
        "time in milliseconds",
        "UNI008",
        attribute(f"{NOSE}/starting_time", "unit", "milliseconds"),
    ),
    Change("degrees", "UNI009", _unit("degrees")),
    Change("pixels in three dimensions", "UNI010", spatial("pixels")),
)

NEAR_MISSES = (
    Change("1 in single precision", "CNF001", change(CONFIDENCE, 3, np.float32(1.0000001))),
    Change(
        "a definition that says so",
        "CNF001",
        every(
            change(CONFIDENCE, 3, 1.4),
            attribute(CONFIDENCE, "definition", "Peak of the confidence map; may exceed 1."),
        ),
    ),
    Change(
        "one value per frame, in double precision",
        "CNF002",
        replace(CONFIDENCE, np.linspace(0.7, 0.9, FRAMES)),
    ),
    Change("a short definition", "CNF003", attribute(CONFIDENCE, "definition", "p")),
    Change(
        "no series has confidence",
        "CNF004",
        each_series(lambda name: remove(f"{POSE}/{name}/confidence")),
    ),
    Change(
        "two values that are no 0 and 1",
        "CNF005",
        replace(CONFIDENCE, np.where(np.arange(FRAMES) == 9, 0.5, 1.0)),
    ),
    Change("one lost position", "CNF006", change(f"{NOSE}/data", 3, np.nan)),
    Change(
        "unsure of lost positions",
        "CNF006",
        every(
            change(f"{NOSE}/data", slice(10, 20), np.nan), change(CONFIDENCE, slice(10, 20), 0.2)
        ),
    ),
    Change("just short of 2", "CNF007", change(CONFIDENCE, 3, 1.99), also=("CNF001",)),
    Change("one value left", "CNF008", change(CONFIDENCE, slice(1, None), np.nan)),
    Change("never detected", "CNF008", _LOST, also=("NOD014",)),
    Change("millimeters", "UNI001", _unit("millimeters")),
    Change("not applicable, as NWB spells it", "UNI002", _unit("n.a.")),
    Change(
        "two spellings of one unit",
        "UNI003",
        attribute(f"{NOSE}/data", "unit", "px"),
        also=("UNI001",),
    ),
    Change("millimeters with a conversion", "UNI004", _unit("millimeters", 0.5)),
    Change("a conversion of 1, rounded", "UNI004", _unit("pixels", 1 + 1e-9)),
    Change("all series converted alike", "UNI005", _unit("millimeters", 0.5)),
    Change(
        "meters around a center",
        "UNI006",
        every(_unit("meters"), positions(lambda xy: xy * 10 - (480, 320))),
    ),
    Change("a small arena in meters", "UNI006", every(_unit("meters", 0.01))),
    Change(
        "shares of the frame, beside pixels",
        "UNI007",
        every(positions(lambda xy: xy / (96, 64)), change(f"{NOSE}/data", 3, (1.5, 0.5))),
    ),
    Change(
        "seconds by name",
        "UNI008",
        stamp_all(np.arange(FRAMES) / 30, unit="seconds"),
    ),
    Change("no angle, but not applicable", "UNI009", _unit("n.a.")),
    Change("millimeters in three dimensions", "UNI010", spatial("millimeters")),
    Change(
        "pixels in a rig's world",
        "UNI010",
        every(*(attribute(f"{POSE3D}/{node}/data", "unit", "pixels") for node in RIG_NODES)),
        kind=Kind.RIG,
        also=("CAM001",),
    ),
)
