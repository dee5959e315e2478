"""LAY: changes of where a file lies and of what it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from tests.mutations.change import Change, Disturbance
from tests.mutations.editing import copy_video
from tests.recordings.edits import Edit, refer, remove, replace
from tests.recordings.written import STEM

from posecheck.validators.registry import Engine

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


def _about(field: str, value: str) -> Edit:
    """Write a field of the Subject, which may not be there yet."""

    def edit(file: h5py.File) -> None:
        path = f"/general/subject/{field}"
        if path in file:
            del file[path]
        file[path] = value

    return edit


def _encoder(last: float) -> Edit:
    """Add a series that is no pose, whose last sample bears some time."""

    def edit(file: h5py.File) -> None:
        series = file.create_group("/acquisition/encoder")
        series.attrs.update(
            neurodata_type="TimeSeries",
            namespace="core",
            object_id="7d0d1b6e-3a5f-4a57-9b7a-5f5b8c1f0a10",
            description="the speed of the wheel",
            comments="none",
        )
        data = series.create_dataset("data", data=np.zeros(3))
        data.attrs.update(unit="m/s", conversion=1.0, offset=0.0, resolution=-1.0)
        times = series.create_dataset("timestamps", data=[0.0, 1.0, last])
        times.attrs.update(unit="seconds", interval=np.int32(1))

    return edit


def _refused(
    what: str, edit: Edit, *, also: tuple[str, ...] = (), says: str = "", unjudged: bool = False
) -> Change:
    """dandi is asked where others read the file, too."""
    return Change(
        what,
        "LAY009",
        edit,
        also=also,
        says=says,
        together=True,
        engines=(Engine.POSE, Engine.SCHEMA),
        unjudged=unjudged,
    )


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
    _refused(
        "a species that dandi does not know",
        _about("species", "Rousettus aegyptiacus"),
        says='dandi does not know the species "Rousettus aegyptiacus"',
    ),
    _refused("an age in words", _about("age", "adult"), says='"adult": cannot parse age'),
    _refused("a range turned round", _about("age", "P90D/P60D"), says="upper limit"),
    _refused(
        "born after the session",
        _about("date_of_birth", "2034-01-02T00:00:00+00:00"),
        says="the subject was born on 2034-01-02",
    ),
    _refused("the sex of a worm", _about("sex", "XO"), says='the sex "XO"'),
    _refused("a strain with its history", _about("strain", "C57BL/6J " * 20), says="150"),
    _refused("no subject_id", remove(_SUBJECT), says="the Subject has no subject_id"),
    _refused(
        "a session_id of 160 letters", _session("session " * 20), also=("LAY004",), says="150"
    ),
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
    _refused("a common name", _about("species", "mouse")),
    _refused(
        "the address of a species",
        _about("species", "http://purl.obolibrary.org/obo/NCBITaxon_9407"),
        unjudged=True,
    ),
    _refused("an age that dandi understands", _about("age", "90 days")),
    _refused("born on the day before", _about("date_of_birth", "2024-01-01T00:00:00+00:00")),
    _refused("a sex in a word", _about("sex", "Female")),
    _refused("a strain of 150 letters", _about("strain", "C" * 150)),
    _refused("a session_id of 150 letters", _session("s" * 150), also=("LAY004",)),
    _refused("times in nanoseconds since 1970", _encoder(1.7e18)),
    _refused("a time that is NaN", _encoder(float("nan"))),
    Change("a processed file", "LAY006", disturb=_beside(_own_object, _PROCESSED), together=True),
)
