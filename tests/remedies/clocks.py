"""TIM: what is done to the clocks of pose and video."""

from __future__ import annotations

import h5py
import numpy as np
from tests.mutations.editing import film, rate_all, rate_of, stamp_all
from tests.recordings.edits import change
from tests.recordings.written import CAMERA_VIDEO, FRAMES, NODES, POSE, RATE
from tests.remedies.treatment import Situation, again, around, inside, treat

NOSE = f"{POSE}/nose"
_REGULAR = np.arange(FRAMES) / RATE
_TIMED = inside(stamp_all(_REGULAR))


def _keep_as_missing(situation: Situation) -> None:
    """Write every frame, with NaN in those that were lost."""
    again(*(f"{POSE}/{node}" for node in NODES))(situation)
    with h5py.File(situation.path, "r+") as file:
        for node in NODES:
            for name in ("data", "confidence"):
                file[f"{POSE}/{node}/{name}"][20:80] = np.nan


def _link_all(file: h5py.File) -> None:
    for node in NODES[1:]:
        del file[f"{POSE}/{node}/timestamps"]
        file[f"{POSE}/{node}/timestamps"] = h5py.SoftLink(f"{POSE}/{NODES[0]}/timestamps")


TREATMENTS = (
    treat("TIM011", "keep them as NaN", _keep_as_missing),
    treat("TIM001", "the rate at which", again(f"{NOSE}/starting_time")),
    treat("TIM002", "the same timestamps", _TIMED, on="one series on another clock"),
    treat("TIM002", "Keep every frame in every series", _TIMED, on="one series a frame late"),
    treat(
        "TIM003",
        "Look at the samples around the first",
        inside(change(f"{NOSE}/timestamps", 60, _REGULAR[60])),
    ),
    treat("TIM004", "store the times of the frames that exist", _TIMED),
    treat("TIM005", "Interpolate the time", inside(change(f"{NOSE}/timestamps", 60, _REGULAR[60]))),
    treat(
        "TIM006", "Export with the frame rate", inside(rate_all(RATE)), on="frame numbers as rate"
    ),
    treat("TIM006", "Export with the frame rate", _TIMED, on="frame numbers as timestamps"),
    treat("TIM008", "frames per second", inside(rate_all(RATE)), on="a negative rate"),
    treat("TIM008", "frames per second", inside(rate_of(CAMERA_VIDEO, RATE)), on="a rate of 0"),
    treat(
        "TIM009",
        "start both at the same starting_time",
        inside(rate_all(RATE, 12.5)),
        on="pose before the video",
    ),
    treat("TIM009", "the same clock", _TIMED, on="pose after the video"),
    treat("TIM010", "Take rate or timestamps from the video", _TIMED),
    treat("TIM007", "a link", inside(_link_all)),
    treat("TIM012", "Divide", inside(stamp_all(_REGULAR))),
    treat(
        "TIM013",
        "the timestamps of those frames",
        inside(stamp_all(_REGULAR[:100])),
        on="pose 20 frames short",
    ),
    treat("TIM013", "Link the video that was tracked", around(film()), on="video 20 frames short"),
    treat(
        "TIM014",
        "shift the other clocks",
        inside(rate_all(RATE), rate_of(CAMERA_VIDEO, RATE)),
        on="before the session",
    ),
)
