"""Files that are small, or soon written, and large for whoever reads them: none is damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from tests.recordings.limits import SERIES, deflated_zeros
from tests.recordings.written import CAMERA_VIDEO, POSE, SKELETON

EXTENT = 10**15
"""More than any disk holds."""
CROWD = 100_000
_BOMB_CHUNK = 16 << 20
_BOMB_CHUNKS = 192
_COMMAND = b"\x1b[31m"


@dataclass(frozen=True, slots=True)
class Oversized:
    """A file that costs more than it looks, and what its check must come to.

    Attributes
    ----------
    codes
        The errors, of which all must be reported.
    is_read
        Whether posecheck reads it to its end; else it gives up.
    """

    id: str
    edit: Callable[[h5py.File], None]
    codes: frozenset[str] = frozenset()
    is_read: bool = True


def write_oversized(careful: Path, path: Path, trap: Oversized) -> Path:
    """Set a trap in a copy of the careful file."""
    shutil.copyfile(careful, path)
    # In the format of today, an attribute of any size is stored beside its object.
    with h5py.File(path, "r+", libver="latest") as file:
        trap.edit(file)
    return path


def _replace(
    file: h5py.File, path: str, *, shape: tuple[int, ...], chunks: tuple[int, ...], dtype: object
) -> h5py.Dataset:
    """Put a dataset in which nothing is stored in the place of another, with its attributes."""
    attributes = dict(file[path].attrs)
    del file[path]
    dataset = file.create_dataset(path, shape=shape, chunks=chunks, dtype=dtype)
    dataset.attrs.update(attributes)
    return dataset


def _endless_positions(file: h5py.File) -> None:
    _replace(file, SERIES, shape=(EXTENT, 2), chunks=(65536, 2), dtype="f4")


def _endless_nodes(file: h5py.File) -> None:
    text = h5py.string_dtype()
    _replace(file, f"{SKELETON}/nodes", shape=(EXTENT,), chunks=(65536,), dtype=text)


def _endless_edges(file: h5py.File) -> None:
    _replace(file, f"{SKELETON}/edges", shape=(EXTENT, 2), chunks=(65536, 2), dtype="u1")


def _endless_references(file: h5py.File) -> None:
    text = h5py.string_dtype()
    _replace(file, f"{CAMERA_VIDEO}/external_file", shape=(EXTENT,), chunks=(65536,), dtype=text)


def _endless_scratch(file: h5py.File) -> None:
    file.create_dataset("/scratch/endless", shape=(EXTENT,), chunks=(65536,), dtype="f4")


def _decompression_bomb(file: h5py.File) -> None:
    """Let every chunk inflate a thousandfold, to three gigabytes in all: each is well formed."""
    attributes = dict(file[SERIES].attrs)
    del file[SERIES]
    rows = _BOMB_CHUNK // 8
    data = file.create_dataset(
        SERIES, shape=(rows * _BOMB_CHUNKS, 2), dtype="f4", chunks=(rows, 2), compression="gzip"
    )
    data.attrs.update(attributes)
    zeros = deflated_zeros(_BOMB_CHUNK)
    for index in range(_BOMB_CHUNKS):
        data.id.write_direct_chunk((index * rows, 0), zeros)


def _huge_attributes(file: h5py.File) -> None:
    values, attributes = file[SERIES][...], dict(file[SERIES].attrs)
    del file[SERIES]
    data = file.create_dataset(SERIES, data=values)
    data.attrs.update(attributes)
    for index in range(4):
        data.attrs[f"huge{index}"] = np.zeros(16 << 20, "u1")
    data.attrs["unit"] = np.bytes_(_COMMAND * (4 << 20))
    scratch = file.create_group("/scratch/huge")
    scratch.attrs["notes"] = "x" * (32 << 20)
    scratch.attrs.create("many", [_COMMAND * 100] * 50_000)


def _many_attributes(file: h5py.File) -> None:
    group = file.create_group("/scratch/attributes")
    for index in range(20_000):
        group.attrs[f"attribute{index:06d}"] = index


def _crowd_of_groups(file: h5py.File) -> None:
    crowd = file.create_group("/scratch/crowd").id
    for index in range(CROWD):
        h5py.h5g.create(crowd, b"%s%06d" % (_COMMAND, index))


def _crowd_of_datasets(file: h5py.File) -> None:
    crowd = file.create_group("/processing/behavior/crowd").id
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    for index in range(CROWD):
        h5py.h5d.create(crowd, b"%06d" % index, h5py.h5t.NATIVE_INT8, space)


def _crowd_of_series(file: h5py.File) -> None:
    source, pose = file[f"{POSE}/nose"].id, file[POSE].id
    for index in range(2_000):
        h5py.h5o.copy(source, b".", pose, b"series%04d" % index)


OVERSIZED = (
    Oversized("endless-positions", _endless_positions, frozenset({"FIL013"}), is_read=False),
    Oversized("endless-nodes", _endless_nodes, frozenset({"FIL001"})),
    Oversized("endless-edges", _endless_edges, frozenset({"FIL001"})),
    Oversized("endless-references", _endless_references, frozenset({"FIL001"})),
    Oversized("endless-scratch", _endless_scratch),
    Oversized("decompression-bomb", _decompression_bomb, frozenset({"CNF002", "TIM013"})),
    Oversized("huge-attributes", _huge_attributes, frozenset({"UNI003"})),
    Oversized("many-attributes", _many_attributes),
    Oversized("crowd-of-groups", _crowd_of_groups),
    Oversized("crowd-of-datasets", _crowd_of_datasets),
    Oversized("crowd-of-series", _crowd_of_series, frozenset({"NOD002"})),
)
