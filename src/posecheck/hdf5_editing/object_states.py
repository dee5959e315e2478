"""What is at a place of an HDF5 file, as a digest that is equal where what is stored is equal.

A plan keeps the digest of each place that it changes, as it is afterwards. So whoever carries it
out can prove that what came out is what was shown.
"""

from __future__ import annotations

import hashlib
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5t

from posecheck.hdf5_editing.row_blocks import row_blocks
from posecheck.hdf5_editing.stored_values import attribute_values
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError
from posecheck.storage.string_datasets import hard_path

ABSENT = "absent"
"""The state of a place where nothing is."""


def state_of(file: h5py.File, path: str, attribute: str = "") -> str:
    """Return a digest of what is at a place: a link, an object with its attributes, an attribute.

    Parameters
    ----------
    file
        An opened file.
    path
        The path of the object, or of the link.
    attribute
        The name of one attribute of it; empty for the object itself. What lies in a group is not
        part of it.

    Returns
    -------
    str
        Hexadecimal digits of SHA-256, or `ABSENT`.

    Raises
    ------
    StorageError
        If what is there cannot be read.
    """
    digest = hashlib.sha256()
    with storage_errors(path):
        if attribute:
            handle = _opened(file, path)
            raw = _raw(attribute)
            if handle is None or not h5a.exists(handle, raw):
                return ABSENT
            _add_attribute(digest, file, h5a.open(handle, name=raw))
            return digest.hexdigest()
        target = _soft_target(file, path)
        if target is not None:
            digest.update(b"soft\0" + target)
            return digest.hexdigest()
        handle = _opened(file, path)
        if handle is None:
            return ABSENT
        _add_object(digest, file, handle)
    return digest.hexdigest()


def _add_object(digest: Any, file: h5py.File, handle: Any) -> None:
    digest.update(type(handle).__name__.encode() + b"\0")
    for index in range(h5a.get_num_attrs(handle)):
        attribute = h5a.open(handle, index=index)
        digest.update(attribute.name + b"\0")
        _add_attribute(digest, file, attribute)
    if not isinstance(handle, h5d.DatasetID):
        return
    _add_type(digest, handle.get_type(), handle.shape)
    dataset = h5py.Dataset(handle)
    for region in row_blocks(handle):
        _add_values(digest, file, np.asarray(dataset[region], dtype=handle.dtype))


def _add_attribute(digest: Any, file: h5py.File, attribute: h5a.AttrID) -> None:
    _add_type(digest, attribute.get_type(), attribute.shape)
    values = attribute_values(attribute)
    if values is not None:
        _add_values(digest, file, values)


def _add_type(digest: Any, kind: h5t.TypeID, shape: tuple[int, ...] | None) -> None:
    # A committed type is what it says, wherever it is committed.
    digest.update(kind.copy().encode() if not kind.committed() else repr(kind.dtype).encode())
    digest.update(repr(shape).encode())


def _add_values(digest: Any, file: h5py.File, values: Any) -> None:
    if isinstance(values, np.ndarray) and values.dtype.names:
        for name in values.dtype.names:
            _add_values(digest, file, values[name])
    elif isinstance(values, np.ndarray) and values.dtype.kind == "O":
        for value in values.reshape(-1):
            _add_values(digest, file, value)
    elif isinstance(values, (h5py.Reference, h5py.RegionReference)):
        digest.update(_name_of(values, file) + b"\0")
    elif isinstance(values, np.ndarray):
        digest.update(np.ascontiguousarray(values).tobytes())
    else:
        raw = _raw(values) if isinstance(values, str) else bytes(values)
        digest.update(len(raw).to_bytes(8, "little") + raw)


def _name_of(reference: Any, file: h5py.File) -> bytes:
    if not reference:
        return b""
    try:
        return bytes(h5py.h5r.get_name(reference, file.id) or b"?")
    except (ValueError, RuntimeError, KeyError, OSError):
        return b"dangling"


def _soft_target(file: h5py.File, path: str) -> bytes | None:
    """Return what a soft link says; ``None`` if there is none."""
    holder, _, name = path.rpartition("/")
    parent = _opened(file, holder or "/")
    raw = _raw(name)
    if not isinstance(parent, h5g.GroupID) or not name or not parent.links.exists(raw):
        return None
    if parent.links.get_info(raw).type != h5l.TYPE_SOFT:
        return None
    return bytes(parent.links.get_val(raw))


def _opened(file: h5py.File, path: str) -> Any:
    try:
        place = hard_path(file, path)
    except StorageError:
        return None
    return h5o.open(file.id, _raw(place))


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
