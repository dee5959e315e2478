"""What a dataset or an attribute stores, as values that are equal where what is stored is equal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5t

from posecheck.storage.object_references import address_of

_ROWS = 65_536


def comparable(values: Any, file: h5py.File) -> Any:
    """Turn stored values into what equals what is equal: references into addresses.

    Parameters
    ----------
    values
        As h5py reads them: an array, or one value.
    file
        The file that they are of.
    """
    if isinstance(values, np.ndarray):
        if values.dtype.names:
            return [comparable(values[name], file) for name in values.dtype.names]
        if values.dtype.kind == "O":
            return [comparable(value, file) for value in values.reshape(-1)]
        return values.tobytes()
    if isinstance(values, (h5py.Reference, h5py.RegionReference)):
        return _target(values, file)
    return values


def attribute_values(attribute: h5a.AttrID) -> Any:
    """Read an attribute as it is stored; ``None`` for a null dataspace."""
    if attribute.shape is None:
        return None
    values = np.empty(attribute.shape, dtype=attribute.dtype)
    attribute.read(values)
    return values


def value_blocks(handle: h5d.DatasetID) -> Iterator[Any]:
    """Yield regions that cover a dataset, some rows at a time; none for a null dataspace."""
    shape = handle.shape
    if shape is None:
        return
    if not shape:
        yield ()
        return
    rows = max(1, _ROWS // max(1, math.prod(shape[1:])))
    for start in range(0, shape[0], rows):
        yield slice(start, start + rows)


def extents(handle: h5d.DatasetID) -> Iterator[tuple[int, int]]:
    """Yield where a dataset's raw data lie, as offset and size."""
    layout = handle.get_create_plist().get_layout()
    if layout == h5d.CONTIGUOUS:
        start = handle.get_offset()
        if start is not None:
            yield int(start), int(handle.get_storage_size())
    elif layout == h5d.CHUNKED and handle.get_storage_size():
        chunks: list[tuple[int, int]] = []
        handle.chunk_iter(lambda chunk: chunks.append((int(chunk.byte_offset), int(chunk.size))))
        yield from chunks


def has_heap_values(kind: h5t.TypeID) -> bool:
    """Whether values of a type lie in a heap that other objects share."""
    family = kind.get_class()
    if family == h5t.COMPOUND:
        members = (kind.get_member_type(index) for index in range(kind.get_nmembers()))
        return any(has_heap_values(member) for member in members)
    if family == h5t.ARRAY:
        return has_heap_values(kind.get_super())
    # A region reference's selection lies in the heap as well.
    if family == h5t.REFERENCE:
        return not kind.equal(h5t.STD_REF_OBJ)
    return bool(family == h5t.VLEN or (family == h5t.STRING and kind.is_variable_str()))


def _target(reference: Any, file: h5py.File) -> Any:
    if not reference:
        return None
    try:
        handle = h5py.h5r.dereference(reference, file.id)
        if isinstance(reference, h5py.RegionReference):
            space = h5py.h5r.get_region(reference, file.id)
            return address_of(handle), space.get_select_npoints(), space.get_select_bounds()
        return address_of(handle)
    except (ValueError, RuntimeError, KeyError, OSError):
        return "dangling"
