"""TIM: changes of the clocks of pose and video."""

from __future__ import annotations

import numpy as np
from tests.mutations.change import Change
from tests.mutations.editing import (
    film,
    intervals,
    keep,
    rate_all,
    rate_of,
    stamp_all,
)
from tests.mutations.kinds import Kind
from tests.recordings.edits import attribute, every, remove, replace, stamp
from tests.recordings.written import CAMERA_VIDEO, FRAMES, POSE

NOSE = f"{POSE}/nose"
_FRAME = np.arange(FRAMES)
_REGULAR = _FRAME / 30.0
_JITTER = np.random.default_rng(20240102).uniform(0, 0.008, FRAMES)
_STANDING = np.where(_FRAME == 60, _REGULAR[59], _REGULAR)
_BACKWARDS = np.where(_FRAME == 60, 1.0, _REGULAR)
_HOLED = np.where(_FRAME == 60, np.nan, _REGULAR)
_GAPPED = np.r_[0:20, 80:120]
_HALF = slice(None, None, 2)
_KEPT = np.flatnonzero(np.random.default_rng(5).random(FRAMES) < 0.8)
_UNEVEN = (_FRAME + np.random.default_rng(6).uniform(-0.15, 0.15, FRAMES) + 0.15) / 30.0
_UNIX = 1704187810.0
"""Ten seconds into the session, which began at 09:30 of 2 January 2024."""

MUTATIONS = (
    Change("timing removed", "TIM001", remove(f"{NOSE}/starting_time")),
    Change(
        "one series on another clock",
        "TIM002",
        stamp("nose", _REGULAR * 0.9 + 0.01),
    ),
    Change("one series a frame late", "TIM002", rate_of(NOSE, 30.0, 1 / 30)),
    Change("a timestamp repeated", "TIM003", stamp_all(_STANDING)),
    Change("a timestamp in the past", "TIM003", stamp_all(_BACKWARDS)),
    Change("timestamps too short", "TIM004", stamp_all(_REGULAR[:-20])),
    Change("timestamps one too long", "TIM004", stamp_all(np.arange(FRAMES + 1) / 30)),
    Change("a timestamp NaN", "TIM005", stamp_all(_HOLED)),
    Change("one starting time NaN", "TIM005", rate_of(NOSE, 30.0, np.nan), says="nose is nan"),
    Change("every starting time infinite", "TIM005", rate_all(30.0, np.inf), says="inf"),
    Change(
        "the video's starting time NaN",
        "TIM005",
        rate_of(CAMERA_VIDEO, 30.0, np.nan),
        says="camera_video is nan",
    ),
    Change(
        "rows left out beside a rate",
        "TIM002",
        every(keep(_KEPT, "nose"), stamp("nose", _REGULAR[_KEPT])),
        says="rows were left out",
    ),
    Change(
        "rows left out of an uneven clock",
        "TIM002",
        every(
            stamp_all(_UNEVEN, linked=False),
            keep(_KEPT, "nose", "left_ear"),
            replace(f"{NOSE}/timestamps", _UNEVEN[_KEPT]),
            replace(f"{POSE}/left_ear/timestamps", _UNEVEN[_KEPT]),
        ),
        also=("TIM007",),
        says="rows were left out",
    ),
    Change(
        "other rows on another clock",
        "TIM002",
        every(
            stamp_all(_UNEVEN, linked=False),
            keep(slice(100), "nose"),
            replace(f"{NOSE}/timestamps", _UNEVEN[:100] * 1.07 + 0.01),
        ),
        also=("TIM007",),
        says="other samples",
    ),
    Change("frame numbers as timestamps", "TIM006", stamp_all(_FRAME.astype(float))),
    Change(
        "frame numbers with rows left out",
        "TIM006",
        every(keep(_KEPT), stamp_all(_KEPT.astype(float))),
        says="ends after 3.967 s",
    ),
    Change(
        "frame numbers of a video that is not linked",
        "TIM006",
        every(stamp_all(_FRAME.astype(float)), remove(f"{POSE}/source_video")),
        also=("PRV005",),
        says="no linked video states its length",
    ),
    Change("frame numbers as rate", "TIM006", rate_all(1.0)),
    Change("a copy for each series", "TIM007", stamp_all(_REGULAR + _JITTER, linked=False)),
    Change("a negative rate", "TIM008", rate_all(-30.0)),
    Change("a rate of 0", "TIM008", rate_of(CAMERA_VIDEO, 0.0)),
    Change("pose before the video", "TIM009", rate_of(CAMERA_VIDEO, 30.0, 12.5)),
    Change("pose after the video", "TIM009", stamp_all(_REGULAR + 2)),
    Change("33 for 30 Hz", "TIM010", stamp_all(_FRAME / 33)),
    Change("frames left out", "TIM011", every(keep(_GAPPED), stamp_all(_REGULAR[_GAPPED]))),
    Change(
        "frames left out in the midst of an epoch",
        "TIM011",
        every(
            keep(_GAPPED), stamp_all(_REGULAR[_GAPPED]), intervals("epochs", (0, 1.0), (1.2, 4.0))
        ),
        says="1 gap, the longest 2.033 s",
    ),
    Change("milliseconds", "TIM012", stamp_all(_REGULAR * 1000)),
    Change("frame number times rate", "TIM012", stamp_all(_FRAME * 30.0)),
    Change(
        "pose 20 frames short of a video without a clock",
        "TIM013",
        every(keep(slice(100)), remove(f"{CAMERA_VIDEO}/starting_time")),
        also=("VID024",),
    ),
    Change("video 20 frames short", "VID016", disturb=film(frames=100)),
    Change(
        "before the session", "TIM014", every(rate_all(30.0, -5), rate_of(CAMERA_VIDEO, 30.0, -5))
    ),
    Change(
        "Unix seconds of pose and video",
        "TIM014",
        every(rate_all(30.0, _UNIX), rate_of(CAMERA_VIDEO, 30, _UNIX)),
        says="on 5 clocks; read as Unix seconds it is 2024-01-02T09:30:10+00:00",
    ),
    Change("Unix seconds of pose alone", "TIM014", stamp_all(_REGULAR + _UNIX), says="1 clock;"),
    Change(
        "Unix seconds without a reference time",
        "TIM014",
        every(
            rate_all(30.0, _UNIX),
            rate_of(CAMERA_VIDEO, 30, _UNIX),
            remove("/timestamps_reference_time"),
        ),
        says="2024-01-02T09:30:10+00:00",
    ),
    Change(
        "seconds since the computer was started",
        "TIM014",
        every(rate_all(30.0, 3e5), rate_of(CAMERA_VIDEO, 30, 3e5)),
        says="begins 3.5 days after",
    ),
)

NEAR_MISSES = (
    Change("the same time as timestamps", "TIM001", stamp("nose", _REGULAR)),
    Change("0.4 of a frame late", "TIM002", stamp("nose", _REGULAR + 0.4 / 30)),
    Change(
        "rows left out of every part alike",
        "TIM002",
        every(keep(_KEPT), stamp_all(_REGULAR[_KEPT])),
    ),
    Change("jitter", "TIM003", stamp_all(_REGULAR + _JITTER)),
    Change(
        "frames and timestamps both shorter",
        "TIM004",
        every(keep(slice(100)), stamp_all(_REGULAR[:100])),
    ),
    Change("timestamps in single precision", "TIM005", stamp_all(_REGULAR.astype(np.float32))),
    Change(
        "a time-lapse of 1 Hz",
        "TIM006",
        every(rate_all(1.0), rate_of(CAMERA_VIDEO, 1.0)),
        also=("VID017",),
    ),
    Change("links to one dataset", "TIM007", stamp_all(_REGULAR + _JITTER)),
    Change(
        "links to the video's timestamps",
        "TIM007",
        attribute(f"{CAMERA_VIDEO}/timestamps", "unit", "seconds"),
        kind=Kind.PARTS,
    ),
    Change(
        "a high-speed camera of 10 kHz",
        "TIM008",
        every(rate_all(10_000.0), rate_of(CAMERA_VIDEO, 10_000.0)),
        also=("VID017",),
    ),
    Change("a frame before the video", "TIM009", rate_of(CAMERA_VIDEO, 30.0, 1 / 30)),
    Change("every second frame", "TIM010", every(keep(_HALF), stamp_all(_REGULAR[_HALF]))),
    Change("0.5 % slower", "TIM010", stamp_all(_FRAME / 30.15)),
    Change(
        "a pause between two epochs",
        "TIM011",
        every(
            keep(_GAPPED), stamp_all(_REGULAR[_GAPPED]), intervals("epochs", (0, 0.65), (2.6, 4.0))
        ),
    ),
    Change(
        "a pause that is marked as invalid",
        "TIM011",
        every(keep(_GAPPED), stamp_all(_REGULAR[_GAPPED]), intervals("invalid_times", (0.6, 2.7))),
    ),
    Change(
        "three frames dropped on end",
        "TIM011",
        every(keep(np.r_[0:20, 23:120]), stamp_all(_REGULAR[np.r_[0:20, 23:120]])),
    ),
    Change(
        "a time-lapse of 0.5 Hz",
        "TIM012",
        every(stamp_all(_FRAME * 2.0), rate_of(CAMERA_VIDEO, 0.5)),
        also=("VID017",),
    ),
    Change("pose 2 frames short", "TIM013", keep(slice(118))),
    Change("the first 100 frames, by start and rate", "TIM013", keep(slice(100))),
    Change(
        "from 2 s into the video to its end, by start and rate",
        "TIM013",
        every(keep(slice(60, 120)), rate_all(30.0, 2.0)),
    ),
    Change(
        "a part of the video, on timestamps",
        "TIM013",
        every(keep(slice(20, 80)), stamp_all(_REGULAR[20:80])),
    ),
    Change(
        "5 s into the session", "TIM014", every(rate_all(30.0, 5), rate_of(CAMERA_VIDEO, 30.0, 5))
    ),
    Change(
        "Unix seconds that the reference time promises",
        "TIM014",
        every(
            rate_all(30.0, _UNIX),
            rate_of(CAMERA_VIDEO, 30, _UNIX),
            replace("/timestamps_reference_time", "1970-01-01T00:00:00Z"),
        ),
    ),
    Change(
        "one reference time for a week of sessions",
        "TIM014",
        every(
            rate_all(30.0, 3e5),
            rate_of(CAMERA_VIDEO, 30, 3e5),
            replace("/timestamps_reference_time", "2023-12-29T23:10:00+01:00"),
        ),
    ),
    Change(
        "a time zone of its own",
        "TIM014",
        replace("/session_start_time", "2024-01-02T09:30:00+09:00"),
    ),
)
