"""New datasets of an HDF5 file, to which no link leads yet: of small values, or like an old one."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from posecheck.model.edit import TEXT, EditValue

Rows = np.ndarray[Any, Any]


def written(file: h5py.File, value: EditValue, dtype: str) -> h5d.DatasetID:
    """Return a new dataset, to which no link leads yet."""
    if dtype == TEXT:
        kind = h5t.py_create(h5py.string_dtype(), logical=True)
        data = np.asarray(as_bytes(value), dtype=object)
    else:
        data = np.asarray(value, dtype=dtype)
        kind = h5t.py_create(data.dtype, logical=True)
    new = h5d.create(file.id, None, kind, h5s.create_simple(data.shape) if data.shape else _one())
    if data.size:
        h5py.Dataset(new)[...] = data
    return new


def _one() -> h5s.SpaceID:
    return h5s.create(h5s.SCALAR)


def like(file: h5py.File, old: h5d.DatasetID, kind: h5t.TypeID) -> h5d.DatasetID:
    """Return a new empty dataset of the same shape, with the chunks and filters of an old one."""
    properties = old.get_create_plist()
    kept = _storage_alone(properties)
    is_number = {h5t.INTEGER, h5t.FLOAT} >= {kind.get_class(), old.get_type().get_class()}
    if is_number and properties.fill_value_defined() == h5d.FILL_VALUE_USER_DEFINED:
        fill = np.empty((), dtype=old.dtype)
        properties.get_fill_value(fill)
        kept.set_fill_value(fill)
    return h5d.create(file.id, None, kind, old.get_space(), kept)


def _storage_alone(properties: h5p.PropDCID, chunk: tuple[int, ...] | None = None) -> h5p.PropDCID:
    """Return what a list of creation properties says of chunks and filters."""
    kept = h5p.create(h5p.DATASET_CREATE)
    if properties.get_layout() != h5d.CHUNKED:
        return kept
    kept.set_chunk(chunk or properties.get_chunk())
    for index in range(properties.get_nfilters()):
        code, flags, values, _ = properties.get_filter(index)
        if code not in _OF_THE_TYPE:
            kept.set_filter(code, flags, values)
    return kept


_OF_THE_TYPE = frozenset({h5py.h5z.FILTER_NBIT, h5py.h5z.FILTER_SCALEOFFSET, h5py.h5z.FILTER_SZIP})
"""Filters whose settings hold for one type alone."""


def reshaped(file: h5py.File, old: h5d.DatasetID, values: Rows) -> h5d.DatasetID:
    """Return a new dataset of the same type with values of another shape, small ones.

    It can no longer grow: which of its extents could is not known of another shape.
    """
    chunk = tuple(max(1, extent) for extent in values.shape) if values.shape else None
    properties = old.get_create_plist()
    if properties.get_layout() == h5d.CHUNKED and chunk is not None:
        if sorted(values.shape) == sorted(old.shape):
            chunk = tuple(reversed(properties.get_chunk()))
        kept = _storage_alone(properties, chunk)
    else:
        kept = h5p.create(h5p.DATASET_CREATE)
    new = h5d.create(file.id, None, old.get_type(), h5s.create_simple(values.shape), kept)
    if values.size:
        h5py.Dataset(new)[...] = values
    return new


def as_bytes(value: EditValue) -> Any:
    """Return text as the bytes that it was read from, lists as lists, and numbers as they are."""
    if isinstance(value, tuple):
        return [as_bytes(item) for item in value]
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
