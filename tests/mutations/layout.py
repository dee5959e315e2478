"""LAY: changes of where a file lies and of what it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
from tests.mutations.change import Change, Disturbance
from tests.mutations.editing import copy_video
from tests.recordings.edits import Edit, refer, replace
from tests.recordings.written import STEM

_SUBJECT = "/general/subject/subject_id"


def _called(name: str) -> Disturbance:
    return lambda path: path.rename(path.with_name(name))


def _in_folder(*folders: str) -> Disturbance:
    """Move the subject's folder."""

    def disturb(path: Path) -> Path:
        target = path.parents[1].joinpath(*folders)
        target.parent.mkdir(parents=True, exist_ok=True)
        return path.parent.rename(target) / path.name

    return disturb


def _moved(path: Path) -> Path:
    """Move the file and its video to the root of the dandiset."""
    root = path.parents[1]
    (path.parent / STEM).rename(root / STEM)
    return path.rename(root / path.name)


def _beside(change: Callable[[h5py.File], object], name: str) -> Disturbance:
    """Put a changed copy of the file beside it."""

    def disturb(path: Path) -> None:
        copy = path.with_name(name)
        copy.write_bytes(path.read_bytes())
        with h5py.File(copy, "r+") as file:
            change(file)

    return disturb


def _own_object(file: h5py.File) -> None:
    file.attrs["object_id"] = "0f6b1c1e-6c8e-4d0a-9c55-0d4b4bb6d3a1"


def _subject(name: str) -> Edit:
    return replace(_SUBJECT, name)


def _session(name: str) -> Edit:
    return replace("/general/session_id", name)


_PROCESSED = f"{STEM.removesuffix('_behavior')}_desc-filtered_behavior.nwb"

MUTATIONS = (
    Change("a name of the lab's", "LAY001", disturb=_called("mouse01_tracking.nwb")),
    Change("a part too many", "LAY001", disturb=_called("sub-mouse01_take-2_behavior.nwb")),
    Change("upper-case suffix", "LAY001", disturb=_called("sub-mouse01_ses-20240102_behavior.NWB")),
    Change("in the root", "LAY002", disturb=_moved),
    Change("two folders deep", "LAY002", disturb=_in_folder("data", "sub-mouse01")),
    Change("a folder of the lab's", "LAY002", disturb=_in_folder("mouse01")),
    Change("another subject's folder", "LAY003", disturb=_in_folder("sub-mouse02")),
    Change("another subject inside", "LAY003", _subject("mouse02")),
    Change("another session inside", "LAY004", _session("20240103")),
    Change(
        "video in another subject's folder",
        "LAY005",
        refer("../sub-mouse02/camera.mp4"),
        disturb=copy_video("../sub-mouse02/camera.mp4"),
    ),
    Change("a copy", "LAY006", disturb=_beside(lambda _: None, _PROCESSED), together=True),
)

NEAR_MISSES = (
    Change(
        "description, and two modalities",
        "LAY001",
        disturb=_called("sub-mouse01_ses-20240102_desc-raw_behavior+image.nwb"),
    ),
    Change("no session", "LAY001", disturb=_called("sub-mouse01_behavior.nwb")),
    Change(
        "an underscore in the subject",
        "LAY002",
        _subject("mouse_01"),
        disturb=lambda path: _in_folder("sub-mouse-01")(
            _called("sub-mouse-01_behavior.nwb")(path) or path
        ),
    ),
    Change(
        "an underscore in the subject",
        "LAY003",
        _subject("mouse_01"),
        disturb=lambda path: _in_folder("sub-mouse-01")(
            _called("sub-mouse-01_behavior.nwb")(path) or path
        ),
    ),
    Change("the prefix inside", "LAY003", _subject("sub-mouse01")),
    Change(
        "an underscore in the session",
        "LAY004",
        _session("2024_01"),
        disturb=_called("sub-mouse01_ses-2024-01_behavior.nwb"),
    ),
    Change(
        "no session in the name",
        "LAY004",
        _session("20240103"),
        disturb=_called("sub-mouse01_behavior.nwb"),
    ),
    Change(
        "video beside the file", "LAY005", refer("camera.mp4"), disturb=copy_video("camera.mp4")
    ),
    Change("a processed file", "LAY006", disturb=_beside(_own_object, _PROCESSED), together=True),
)
