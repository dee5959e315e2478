"""What is at a place of a file, in words: a value, or what an array looks like."""

from __future__ import annotations

import math
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5g, h5l

from posecheck.hdf5_editing.row_blocks import row_blocks
from posecheck.model.edit import Place
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError
from posecheck.storage.string_datasets import hard_path

_FEW = 12
"""Values that are all shown."""
_SAMPLES = 6


def text_at(file: h5py.File, place: Place) -> str:
    """Say what is at a place; empty if nothing is.

    Parameters
    ----------
    file
        An opened file.
    place
        An object, a link or an attribute.

    Returns
    -------
    str
        A value as Python writes it; of a larger array its type and shape, the range of its values
        and the first of them; of a soft link, where it leads.

    Raises
    ------
    StorageError
        If what is there cannot be read.
    """
    with storage_errors(place.path):
        if not place.attribute:
            link = _link_text(file, place.path)
            if link:
                return link
        found = _found(file, place.path)
        if found is None:
            return ""
        if place.attribute:
            return _attribute_text(found, place.attribute)
        if isinstance(found, h5py.Group):
            kind = _plain(found.attrs.get("neurodata_type", ""))
            return f"group {kind}".strip()
        return _dataset_text(found) if isinstance(found, h5py.Dataset) else "a named type"


def _attribute_text(found: Any, name: str) -> str:
    if not h5a.exists(found.id, _raw(name)):
        return ""
    return _values_text(np.asarray(found.attrs[name], dtype=found.attrs.get_id(name).dtype))


def _dataset_text(dataset: h5py.Dataset) -> str:
    if dataset.shape is None:
        return "empty"
    if dataset.size <= _FEW:
        return _values_text(np.asarray(dataset[()], dtype=dataset.dtype))
    text = f"{_type_text(dataset.dtype)} {_shape_text(dataset.shape)}"
    if dataset.dtype.kind in "iufb":
        text += f", {_range_text(dataset)}"
    rows = max(1, math.ceil(_SAMPLES / max(1, math.prod(dataset.shape[1:]))))
    first = np.asarray(dataset[: min(rows, dataset.shape[0])]).reshape(-1)[:_SAMPLES]
    return f"{text}, begins {_values_text(first, more=True)}"


def _range_text(dataset: h5py.Dataset) -> str:
    low, high, missing = math.inf, -math.inf, 0
    for region in row_blocks(dataset.id):
        rows = np.asarray(dataset[region])
        if rows.dtype.kind == "f":
            here = ~np.isnan(rows)
            missing += rows.size - int(np.count_nonzero(here))
            rows = rows[here]
        if rows.size:
            low, high = min(low, float(rows.min())), max(high, float(rows.max()))
    values = f"{_number(low)} … {_number(high)}" if low <= high else "no number"
    return f"{values}, {missing:,} NaN" if missing else values


def _values_text(values: Any, *, more: bool = False) -> str:
    if values.dtype.names or h5py.check_dtype(ref=values.dtype) is not None:
        return f"{_type_text(values.dtype)} {_shape_text(values.shape)}"
    if not values.shape:
        return _value_text(values[()])
    if values.size > _FEW:
        return f"{_type_text(values.dtype)} {_shape_text(values.shape)}"
    if values.ndim == 1:
        return f"[{', '.join(map(_value_text, values))}{', …' if more else ''}]"
    return f"[{', '.join(_values_text(row) for row in values)}]"


def _value_text(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, str):
        return repr(plain)
    if isinstance(plain, float):
        return _number(plain)
    return str(plain)


def _number(value: float) -> str:
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return f"{value:.1f}"
    return f"{value:.6g}"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value.item() if isinstance(value, np.generic) else value


def _type_text(dtype: np.dtype[Any]) -> str:
    if h5py.check_string_dtype(dtype) is not None:
        return "text"
    if dtype.names:
        return "table"
    return "references" if h5py.check_dtype(ref=dtype) is not None else str(dtype)


def _shape_text(shape: tuple[int, ...]) -> str:
    return (
        "(" + ", ".join(f"{extent:,}" for extent in shape) + ("," if len(shape) == 1 else "") + ")"
    )


def _link_text(file: h5py.File, path: str) -> str:
    holder, _, name = path.rpartition("/")
    parent, raw = _found(file, holder or "/"), _raw(name)
    if not isinstance(parent, h5py.Group) or not name or not parent.id.links.exists(raw):
        return ""
    group: h5g.GroupID = parent.id
    if group.links.get_info(raw).type != h5l.TYPE_SOFT:
        return ""
    target = group.links.get_val(raw).decode("utf-8", "surrogateescape")
    return f"link to {target}"


def _found(file: h5py.File, path: str) -> Any:
    try:
        return file[_raw(hard_path(file, path))]
    except StorageError:
        return None


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
