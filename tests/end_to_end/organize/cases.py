"""Sessions in which something is as labs really have it, and what has to become of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
from tests.recordings.edits import Edit, replace
from tests.recordings.sessions import (
    Footage,
    film,
    name_original,
    show_still,
    spell,
    write_session,
    write_still,
)

CAMERA = "/acquisition/camera/external_file"
ORIGINAL = "/processing/behavior/PoseEstimation/original_videos"
LABELED = "/processing/behavior/PoseEstimation/labeled_videos"

Write = Callable[[Path, str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A subject of its own.

    Attributes
    ----------
    id
        The subject's, too.
    write
        Writes its files into a folder, given that and the subject.
    expected
        What each reference has to say; ``{stem}`` is the NWB file's new name, ``{name}`` that
        without its modalities. Empty where the tests of the case say it.
    means
        The video, in the case's folder, whose bytes a reference has to lead to.
    recordings
        How many NWB files there are.
    """

    id: str
    write: Write
    expected: Mapping[str, str] = field(default_factory=dict)
    means: Mapping[str, str] = field(default_factory=dict)
    recordings: int = 1


def _plain(*files: str, refer: tuple[str, ...] = (), edits: tuple[Edit, ...] = ()) -> Write:
    """One camera with these videos, referred to as they lie or as said."""

    def write(folder: Path, subject: str) -> None:
        for number, file in enumerate(files):
            film(folder / file, number=number)
        write_session(
            folder / "session.nwb",
            Footage(files=refer or files),
            subject=subject,
            edits=edits,
        )

    return write


def _absolute(folder: Path, subject: str) -> None:
    video = film(folder / "videos" / "top.mp4")
    write_session(folder / "session.nwb", Footage(files=[str(video)]), subject=subject)


def _file_url(folder: Path, subject: str) -> None:
    video = film(folder / "my videos" / "top.mp4")
    write_session(folder / "session.nwb", Footage(files=[video.as_uri()]), subject=subject)


def _upwards(folder: Path, subject: str) -> None:
    film(folder / "videos" / "top.mp4")
    write_session(
        folder / "nwb" / "session.nwb", Footage(files=["../videos/top.mp4"]), subject=subject
    )


def _nested(folder: Path, subject: str) -> None:
    for number, name in enumerate(("top", "side", "shown")):
        film(folder / f"{name}.mp4", number=number)
    write_session(
        folder / "session.nwb",
        Footage(files=["top.mp4"]),
        Footage(files=["side.mp4"], name="side", place="processing"),
        Footage(files=["shown.mp4"], name="shown", place="stimulus"),
        subject=subject,
    )


def _one_video_in_two_series(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    write_session(
        folder / "session.nwb",
        Footage(files=["top.mp4"]),
        Footage(files=["top.mp4"], name="again"),
        subject=subject,
    )


def _one_video_in_two_files(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    for session in ("day1", "day2"):
        write_session(
            folder / f"{session}.nwb",
            Footage(files=["top.mp4"]),
            subject=subject,
            session=session,
        )


def _siblings_folder(folder: Path, subject: str) -> None:
    film(folder / "raw" / "session_raw" / "top.mp4")
    write_session(
        folder / "raw" / "session_raw.nwb",
        Footage(files=["session_raw/top.mp4"]),
        subject=subject,
        session="raw",
    )
    write_session(
        folder / "processed" / "session.nwb",
        Footage(files=["../raw/session_raw/top.mp4"]),
        subject=subject,
        session="processed",
    )


def _other_original(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    film(folder / "uncut.mp4", number=1)
    film(folder / "labeled.mp4", number=2)
    write_session(
        folder / "session.nwb",
        Footage(files=["top.mp4"]),
        subject=subject,
        edits=[
            name_original("uncut.mp4", "top.mp4"),
            name_original("labeled.mp4", dataset="labeled_videos"),
        ],
    )


def _url(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    write_session(
        folder / "session.nwb",
        Footage(files=["top.mp4"]),
        subject=subject,
        edits=[name_original("https://example.org/videos/uncut.mp4")],
    )


def _impossible_name(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    film(folder / "side.mp4", number=1)

    def name_it(file: h5py.File) -> None:
        file.move("/acquisition/side", "/acquisition/Video: m3v1mp4")

    write_session(
        folder / "session.nwb",
        Footage(files=["top.mp4"]),
        Footage(files=["side.mp4"], name="side"),
        subject=subject,
        edits=[name_it],
    )


def _still(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    write_still(folder / "stills" / "first frame.png")
    write_session(
        folder / "session.nwb",
        Footage(files=["top.mp4"]),
        subject=subject,
        edits=[show_still("stills/first frame.png")],
    )


def _without_session(folder: Path, subject: str) -> None:
    film(folder / "top.mp4")
    write_session(folder / "session.nwb", Footage(files=["top.mp4"]), subject=subject, session=None)


def _midnights(folder: Path, subject: str) -> None:
    for day in (2, 3):
        film(folder / f"top{day}.mp4", number=day)
        write_session(
            folder / f"session{day}.nwb",
            Footage(files=[f"top{day}.mp4"]),
            subject=subject,
            session=None,
            start=datetime(2024, 1, day, tzinfo=UTC),
        )


_FLAT_EDGES = replace("/processing/behavior/Skeletons/mouse/edges", np.empty(0, np.uint8))
"""As stac-mjx writes a skeleton without edges; pynwb cannot read it."""

_TOP = {CAMERA + "[0]": "{stem}/{name}_camera.mp4"}

CASES = (
    Case(
        id="remuxed",
        write=_plain("a.mpg", "b.mp4"),
        expected={
            CAMERA + "[0]": "{stem}/{name}_camera_part-1.mp4",
            CAMERA + "[1]": "{stem}/{name}_camera_part-2.mp4",
        },
        means={CAMERA + "[1]": "b.mp4"},
    ),
    Case(id="capital", write=_plain("TOP.MP4"), expected=_TOP, means={CAMERA + "[0]": "TOP.MP4"}),
    Case(
        id="nested",
        write=_nested,
        expected={
            **_TOP,
            "/processing/video/side/external_file[0]": "{stem}/{name}_side.mp4",
            "/stimulus/presentation/shown/external_file[0]": "{stem}/{name}_shown.mp4",
        },
        means={
            CAMERA + "[0]": "top.mp4",
            "/processing/video/side/external_file[0]": "side.mp4",
            "/stimulus/presentation/shown/external_file[0]": "shown.mp4",
        },
    ),
    Case(
        id="several",
        write=_plain("c.mp4", "a.mp4", "b.avi"),
        expected={
            CAMERA + "[0]": "{stem}/{name}_camera_part-1.mp4",
            CAMERA + "[1]": "{stem}/{name}_camera_part-2.mp4",
            CAMERA + "[2]": "{stem}/{name}_camera_part-3.avi",
        },
        means={CAMERA + "[0]": "c.mp4", CAMERA + "[1]": "a.mp4", CAMERA + "[2]": "b.avi"},
    ),
    Case(
        id="shared",
        write=_one_video_in_two_series,
        means={CAMERA + "[0]": "top.mp4", "/acquisition/again/external_file[0]": "top.mp4"},
    ),
    Case(
        id="common",
        write=_one_video_in_two_files,
        means={CAMERA + "[0]": "top.mp4"},
        recordings=2,
    ),
    Case(
        id="sibling",
        write=_siblings_folder,
        means={CAMERA + "[0]": "raw/session_raw/top.mp4"},
        recordings=2,
    ),
    Case(
        id="original",
        write=_other_original,
        means={
            CAMERA + "[0]": "top.mp4",
            ORIGINAL + "[0]": "uncut.mp4",
            ORIGINAL + "[1]": "top.mp4",
            LABELED + "[0]": "labeled.mp4",
        },
    ),
    Case(
        id="url",
        write=_url,
        expected={**_TOP, ORIGINAL + "[0]": "https://example.org/videos/uncut.mp4"},
        means={CAMERA + "[0]": "top.mp4"},
    ),
    Case(
        id="backslash",
        write=_plain("videos/top.mp4", refer=(r"videos\top.mp4",)),
        expected=_TOP,
        means={CAMERA + "[0]": "videos/top.mp4"},
    ),
    Case(id="absolute", write=_absolute, expected=_TOP, means={CAMERA + "[0]": "videos/top.mp4"}),
    Case(
        id="fileurl",
        write=_file_url,
        expected=_TOP,
        means={CAMERA + "[0]": "my videos/top.mp4"},
    ),
    Case(id="upwards", write=_upwards, expected=_TOP, means={CAMERA + "[0]": "videos/top.mp4"}),
    Case(
        id="spelling",
        write=_plain("über Käfig (1)/día uno.mp4"),
        expected=_TOP,
        means={CAMERA + "[0]": "über Käfig (1)/día uno.mp4"},
    ),
    Case(
        id="colon",
        write=_impossible_name,
        means={
            CAMERA + "[0]": "top.mp4",
            "/acquisition/Video: m3v1mp4/external_file[0]": "side.mp4",
        },
    ),
    Case(
        id="fixed",
        write=_plain("top.mp4", edits=(spell(CAMERA, "S7", "top.mp4"),)),
        expected=_TOP,
        means={CAMERA + "[0]": "top.mp4"},
    ),
    Case(
        id="ascii",
        write=_plain("top.mp4", edits=(spell(CAMERA, h5py.string_dtype("ascii"), "top.mp4"),)),
        expected=_TOP,
        means={CAMERA + "[0]": "top.mp4"},
    ),
    Case(
        id="edges",
        write=_plain("top.mp4", edits=(_FLAT_EDGES,)),
        expected=_TOP,
        means={CAMERA + "[0]": "top.mp4"},
    ),
    Case(
        id="still",
        write=_still,
        means={CAMERA + "[0]": "top.mp4", "/acquisition/stills/first": "stills/first frame.png"},
    ),
    Case(
        id="nosession",
        write=_without_session,
        expected=_TOP,
        means={CAMERA + "[0]": "top.mp4"},
    ),
    Case(id="midnight", write=_midnights, recordings=2),
)
