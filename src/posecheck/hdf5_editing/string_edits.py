"""Change strings of an HDF5 file: of a temporary copy, and of nothing that anyone else sees.

A file that is killed while HDF5 writes may not open again, so whoever calls this edits a copy,
looks at it with `posecheck.hdf5_editing.edit_verification`, and only then puts it in its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5o, h5p, h5t

from posecheck.model.string_change import StringChange
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.string_datasets import StringDataset, describe, hard_path, open_dataset

_MOVING = b".posecheck-moving"


def rewrite_strings(path: Path, changes: Iterable[StringChange]) -> tuple[str, ...]:
    """Change strings of a file that nobody else uses.

    Bytes behind the end of the HDF5 file, which the library drops, are put back.

    Parameters
    ----------
    path
        The file. If this fails, it is worth nothing any more.
    changes
        What to change. Every old text must be what the file says.

    Returns
    -------
    tuple of str
        The datasets that had to be recreated, because their fixed length was too short, by their
        path along hard links.

    Raises
    ------
    StorageError
        If a string does not say what it should, cannot be written, or the file cannot be edited.
    """
    size = path.stat().st_size
    ordered = sorted(changes, key=attrgetter("dataset"))
    with storage_errors("/"):
        # Closing the file drops what lies behind its end, and so says where that is.
        with path.open("r+b") as file, h5py.File(file, "r+"):
            tail = _last_bytes(path, size)
        end = path.stat().st_size
        with path.open("r+b") as file, h5py.File(file, "r+") as opened:
            recreated = [
                _rewrite(opened, dataset, tuple(group))
                for dataset, group in groupby(ordered, key=attrgetter("dataset"))
            ]
    if end < size:
        with path.open("ab") as behind:
            behind.write(tail[end - size :])
    return tuple(name for name in recreated if name)


def expect_strings(path: Path, changes: Iterable[StringChange]) -> None:
    """Look whether strings of a file say what is to be changed; nothing is written.

    Raises
    ------
    StorageError
        If one does not, cannot be written, or the file cannot be read.
    """
    ordered = sorted(changes, key=attrgetter("dataset"))
    with storage_errors("/"), path.open("rb") as file, h5py.File(file, "r") as opened:
        for dataset, group in groupby(ordered, key=attrgetter("dataset")):
            handle = open_dataset(opened, dataset)
            strings = describe(handle, dataset)
            stored = read_strings(handle) if not strings.obstacle else []
            for change in group:
                _check(change, strings, stored)


def read_strings(handle: h5d.DatasetID) -> list[bytes]:
    """Return the strings of a dataset as they are stored, in C order."""
    values = np.asarray(h5py.Dataset(handle)[()], dtype=object).reshape(-1)
    padding = handle.get_type().get_strpad()
    strings = [value.encode() if isinstance(value, str) else bytes(value) for value in values]
    return [text.rstrip(b" ") for text in strings] if padding == h5t.STR_SPACEPAD else strings


def _rewrite(file: h5py.File, path: str, changes: Sequence[StringChange]) -> str:
    handle = open_dataset(file, path)
    strings = describe(handle, path)
    stored = read_strings(handle) if not strings.obstacle else []
    for change in changes:
        _check(change, strings, stored)
    if all(strings.fits(change.new) for change in changes):
        for change in changes:
            h5py.Dataset(handle)[_place(change, strings)] = _raw(change.new)
        return ""
    for change in changes:
        stored[change.index or 0] = _raw(change.new)
    where = hard_path(file, path)
    _recreate(file, where, handle, stored)
    return where


def _check(change: StringChange, strings: StringDataset, stored: Sequence[bytes]) -> None:
    refusal = strings.refuses(change.new)
    if refusal:
        raise StorageError(Trouble.UNREADABLE, refusal, change.dataset)
    is_there = (change.index is None) == (strings.shape == ()) and (
        0 <= (change.index or 0) < math.prod(strings.shape)
    )
    if not is_there:
        raise StorageError(
            Trouble.UNREADABLE, f"it has no string at {change.index}", change.dataset
        )
    says = stored[change.index or 0]
    if says.rstrip(b" ") != _raw(change.old).rstrip(b" "):
        text = says.decode("utf-8", "replace")
        raise StorageError(
            Trouble.UNREADABLE, f"it says {text!r}, where {change.old!r} was", change.dataset
        )


def _place(change: StringChange, strings: StringDataset) -> Any:
    if change.index is None:
        return ()
    return tuple(int(part) for part in np.unravel_index(change.index, strings.shape))


def _recreate(file: h5py.File, path: str, old: h5d.DatasetID, strings: Sequence[bytes]) -> None:
    """Replace a dataset of fixed-length strings by one whose type holds all of them."""
    parent_path, _, name = path.rpartition("/")
    parent = h5g.open(file.id, parent_path.encode("utf-8", "surrogateescape") or b"/")
    link = name.encode("utf-8", "surrogateescape")
    kind = old.get_type().copy()
    ends = kind.get_strpad() == h5t.STR_NULLTERM
    kind.set_size(max(len(text) for text in strings) + ends)
    new = h5d.create(file.id, None, kind, old.get_space(), old.get_create_plist())
    values = np.array(strings, dtype=f"S{kind.get_size()}").reshape(old.shape)
    if kind.get_strpad() == h5t.STR_SPACEPAD:
        values = np.char.ljust(values, kind.get_size())
    # The memory type says the same as the file's, so that no conversion touches the padding.
    new.write(h5py.h5s.ALL, h5py.h5s.ALL, values, mtype=kind)
    _copy_attributes(old, new)
    _replace_link(parent, link, new)


def _copy_attributes(old: h5d.DatasetID, new: h5d.DatasetID) -> None:
    for index in range(h5a.get_num_attrs(old)):
        attribute = h5a.open(
            old, index=index, index_type=_index_of_attributes(old), order=h5py.h5.ITER_INC
        )
        copied = h5a.create(new, attribute.name, attribute.get_type(), attribute.get_space())
        if attribute.shape is not None:
            values = np.empty(attribute.shape, dtype=attribute.dtype)
            attribute.read(values)
            copied.write(values)


def _index_of_attributes(handle: h5d.DatasetID) -> int:
    tracked = handle.get_create_plist().get_attr_creation_order() & h5p.CRT_ORDER_TRACKED
    return int(h5py.h5.INDEX_CRT_ORDER if tracked else h5py.h5.INDEX_NAME)


def _replace_link(parent: h5g.GroupID, name: bytes, new: h5d.DatasetID) -> None:
    """Let a link lead to another object, and keep its encoding and its place among the others."""
    info = parent.links.get_info(name)
    creation = h5p.create(h5p.LINK_CREATE)
    creation.set_char_encoding(info.cset)
    later: list[tuple[int, bytes, int]] = []
    if info.corder_valid:
        for other in list(h5g.GroupID.__iter__(parent)):
            link = parent.links.get_info(other)
            if link.corder > info.corder:
                later.append((link.corder, other, link.cset))
    parent.unlink(name)
    h5o.link(new, parent, name, lcpl=creation)
    for _, other, cset in sorted(later):
        # A link that moves becomes the last; all that came after do, in their order.
        kept = h5p.create(h5p.LINK_CREATE)
        kept.set_char_encoding(cset)
        parent.links.move(other, parent, _MOVING, lcpl=kept)
        parent.links.move(_MOVING, parent, other, lcpl=kept)


def _last_bytes(path: Path, size: int, most: int = 64 * 1024**2) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, size - most))
        return file.read()


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
