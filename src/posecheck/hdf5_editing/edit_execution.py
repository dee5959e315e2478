"""Make the edits of a fix in an HDF5 file that is open for writing: a copy that nobody else sees.

What is made is what the lines of `posecheck.model.h5py_lines` make, with two differences that no
reader sees: large datasets are changed some rows at a time, and one that is stored again as another
type keeps the place of its link, its chunks and its filters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import singledispatch
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5g, h5o, h5p, h5t

from posecheck.hdf5_editing.new_datasets import Rows, as_bytes, like, reshaped, written
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
        attributes.create(edit.name, as_bytes(edit.value), dtype=h5py.string_dtype())


@_make.register
def _(edit: DeleteAttribute, file: h5py.File) -> None:
    del _object(file, edit.path).attrs[edit.name]


@_make.register
def _(edit: AddDataset, file: h5py.File) -> None:
    parent, name = _new_place(file, edit.path)
    h5o.link(written(file, edit.value, edit.dtype), parent, name, lcpl=_utf8())


@_make.register
def _(edit: SetDataset, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    _put_in_place(file, edit.path, old, written(file, edit.value, edit.dtype))


@_make.register
def _(edit: SetElement, file: h5py.File) -> None:
    dataset = h5py.Dataset(_dataset(file, edit.path))
    value = as_bytes(edit.value) if isinstance(edit.value, str) else edit.value
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
        new = like(file, old, kind)
        if _size(old):
            texts = np.asarray(h5py.Dataset(old)[...], dtype=object)
            h5py.Dataset(new)[...] = texts
    else:
        dtype = np.dtype(edit.dtype)
        new = like(file, old, h5t.py_create(dtype, logical=True))
        for region in row_blocks(old):
            h5py.Dataset(new)[region] = _as_type(h5py.Dataset(old)[region], dtype, edit.path)
    _put_in_place(file, edit.path, old, new)


@_make.register
def _(edit: Reshape, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    values = h5py.Dataset(old)[...].reshape(edit.shape)
    _put_in_place(file, edit.path, old, reshaped(file, old, values))


@_make.register
def _(edit: Transpose, file: h5py.File) -> None:
    old = _dataset(file, edit.path)
    _put_in_place(file, edit.path, old, reshaped(file, old, h5py.Dataset(old)[...].T))


@_make.register
def _(edit: Divide, file: h5py.File) -> None:
    _expect_floats(file, edit.path)
    _in_place(file, edit.path, lambda rows: rows / edit.divisor)


@_make.register
def _(edit: Clip, file: h5py.File) -> None:
    _in_place(file, edit.path, lambda rows: rows.clip(edit.low, edit.high))


@_make.register
def _(edit: ReorderColumns, file: h5py.File) -> None:
    _in_place(file, edit.path, lambda rows: rows[:, list(edit.order)])


@_make.register
def _(edit: MarkMissing, file: h5py.File) -> None:
    _expect_floats(file, edit.path)

    def mark(rows: Rows) -> Rows:
        rows[(rows == edit.sentinel).all(axis=1)] = math.nan
        return rows

    _in_place(file, edit.path, mark)


def _as_type(values: Any, dtype: np.dtype[Any], path: str) -> Rows:
    """Return values as another type, which must hold each of them if it is one of whole numbers."""
    rows = np.asarray(values)
    with np.errstate(invalid="ignore"):
        cast = rows.astype(dtype)
        if dtype.kind in "iu" and not np.array_equal(cast.astype(rows.dtype), rows):
            raise StorageError(Trouble.UNREADABLE, f"a value is none of {dtype}", path)
    return cast


def _expect_floats(file: h5py.File, path: str) -> None:
    if _dataset(file, path).dtype.kind != "f":
        raise StorageError(Trouble.UNREADABLE, "its values are no floats", path)


def _in_place(file: h5py.File, path: str, change: Callable[[Rows], Rows]) -> None:
    handle = _dataset(file, path)
    dataset = h5py.Dataset(handle)
    for region in row_blocks(handle):
        dataset[region] = change(np.asarray(dataset[region]))


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


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _utf8() -> h5p.PropLCID:
    creation = h5p.create(h5p.LINK_CREATE)
    creation.set_char_encoding(h5t.CSET_UTF8)
    return creation
