"""What a pull request may bring: HDF5 that is well formed, and lies about everything else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tests.recordings.written import CAMERA_VIDEO, POSE, SKELETON

NOSE = f"{POSE}/nose"
UGLY_NAMES = (
    "bell\x07 and escape\x1b[31m",
    "two\nlines",
    "\x1b]0;title\x07",
    "[red]markup[/red]",
    "::error::workflow command",
    "<script>alert(1)</script>",
    "right-to-left \u202e override",
    b"lone surrogate " + b"\xed\xa0\x80",
    b"invalid utf-8 \xff\xfe\x1b[2J",
    "x" * 1_000_000,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A trap, and what must be said of it.

    Attributes
    ----------
    codes
        The codes that at least must be reported.
    silent
        Whether nothing need be said: the pose is as sound as it was. Of every other trap a warning
        or an error must report, for a file that cannot be understood must not pass as clean.
    """

    id: str
    edit: Callable[[h5py.File], None]
    codes: frozenset[str] = frozenset()
    silent: bool = False


def write_hostile(careful: Path, path: Path, trap: Hostile) -> Path:
    """Set a trap in a copy of the careful file."""
    shutil.copyfile(careful, path)
    with h5py.File(path, "r+") as file:
        trap.edit(file)
    return path


def leading_outside(canary: Path) -> tuple[Hostile, ...]:
    """Return the ways by which HDF5 leads out of a file: each ends at ``canary``."""
    wanted = frozenset({"FIL008"})

    def external_link(file: h5py.File) -> None:
        del file[f"{NOSE}/data"]
        file[f"{NOSE}/data"] = h5py.ExternalLink(str(canary), "/data")

    def external_group(file: h5py.File) -> None:
        file["/processing/elsewhere"] = h5py.ExternalLink(str(canary), "/")

    def external_container(file: h5py.File) -> None:
        del file[POSE]
        file[POSE] = h5py.ExternalLink(str(canary), POSE)

    def soft_link_through_external(file: h5py.File) -> None:
        external_group(file)
        del file[f"{NOSE}/data"]
        file[f"{NOSE}/data"] = h5py.SoftLink("/processing/elsewhere/data")

    def external_storage(file: h5py.File) -> None:
        shape = file[f"{NOSE}/data"].shape
        del file[f"{NOSE}/data"]
        size = int(np.prod(shape)) * 4
        file.create_dataset(f"{NOSE}/data", shape, "f4", external=[(str(canary), 0, size)])

    def virtual(file: h5py.File) -> None:
        _make_virtual(file, str(canary))

    return (
        Hostile(id="external-link", edit=external_link, codes=wanted),
        Hostile(id="external-link-to-group", edit=external_group, codes=wanted),
        Hostile(id="external-link-to-container", edit=external_container, codes=wanted),
        Hostile(id="soft-link-through-external", edit=soft_link_through_external, codes=wanted),
        Hostile(id="external-storage", edit=external_storage, codes=wanted),
        Hostile(id="virtual-dataset", edit=virtual, codes=wanted),
    )


def _make_virtual(file: h5py.File, source: str) -> None:
    shape = file[f"{NOSE}/data"].shape
    file.move(f"{NOSE}/data", "/scratch_data")
    layout = h5py.VirtualLayout(shape, "f4")
    layout[:] = h5py.VirtualSource(source, "/scratch_data", shape)
    file.create_virtual_dataset(f"{NOSE}/data", layout)


def _hard_link_cycle(file: h5py.File) -> None:
    file[f"{POSE}/again"] = file[POSE]
    file["/processing/behavior/again"] = file["/processing"]
    file["/acquisition/again"] = file["/"]


def _soft_link_loop(file: h5py.File) -> None:
    file["/acquisition/first"] = h5py.SoftLink("/acquisition/second")
    file["/acquisition/second"] = h5py.SoftLink("/acquisition/first")
    del file[f"{POSE}/source_video"]
    file[f"{POSE}/source_video"] = h5py.SoftLink("/acquisition/first")


def _soft_link_to_itself(file: h5py.File) -> None:
    del file[f"{NOSE}/data"]
    file[f"{NOSE}/data"] = h5py.SoftLink(f"{NOSE}/data")


def _dangling_reference(file: h5py.File) -> None:
    file["/scratch/target"] = 1
    file[POSE].attrs["source"] = file["/scratch/target"].ref
    file[f"{NOSE}/device"] = file["/scratch/target"].ref
    del file["/scratch/target"]


def _in_place_of(path: str, value: object) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[path]
        file[path] = value

    return edit


def _with_attribute(path: str, name: str, value: object) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        file[path].attrs[name] = value

    return edit


def _group_in_place_of(path: str) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[path]
        file.create_group(path)

    return edit


def _reference_as_type(file: h5py.File) -> None:
    file[POSE].attrs["neurodata_type"] = file["/"].ref


def _null_dataspace(file: h5py.File) -> None:
    _in_place_of(f"{NOSE}/data", h5py.Empty("f4"))(file)


def _million_references(file: h5py.File) -> None:
    del file[f"{CAMERA_VIDEO}/external_file"]
    file.create_dataset(
        f"{CAMERA_VIDEO}/external_file",
        shape=(10**7,),
        chunks=(10**5,),
        dtype=h5py.string_dtype(),
        fillvalue="camera.mp4",
    )


def _deep_nesting(file: h5py.File) -> None:
    group = file.create_group("/scratch/deep").id
    for _ in range(5000):
        group = h5py.h5g.create(group, b"deeper")
    file["/acquisition/deep"] = file["/scratch/deep"]


def _crowd(file: h5py.File) -> None:
    crowd = file.create_group("/processing/behavior/crowd").id
    one = h5py.h5g.create(crowd, b"one")
    for index in range(100_000):
        crowd.links.create_hard(b"member%06d" % index, one, b".")


def _ugly_series(file: h5py.File) -> None:
    source = file[NOSE].id
    pose = file[POSE].id
    for name in UGLY_NAMES:
        raw = name if isinstance(name, bytes) else name.encode()
        h5py.h5o.copy(source, b".", pose, raw.replace(b"/", b"_"))


def _ugly_texts(file: h5py.File) -> None:
    texts = [n if isinstance(n, bytes) else n.encode() for n in UGLY_NAMES]
    _in_place_of(f"{SKELETON}/nodes", texts)(file)
    _in_place_of(f"{CAMERA_VIDEO}/external_file", texts)(file)
    for name in ("unit",):
        file[f"{NOSE}/data"].attrs[name] = texts[0]
    _in_place_of(f"{NOSE}/reference_frame", texts[8])(file)


def _broken_specification(file: h5py.File) -> None:
    (version,) = file["/specifications/ndx-pose"]
    for name in list(file[f"/specifications/ndx-pose/{version}"]):
        _in_place_of(f"/specifications/ndx-pose/{version}/{name}", '{"groups": [{')(file)


def _nested_specification(file: h5py.File) -> None:
    (version,) = file["/specifications/ndx-pose"]
    _in_place_of(f"/specifications/ndx-pose/{version}/namespace", "[" * 200_000)(file)


def _huge_specification(file: h5py.File) -> None:
    (version,) = file["/specifications/ndx-pose"]
    _in_place_of(f"/specifications/ndx-pose/{version}/namespace", " " * 20_000_000)(file)


def _nested_type(file: h5py.File) -> None:
    inner: np.dtype[Any] = np.dtype("f4")
    for _ in range(40):
        inner = np.dtype([("inner", inner)])
    _in_place_of(f"{NOSE}/data", np.zeros(3, inner))(file)


_PAIR = np.dtype([("x", "f4"), ("y", "f4")])

TRAPS = (
    Hostile(
        id="virtual-dataset-of-itself",
        edit=lambda file: _make_virtual(file, "."),
        codes=frozenset({"FIL008"}),
    ),
    Hostile(id="hard-link-cycle", edit=_hard_link_cycle, silent=True),
    Hostile(id="soft-link-loop", edit=_soft_link_loop, codes=frozenset({"FIL007"})),
    Hostile(id="soft-link-to-itself", edit=_soft_link_to_itself, codes=frozenset({"FIL007"})),
    Hostile(id="dangling-reference", edit=_dangling_reference),
    Hostile(id="type-is-int", edit=_with_attribute(POSE, "neurodata_type", 7)),
    Hostile(id="type-is-array", edit=_with_attribute(POSE, "neurodata_type", np.arange(1000))),
    Hostile(
        id="type-is-compound", edit=_with_attribute(POSE, "neurodata_type", np.zeros((), _PAIR))
    ),
    Hostile(id="type-is-reference", edit=_reference_as_type),
    Hostile(id="type-is-empty", edit=_with_attribute(POSE, "neurodata_type", h5py.Empty("f4"))),
    Hostile(id="root-type-is-int", edit=_with_attribute("/", "neurodata_type", 7)),
    Hostile(
        id="version-is-array",
        edit=_with_attribute("/", "nwb_version", ["2.9.0", "2.10.0"]),
    ),
    Hostile(id="unit-is-number", edit=_with_attribute(f"{NOSE}/data", "unit", 3.0)),
    Hostile(
        id="conversion-is-text", edit=_with_attribute(f"{NOSE}/data", "conversion", "one half")
    ),
    Hostile(
        id="rate-is-text",
        edit=_with_attribute(f"{NOSE}/starting_time", "rate", "thirty"),
    ),
    Hostile(id="rate-is-nan", edit=_with_attribute(f"{NOSE}/starting_time", "rate", np.nan)),
    Hostile(id="nodes-are-group", edit=_group_in_place_of(f"{SKELETON}/nodes")),
    Hostile(id="nodes-are-numbers", edit=_in_place_of(f"{SKELETON}/nodes", np.arange(4))),
    Hostile(id="nodes-are-scalar", edit=_in_place_of(f"{SKELETON}/nodes", "nose")),
    Hostile(id="edges-are-text", edit=_in_place_of(f"{SKELETON}/edges", [["a", "b"]])),
    Hostile(
        id="edges-are-negative",
        edit=_in_place_of(f"{SKELETON}/edges", np.array([(0, -1), (-(2**63), 2)], np.int64)),
    ),
    Hostile(id="edges-are-floats", edit=_in_place_of(f"{SKELETON}/edges", [(0.0, np.nan)])),
    Hostile(id="data-is-group", edit=_group_in_place_of(f"{NOSE}/data")),
    Hostile(id="data-is-text", edit=_in_place_of(f"{NOSE}/data", ["a", "b"])),
    Hostile(id="data-is-compound", edit=_in_place_of(f"{NOSE}/data", np.zeros(20, _PAIR))),
    Hostile(id="data-is-nested-compound", edit=_nested_type),
    Hostile(id="data-is-scalar", edit=_in_place_of(f"{NOSE}/data", 3.0)),
    Hostile(id="data-is-null", edit=_null_dataspace),
    Hostile(id="data-is-boolean", edit=_in_place_of(f"{NOSE}/data", np.ones((120, 2), bool))),
    Hostile(
        id="data-is-complex", edit=_in_place_of(f"{NOSE}/data", np.ones((120, 2), np.complex64))
    ),
    Hostile(
        id="data-has-32-dimensions", edit=_in_place_of(f"{NOSE}/data", np.zeros((1,) * 32, "f4"))
    ),
    Hostile(id="confidence-is-text", edit=_in_place_of(f"{NOSE}/confidence", ["sure"] * 120)),
    Hostile(id="confidence-is-scalar", edit=_in_place_of(f"{NOSE}/confidence", 0.5)),
    Hostile(
        id="references-are-scalar", edit=_in_place_of(f"{CAMERA_VIDEO}/external_file", "camera.mp4")
    ),
    Hostile(
        id="references-are-numbers", edit=_in_place_of(f"{CAMERA_VIDEO}/external_file", [1, 2, 3])
    ),
    Hostile(id="ten-million-references", edit=_million_references),
    Hostile(
        id="starting-frame-is-text",
        edit=_with_attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", "zero"),
    ),
    Hostile(
        id="dimension-is-text", edit=_in_place_of(f"{CAMERA_VIDEO}/dimension", ["wide", "high"])
    ),
    Hostile(id="num-samples-is-array", edit=_in_place_of(f"{CAMERA_VIDEO}/num_samples", [1, 2])),
    Hostile(id="deep-nesting", edit=_deep_nesting, silent=True),
    Hostile(id="hundred-thousand-links", edit=_crowd, silent=True),
    Hostile(id="ugly-series-names", edit=_ugly_series),
    Hostile(id="ugly-texts", edit=_ugly_texts),
    Hostile(id="specification-broken", edit=_broken_specification, silent=True),
    Hostile(id="specification-nested", edit=_nested_specification, silent=True),
    Hostile(id="specification-huge", edit=_huge_specification, silent=True),
    Hostile(id="specifications-are-data", edit=_in_place_of("/specifications", 3)),
    Hostile(id="subject-is-data", edit=_in_place_of("/general/subject", 3), silent=True),
    Hostile(id="processing-is-data", edit=_in_place_of("/processing", 3), silent=True),
)
"""Traps that must cost nothing: no crash, no failure of posecheck, no time-out."""
