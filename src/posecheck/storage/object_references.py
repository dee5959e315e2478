"""What leads to an object of an HDF5 file besides its path: object references, and hard links.

Whatever is stored again is another object then: a reference or a second hard link would go on
leading to the old one.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterator
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5o, h5r, h5t

from posecheck.storage.hdf5_errors import storage_errors

_ROWS = 65_536


def referrers_of(file: h5py.File, wanted: Collection[int]) -> dict[int, str]:
    """Return which of the wanted objects a reference leads to, and from where, as a clause.

    Parameters
    ----------
    file
        An opened file, every object of which is looked at.
    wanted
        The addresses of the objects in question.

    Raises
    ------
    StorageError
        If the file is broken where references are looked for.
    """
    found: dict[int, str] = {}

    def visit(name: bytes) -> None:
        where = "/" if name == b"." else "/" + name.decode("utf-8", "surrogateescape")
        with storage_errors(where):
            for values in _reference_values(h5o.open(file.id, name)):
                for target in _targets(file, values):
                    if target in wanted:
                        found.setdefault(target, f"a reference leads to it from {where}")

    visit(b".")  # the library begins below it
    with storage_errors("/"):
        h5o.visit(file.id, visit)
    return found


def _reference_values(handle: Any) -> Iterator[Any]:
    """Yield all values of an object that hold references: its attributes', and its own."""
    for index in range(h5a.get_num_attrs(handle)):
        attribute = h5a.open(handle, index=index)
        if holds_references(attribute.get_type()) and attribute.shape is not None:
            values = np.empty(attribute.shape, dtype=attribute.dtype)
            attribute.read(values)
            yield values.reshape(-1)
    if isinstance(handle, h5d.DatasetID) and holds_references(handle.get_type()):
        yield from _blocks(handle)


def _targets(file: h5py.File, values: Any) -> Iterator[int]:
    for reference in _references(values):
        # One that dangles leads to nothing that is asked for.
        with contextlib.suppress(ValueError, RuntimeError, KeyError, OSError):
            if reference:
                yield address_of(h5r.dereference(reference, file.id))


def _blocks(handle: h5d.DatasetID) -> Iterator[Any]:
    """Yield a dataset's values, flat, some rows at a time; none that lie in another file."""
    properties = handle.get_create_plist()
    if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
        return
    dataset = h5py.Dataset(handle)
    if not dataset.shape:
        if dataset.shape is not None:
            yield np.asarray(dataset[()], dtype=handle.dtype).reshape(-1)
        return
    rows = max(1, _ROWS // max(1, math.prod(dataset.shape[1:])))
    for start in range(0, dataset.shape[0], rows):
        yield dataset[start : start + rows].reshape(-1)


def _references(values: Any) -> Iterator[Any]:
    """Yield the references among values, however they are wrapped."""
    if isinstance(values, (h5r.Reference, h5r.RegionReference)):
        yield values
    elif isinstance(values, np.ndarray) and values.dtype.names:
        for name in values.dtype.names:
            yield from _references(values[name])
    elif isinstance(values, np.ndarray) and values.dtype.kind == "O":
        for value in values.reshape(-1):
            yield from _references(value)


def holds_references(kind: h5t.TypeID) -> bool:
    """Return whether values of a type are references, or hold some."""
    family = kind.get_class()
    if family == h5t.COMPOUND:
        members = (kind.get_member_type(index) for index in range(kind.get_nmembers()))
        return any(holds_references(member) for member in members)
    if family in {h5t.VLEN, h5t.ARRAY}:
        return holds_references(kind.get_super())
    return bool(family == h5t.REFERENCE)


def address_of(handle: Any) -> int:
    """Return where an object lies in its file, which is what makes it the same object."""
    return int(h5o.get_info(handle).addr)


def hard_links(handle: Any) -> int:
    """Return how many hard links lead to an object."""
    return int(h5o.get_info(handle).rc)
