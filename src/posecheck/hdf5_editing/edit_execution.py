"""Make the edits of a fix in an HDF5 file that is open for writing: a copy that nobody else sees.

What is made is what the lines of `posecheck.model.h5py_lines` make, with two differences that no
reader sees: large datasets are changed some rows at a time, and what is stored again keeps the
place of its link, its chunks and its filters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import singledispatch
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5g, h5o, h5p, h5s, h5t

from posecheck.hdf5_editing.replaced_objects import copy_attributes, replace_link
from posecheck.hdf5_editing.row_blocks import row_blocks
from posecheck.model.edit import (
    TEXT,
    AddDataset,
    AddGroup,
    AddSoftLink,
    Clip,
    DeleteAttribute,
    DeleteObject,
    Divide,
    Edit,
    EditValue,
    MarkMissing,
    MoveObject,
    ReorderColumns,
    Reshape,
    Retype,
    SetAttribute,
    SetDataset,
    SetElement,
    Transpose,
)
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.string_datasets import hard_path

Rows = np.ndarray[Any, Any]


def make_edits(file: h5py.File, edits: Iterable[Edit]) -> None:
    """Make edits, in their order.

    Parameters
    ----------
    file
        A file that is open for writing, through a Python file object. If this fails, it is worth
        nothing any more.
    edits
        What to change.

    Raises
    ------
    StorageError
        If an edit does not fit what is stored: an object is missing, or is there already, or a
        value cannot be stored.
    """
    for edit in edits:
        with storage_errors(edit.path):
            _make(edit, file)


@singledispatch
def _make(edit: Edit, file: h5py.File) -> None:
    raise TypeError(f"not an edit: {edit!r}")


@_make.register
def _(edit: SetAttribute, file: h5py.File) -> None:
    attributes = _object(file, edit.path).attrs
    if edit.dtype is not None or not _holds_text(edit.value):
        attributes.create(edit.name, np.asarray(edit.value, dtype=edit.dtype))
    else:
        attributes.create(edit.name, _bytes(edit.value), dtype=h5py.string_dtype())


@_make.register
def _(edit: DeleteAttribute, file: h5py.File) -> None:
    del _object(file, edit.path).attrs[edit.name]


@_make.register
def _(edit: AddDataset, file: h5py.File) -> None:
    parent, name = _new_place(file, edit.path)
    h5o.link(_written(file, edit.value, edit.dtype), parent, name, lcpl=_utf8())


@_make.register
def _(edit: SetDataset, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    _put_in_place(file, edit.path, old, _written(file, edit.value, edit.dtype))


@_make.register
def _(edit: SetElement, file: h5py.File) -> None:
    dataset = h5py.Dataset(_dataset(file, edit.path))
    value = _bytes(edit.value) if isinstance(edit.value, str) else edit.value
    dataset[() if edit.index is None else edit.index] = value


@_make.register
def _(edit: AddGroup, file: h5py.File) -> None:
    if not _is_there(file, edit.path):
        parent, name = _new_place(file, edit.path)
        h5o.link(h5g.create(file.id, None), parent, name, lcpl=_utf8())
    elif not isinstance(_object(file, edit.path), h5py.Group):
        raise StorageError(Trouble.UNREADABLE, "there is no group", edit.path)


@_make.register
def _(edit: DeleteObject, file: h5py.File) -> None:
    parent, name = _link(file, edit.path)
    parent.unlink(name)


@_make.register
def _(edit: MoveObject, file: h5py.File) -> None:
    parent, name = _link(file, edit.path)
    new_parent, new_name = _new_place(file, edit.target)
    parent.links.move(name, new_parent, new_name, lcpl=_utf8())


@_make.register
def _(edit: AddSoftLink, file: h5py.File) -> None:
    parent, name = _new_place(file, edit.path)
    parent.links.create_soft(name, _raw(edit.target), lcpl=_utf8())


@_make.register
def _(edit: Retype, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    if edit.dtype == TEXT:
        kind = h5t.py_create(h5py.string_dtype(), logical=True)
        new = _stored_again(file, old, kind)
        if _size(old):
            texts = np.asarray(h5py.Dataset(old)[...], dtype=object)
            h5py.Dataset(new)[...] = texts
    else:
        dtype = np.dtype(edit.dtype)
        new = _stored_again(file, old, h5t.py_create(dtype, logical=True))
        for region in row_blocks(old):
            h5py.Dataset(new)[region] = np.asarray(h5py.Dataset(old)[region]).astype(dtype)
    _put_in_place(file, edit.path, old, new)


@_make.register
def _(edit: Reshape, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    values = h5py.Dataset(old)[...].reshape(edit.shape)
    _store_shaped(file, edit.path, old, values)


@_make.register
def _(edit: Transpose, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    _store_shaped(file, edit.path, old, h5py.Dataset(old)[...].T)


@_make.register
def _(edit: Divide, file: h5py.File) -> None:
    _in_place(file, edit.path, lambda rows: rows / edit.divisor)


@_make.register
def _(edit: Clip, file: h5py.File) -> None:
    _in_place(file, edit.path, lambda rows: rows.clip(edit.low, edit.high))


@_make.register
def _(edit: ReorderColumns, file: h5py.File) -> None:
    _in_place(file, edit.path, lambda rows: rows[:, list(edit.order)])


@_make.register
def _(edit: MarkMissing, file: h5py.File) -> None:
    def mark(rows: Rows) -> Rows:
        rows[(rows == edit.sentinel).all(axis=1)] = math.nan
        return rows

    _in_place(file, edit.path, mark)


def _in_place(file: h5py.File, path: str, change: Callable[[Rows], Rows]) -> None:
    handle = _dataset(file, path)
    dataset = h5py.Dataset(handle)
    for region in row_blocks(handle):
        dataset[region] = change(np.asarray(dataset[region]))


def _written(file: h5py.File, value: EditValue, dtype: str) -> h5d.DatasetID:
    """Return a new dataset, to which no link leads yet."""
    if dtype == TEXT:
        kind = h5t.py_create(h5py.string_dtype(), logical=True)
        data = np.asarray(_bytes(value), dtype=object)
    else:
        data = np.asarray(value, dtype=dtype)
        kind = h5t.py_create(data.dtype, logical=True)
    new = h5d.create(file.id, None, kind, h5s.create_simple(data.shape) if data.shape else _one())
    if data.size:
        h5py.Dataset(new)[...] = data
    return new


def _one() -> h5s.SpaceID:
    return h5s.create(h5s.SCALAR)


def _stored_again(file: h5py.File, old: h5d.DatasetID, kind: h5t.TypeID) -> h5d.DatasetID:
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


def _store_shaped(file: h5py.File, path: str, old: h5d.DatasetID, values: Rows) -> None:
    """Store values again whose shape is another one; they are small, or fit into memory."""
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
    _put_in_place(file, path, old, new)


def _put_in_place(file: h5py.File, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
    copy_attributes(old, new)
    parent, name = _link(file, hard_path(file, path))
    replace_link(parent, name, new)


def _dataset(file: h5py.File, path: str) -> h5d.DatasetID:
    found = _object(file, path)
    if not isinstance(found, h5py.Dataset):
        raise StorageError(Trouble.UNREADABLE, "there is no dataset", path)
    return found.id


def _object(file: h5py.File, path: str) -> Any:
    """Open an object of this file, and never one of another file."""
    return file[_raw(hard_path(file, path))]


def _link(file: h5py.File, path: str) -> tuple[h5g.GroupID, bytes]:
    """Return the group in which a link lies, and its name, whatever it leads to."""
    holder, _, name = path.rpartition("/")
    parent = h5g.open(file.id, _raw(hard_path(file, holder)))
    raw = _raw(name)
    if not name or not parent.links.exists(raw):
        raise StorageError(Trouble.DANGLING, "nothing is there", path)
    return parent, raw


def _new_place(file: h5py.File, path: str) -> tuple[h5g.GroupID, bytes]:
    holder, _, name = path.rpartition("/")
    parent = h5g.open(file.id, _raw(hard_path(file, holder)))
    raw = _raw(name)
    if not name or parent.links.exists(raw):
        raise StorageError(Trouble.UNREADABLE, "something is there already", path)
    return parent, raw


def _is_there(file: h5py.File, path: str) -> bool:
    try:
        hard_path(file, path)
    except StorageError:
        return False
    return True


def _size(handle: h5d.DatasetID) -> int:
    return int(handle.get_space().get_simple_extent_npoints())


def _holds_text(value: EditValue) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_holds_text, value))
    return isinstance(value, str)


def _bytes(value: EditValue) -> Any:
    """Return text as the bytes that it was read from, lists as lists."""
    if isinstance(value, tuple):
        return [_bytes(item) for item in value]
    return _raw(value) if isinstance(value, str) else value


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _utf8() -> h5p.PropLCID:
    creation = h5p.create(h5p.LINK_CREATE)
    creation.set_char_encoding(h5t.CSET_UTF8)
    return creation
