"""TIM: what is done to the clocks of pose and video."""

from __future__ import annotations

import h5py
import numpy as np
from tests.mutations.editing import film, intervals, rate_all, rate_of, stamp_all
from tests.recordings.edits import Edit, change, replace
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


def _divide(divisor: float) -> Edit:
    def edit(file: h5py.File) -> None:
        file[f"{NOSE}/timestamps"][...] = file[f"{NOSE}/timestamps"][...] / divisor

    return edit


def _describe(text: str) -> Edit:
    return replace(f"{POSE}/description", text)


def _reference_time(text: str) -> Edit:
    def edit(file: h5py.File) -> None:
        if "/timestamps_reference_time" in file:
            del file["/timestamps_reference_time"]
        file["/timestamps_reference_time"] = text

    return edit


_EVERY_SERIES = again(*(f"{POSE}/{node}" for node in NODES))
_EPOCHS = (
    "Unix seconds of pose and video",
    "Unix seconds of pose alone",
    "Unix seconds without a reference time",
)

TREATMENTS = (
    treat("TIM001", "frames per second as the rate", again(f"{NOSE}/starting_time")),
    treat(
        "TIM002",
        "the same timestamps",
        _EVERY_SERIES,
        _TIMED,
        on=("one series on another clock", "other rows on another clock"),
    ),
    treat(
        "TIM002",
        "Keep every frame in every series",
        _EVERY_SERIES,
        _TIMED,
        on=(
            "one series a frame late",
            "rows left out beside a rate",
            "rows left out of an uneven clock",
        ),
    ),
    treat(
        "TIM003",
        "Look at the samples around the first",
        inside(change(f"{NOSE}/timestamps", 60, _REGULAR[60])),
    ),
    treat("TIM004", "store the times of the frames that exist", _TIMED),
    treat(
        "TIM005",
        "Interpolate the time",
        inside(change(f"{NOSE}/timestamps", 60, _REGULAR[60])),
        on="a timestamp NaN",
    ),
    treat(
        "TIM005",
        "Write when the first sample was taken",
        inside(rate_all(RATE), rate_of(CAMERA_VIDEO, RATE)),
        on=(
            "one starting time NaN",
            "every starting time infinite",
            "the video's starting time NaN",
        ),
    ),
    treat(
        "TIM006", "xport with the frame rate", inside(rate_all(RATE)), on="frame numbers as rate"
    ),
    treat("TIM006", "xport with the frame rate", _TIMED, on="frame numbers as timestamps"),
    treat(
        "TIM006",
        "xport with the frame rate",
        inside(_divide(RATE)),
        on="frame numbers with rows left out",
    ),
    treat(
        "TIM006",
        "xport with the frame rate",
        _TIMED,
        on="frame numbers of a video that is not linked",
        leaves=("PRV005",),
    ),
    treat("TIM007", "a link", inside(_link_all)),
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
    treat(
        "TIM010",
        "say so in the description",
        inside(_describe("Four body parts of the mouse, resampled to 33 Hz by interpolation.")),
    ),
    treat("TIM011", "keep them as NaN", _keep_as_missing),
    treat(
        "TIM011",
        "say when the session was recorded in `epochs`",
        inside(intervals("epochs", (0, 0.65), (2.6, 4.0))),
        on="frames left out",
    ),
    treat(
        "TIM011",
        "mark the pauses in `invalid_times`",
        inside(intervals("invalid_times", (0.6, 2.7))),
    ),
    treat("TIM012", "Divide", inside(_divide(1000)), on="milliseconds"),
    treat("TIM012", "Divide", _TIMED, on="frame number times rate"),
    treat(
        "TIM013",
        "the timestamps of those frames",
        inside(stamp_all(_REGULAR[:100])),
        again(f"{CAMERA_VIDEO}/starting_time"),
        on="pose 20 frames short of a video without a clock",
    ),
    treat("VID016", "share the video that", around(film()), on="video 20 frames short"),
    treat(
        "TIM014",
        "shift the other clocks",
        inside(rate_all(RATE), rate_of(CAMERA_VIDEO, RATE)),
        on="before the session",
    ),
    treat(
        "TIM014",
        "Subtract that moment",
        inside(rate_all(RATE), rate_of(CAMERA_VIDEO, RATE)),
        on=(_EPOCHS[0], _EPOCHS[2]),
    ),
    treat("TIM014", "Subtract that moment", _TIMED, on=_EPOCHS[1]),
    treat(
        "TIM014",
        "1970-01-01T00:00:00+00:00",
        inside(_reference_time("1970-01-01T00:00:00+00:00")),
        on=(_EPOCHS[0], _EPOCHS[2]),
    ),
    treat(
        "TIM014",
        "Subtract the computer's time",
        inside(rate_all(RATE), rate_of(CAMERA_VIDEO, RATE)),
        on="seconds since the computer was started",
    ),
)
