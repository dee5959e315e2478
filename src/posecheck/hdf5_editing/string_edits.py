"""Change strings of an HDF5 file: of a temporary copy, and of nothing that anyone else sees.

A file that is killed while HDF5 writes may not open again, so whoever calls this edits a copy,
looks at it with `posecheck.hdf5_editing.string_edit_verification`, and only then puts it in its
place.
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
from h5py import h5d, h5g, h5t

from posecheck.hdf5_editing.editable_file import opened_for_editing
from posecheck.hdf5_editing.replaced_objects import copy_attributes, replace_link
from posecheck.model.string_change import StringChange
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.string_datasets import StringDataset, describe, hard_path, open_dataset


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
    ordered = sorted(changes, key=attrgetter("dataset"))
    with opened_for_editing(path) as file:
        recreated = [
            _rewrite(file, dataset, tuple(group))
            for dataset, group in groupby(ordered, key=attrgetter("dataset"))
        ]
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
    copy_attributes(old, new)
    replace_link(parent, link, new)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
