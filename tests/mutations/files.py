"""FIL: changes of the file as a whole, its bytes, links and types."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from tests.mutations.change import Change, Disturbance
from tests.mutations.editing import stamp_all
from tests.mutations.kinds import Kind
from tests.recordings.corrupt import write_plain_hdf5
from tests.recordings.edits import Edit, attribute, copy, every, remove, replace
from tests.recordings.limits import write_crash_in_filter, write_endless
from tests.recordings.written import (
    BEHAVIOR,
    CAMERA_VIDEO,
    EDGES,
    FRAMES,
    NODES,
    POSE,
    SKELETON,
    VIDEO,
)

from posecheck.validators.registry import Engine

NOSE = f"{POSE}/nose"
_SPECIFICATION = "/specifications/ndx-pose"
_KEY = "SHA256E-s241320--9f2c.nwb"
_SKELETONS = f"{BEHAVIOR}/Skeletons"
_FILM = "/stimulus/presentation/film"


def _bytes(change: Callable[[bytes], bytes]) -> Disturbance:
    def disturb(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return disturb


def _rewritten(write: Callable[[Path, Path], Path]) -> Disturbance:
    """Let a writer of hostile files write the file again."""

    def disturb(path: Path) -> None:
        careful = path.rename(path.with_suffix(".careful"))
        write(careful, path)
        careful.unlink()

    return disturb


def _dated(version: str) -> Edit:
    def edit(file: h5py.File) -> None:
        cached = file[_SPECIFICATION]
        (written,) = cached
        cached.move(written, version)

    return edit


def _linked(link: object, path: str = f"{POSE}/source_video") -> Edit:
    def edit(file: h5py.File) -> None:
        if path in file:
            del file[path]
        file[path] = link

    return edit


def _external_storage(file: h5py.File) -> None:
    attributes = dict(file[f"{NOSE}/data"].attrs)
    del file[f"{NOSE}/data"]
    stored = [("positions.bin", 0, FRAMES * 2 * 4)]
    file.create_dataset(f"{NOSE}/data", (FRAMES, 2), "f4", external=stored)
    file[f"{NOSE}/data"].attrs.update(attributes)


def _data_linked_inside(file: h5py.File) -> None:
    file.move(f"{NOSE}/data", "/scratch/nose")
    file[f"{NOSE}/data"] = h5py.SoftLink("/scratch/nose")


def _skeletons_elsewhere(file: h5py.File) -> None:
    """Move the skeletons, which a soft link of the container names, into a file beside this one."""
    beside = Path(file.filename).with_name("skeletons.h5")
    with h5py.File(beside, "w") as other:
        file.copy(_SKELETONS, other, "skeletons")
    del file[_SKELETONS]
    file[_SKELETONS] = h5py.ExternalLink(beside.name, "/skeletons")


def _film(frames: int, **storage: object) -> Edit:
    """Add a film of 100 × 100 pixels that was shown; its frames take no room on the disk."""

    def edit(file: h5py.File) -> None:
        copy(CAMERA_VIDEO, _FILM)(file)
        for name in ("external_file", "format", "dimension", "num_samples"):
            del file[f"{_FILM}/{name}"]
        attributes = dict(file[f"{_FILM}/data"].attrs)
        del file[f"{_FILM}/data"]
        file.create_dataset(f"{_FILM}/data", (frames, 100, 100), "u1", **storage)
        file[f"{_FILM}/data"].attrs.update(attributes)

    return edit


def _lose_type(file: h5py.File) -> None:
    file[POSE].attrs.update({"neurodata_type": "NWBDataInterface", "namespace": "core"})


def _add_position(file: h5py.File) -> None:
    file.copy(NOSE, "/processing/behavior/position")
    position = file["/processing/behavior/position"]
    del position["confidence"]
    position.attrs.update({"neurodata_type": "SpatialSeries", "namespace": "core"})


def _annexed(fetched: bool) -> Disturbance:
    def disturb(path: Path) -> None:
        content = path.parents[1] / ".git" / "annex" / "objects" / "aa" / "bb" / _KEY / _KEY
        content.parent.mkdir(parents=True)
        path.rename(content)
        path.symlink_to(os.path.relpath(content, path.parent))
        if not fetched:
            content.unlink()

    return disturb


def _pointer(path: Path) -> None:
    path.write_text(f"/annex/objects/{_KEY}\n")


def _scratch(file: h5py.File) -> None:
    """Add a dataset without end, and one whose filter kills, where no rule reads."""
    file.create_dataset("/scratch/endless", (10**12, 2), "f4", chunks=(65536, 2))
    data = file.create_dataset("/scratch/crash", (120,), "f4", chunks=(20,), fletcher32=True)
    data.id.write_direct_chunk((60,), b"??")


def _left_by_writer(*, swmr: bool = False, closed: bool = False) -> Disturbance:
    """Store the file in the latest format, as a writer leaves it: closed, or when it dies."""

    def disturb(path: Path) -> None:
        earlier = path.with_suffix(".earlier")
        path.rename(earlier)
        with h5py.File(earlier, "r") as old, h5py.File(path, "w", libver="latest") as new:
            for name in old:
                old.copy(name, new)
            new.attrs.update({name: old.attrs[name] for name in old.attrs if name != ".specloc"})
            new.attrs[".specloc"] = new["specifications"].ref
            new.flush()
            if swmr:
                new.swmr_mode = True
            content = path.read_bytes()
        earlier.unlink()
        if not closed:
            path.write_bytes(content)

    return disturb


def _touch(path: Path, count: int) -> None:
    os.utime(path, ns=(count, count))


def _touch_video(path: Path, count: int) -> None:
    path.read_bytes()
    os.utime(path.parent / VIDEO.rpartition("/")[0], ns=(count, count))


_NO_POSE = every(remove(POSE), remove("/processing/behavior/Skeletons"))

MUTATIONS = (
    Change("half of it", "FIL001", disturb=_bytes(lambda whole: whole[: len(whole) // 2])),
    Change("zero bytes", "FIL001", disturb=_bytes(lambda _: b""), says="empty"),
    Change("a type that is a number", "FIL001", attribute(NOSE, "neurodata_type", 7)),
    Change(
        "timestamps as text in every series",
        "FIL001",
        stamp_all(np.arange(FRAMES).astype("S4"), linked=False),
        says="4 objects",
    ),
    Change(
        "timestamps as text, linked by every series",
        "FIL001",
        stamp_all(np.arange(FRAMES).astype("S4")),
    ),
    Change("the root is another type", "FIL002", attribute("/", "neurodata_type", "Group")),
    Change(
        "HDF5 and nothing more",
        "FIL002",
        disturb=_rewritten(lambda _, path: write_plain_hdf5(path)),
    ),
    Change("pose removed", "FIL003", _NO_POSE),
    Change("specification removed", "FIL004", remove(_SPECIFICATION)),
    Change("ndx-pose 0.1", "FIL005", kind=Kind.LEGACY),
    Change(
        "reference_frame removed",
        "FIL006",
        remove(f"{NOSE}/reference_frame"),
        together=True,
        engines=(Engine.POSE, Engine.SCHEMA),
    ),
    Change(
        "a soft link to nothing",
        "FIL007",
        _linked(h5py.SoftLink("/acquisition/gone")),
    ),
    Change(
        "an external link",
        "FIL008",
        _linked(h5py.ExternalLink("other.nwb", "/data"), f"{NOSE}/data"),
    ),
    Change("an external link to a container", "FIL008", _skeletons_elsewhere),
    Change("external storage", "FIL008", _external_storage),
    Change("an annexed link, not fetched", "FIL009", disturb=_annexed(fetched=False)),
    Change("a pointer file", "FIL009", disturb=_pointer),
    Change("10.1 MB unpacked", "FIL010", _film(1010)),
    Change("a type lost", "FIL011", _lose_type),
    Change(
        "an empty list of edges",
        "FIL012",
        replace(f"{SKELETON}/edges", np.empty(0, np.uint8)),
        says="hold nothing",
    ),
    Change(
        "flat edges",
        "FIL012",
        replace(f"{SKELETON}/edges", np.array(EDGES, np.uint8).ravel()),
        says="a list of 6 numbers",
    ),
    Change(
        "transposed edges",
        "FIL012",
        replace(f"{SKELETON}/edges", np.array(EDGES, np.uint8).T),
        says="looks transposed",
    ),
    Change(
        "triples for edges", "FIL012", replace(f"{SKELETON}/edges", np.array([(0, 1, 2)], np.uint8))
    ),
    Change(
        "a series without end",
        "FIL013",
        disturb=_rewritten(write_endless),
        together=True,
        seconds=2,
    ),
    Change(
        "a filter that kills", "FIL014", disturb=_rewritten(write_crash_in_filter), together=True
    ),
    Change("touched", "FIL015", together=True, meanwhile=_touch),
    Change("a writer that died", "FIL016", disturb=_left_by_writer(swmr=True), together=True),
    Change("a writer without a lock", "FIL016", disturb=_left_by_writer(), together=True),
)

NEAR_MISSES = (
    Change("bytes behind its end", "FIL001", disturb=_bytes(lambda whole: whole + bytes(64))),
    Change("an older NWB", "FIL002", attribute("/", "nwb_version", "2.0.0")),
    Change(
        "a container without series",
        "FIL003",
        every(*(remove(f"{POSE}/{node}") for node in NODES)),
        also=("NOD020",),
    ),
    Change(
        "labels alone",
        "FIL003",
        attribute("/processing/behavior", "description", "Labels."),
        kind=Kind.LABELS,
    ),
    Change("specification of 0.3", "FIL004", _dated("0.3.0")),
    Change(
        "no pose, no specification",
        "FIL004",
        every(_NO_POSE, remove(_SPECIFICATION)),
        also=("FIL003",),
    ),
    Change("ndx-pose 0.2", "FIL005", _dated("0.2.0")),
    Change(
        "confidence removed",
        "FIL006",
        remove(f"{NOSE}/confidence"),
        together=True,
        engines=(Engine.POSE, Engine.SCHEMA),
        also=("CNF004",),
    ),
    Change(
        "a soft link to a soft link",
        "FIL007",
        every(
            _linked(h5py.SoftLink(CAMERA_VIDEO), "/scratch/video"),
            _linked(h5py.SoftLink("/scratch/video")),
        ),
    ),
    Change("a soft link inside", "FIL008", _data_linked_inside),
    Change("an annexed link, fetched", "FIL009", disturb=_annexed(fetched=True)),
    Change("10.1 MB packed", "FIL010", _film(1010, compression="gzip", chunks=(10, 100, 100))),
    Change("10 MB unpacked", "FIL010", _film(1000)),
    Change("a position beside the pose", "FIL011", _add_position),
    Change(
        "two edges",
        "FIL012",
        replace(f"{SKELETON}/edges", np.array(EDGES[:2], np.uint8)),
        also=("NOD007",),
    ),
    Change("no edge", "FIL012", replace(f"{SKELETON}/edges", np.empty((0, 2), np.uint8))),
    Change("data without end that is no pose", "FIL013", _scratch, together=True, seconds=20),
    Change("a filter that kills where nobody reads", "FIL014", _scratch, together=True),
    Change("read by others, and a touched folder", "FIL015", together=True, meanwhile=_touch_video),
    Change(
        "a writer that closed the file",
        "FIL016",
        disturb=_left_by_writer(closed=True),
        together=True,
    ),
)
