"""Why an edit must not be made in a file: what it would tear, or leave behind unchanged.

A dataset that is stored again is another object. A second hard link, or an object reference, would
go on leading to the old one, and readers would see two truths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import h5py
from h5py import h5a, h5d, h5g, h5l, h5o

from posecheck.hdf5_editing.stored_values import attribute_values, comparable
from posecheck.model.edit import (
    AddSoftLink,
    Clip,
    DeleteObject,
    Divide,
    Edit,
    MarkMissing,
    ReorderColumns,
    Reshape,
    Retype,
    SetDataset,
    SetElement,
    Transpose,
)
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.object_references import address_of, hard_links, referrers_of
from posecheck.storage.store import StorageError
from posecheck.storage.string_datasets import hard_path

_STORES_AGAIN = (SetDataset, Retype, Reshape, Transpose)
_WRITES_VALUES = (*_STORES_AGAIN, SetElement, Divide, Clip, ReorderColumns, MarkMissing)


def obstacle_to(file: h5py.File, edits: Sequence[Edit]) -> str:
    """Say why edits must not be made, as a clause; empty if they may.

    Parameters
    ----------
    file
        The file as it is before any of the edits is made.
    edits
        What belongs to one fix. An object that it makes itself is not looked at.

    Raises
    ------
    StorageError
        If the file is broken where it is looked at.
    """
    unlinked: dict[int, str] = {}
    links = {edit.path: edit.target for edit in edits if isinstance(edit, AddSoftLink)}
    for edit in edits:
        try:
            place = hard_path(file, edit.path)
        except StorageError:
            continue  # it is made by these edits, or is a link that leads nowhere
        with storage_errors(edit.path):
            handle = h5o.open(file.id, _raw(place))
            if isinstance(edit, _WRITES_VALUES) and isinstance(handle, h5d.DatasetID):
                reason = _obstacle_to_writing(handle)
                if reason:
                    return f"{edit.path}: {reason}"
            if isinstance(edit, _STORES_AGAIN):
                if hard_links(handle) > 1:
                    return (
                        f"another hard link leads to {edit.path}, and would keep what is there now"
                    )
                unlinked[address_of(handle)] = edit.path
            elif isinstance(edit, DeleteObject) and _is_last_link(file, edit.path, handle):
                lost = _attribute_lost(file, handle, links.get(edit.path))
                if lost:
                    return f"{edit.path} has an attribute {lost} that what would stand for it lacks"
                unlinked.update(_addresses_in(handle, edit.path))
    return _referrer(file, unlinked)


def bytes_left_behind(file: h5py.File, edits: Iterable[Edit]) -> int:
    """Return how many bytes of data edits unlink, whose space HDF5 does not give back."""
    total = 0
    for edit in edits:
        if not isinstance(edit, (*_STORES_AGAIN, DeleteObject)):
            continue
        try:
            place = hard_path(file, edit.path)
        except StorageError:
            continue
        with storage_errors(edit.path):
            handle = h5o.open(file.id, _raw(place))
            if isinstance(handle, h5d.DatasetID) and (
                isinstance(edit, _STORES_AGAIN) or _is_last_link(file, edit.path, handle)
            ):
                total += int(handle.get_storage_size())
    return total


def _obstacle_to_writing(handle: h5d.DatasetID) -> str:
    properties = handle.get_create_plist()
    if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
        return "its values lie in another file"
    missing = [
        properties.get_filter(index)
        for index in range(properties.get_nfilters())
        if not h5py.h5z.filter_avail(properties.get_filter(index)[0])
    ]
    if missing:
        name = missing[0][3].decode("ascii", "replace") or str(missing[0][0])
        return f"it is compressed by {name}, which is not installed here"
    return ""


def _attribute_lost(file: h5py.File, handle: object, target: str | None) -> str:
    """Return the name of an attribute that a link to another object would not lead to."""
    if target is None:
        return ""
    try:
        other = h5o.open(file.id, _raw(hard_path(file, target)))
    except StorageError:
        return ""  # it is made by these edits
    for index in range(h5a.get_num_attrs(handle)):
        attribute = h5a.open(handle, index=index)
        kept = h5a.open(other, name=attribute.name) if h5a.exists(other, attribute.name) else None
        if kept is None or _stored(file, kept) != _stored(file, attribute):
            return str(attribute.name, "utf-8", "replace")
    return ""


def _stored(file: h5py.File, attribute: h5a.AttrID) -> object:
    return attribute.shape, comparable(attribute_values(attribute), file)


def _is_last_link(file: h5py.File, path: str, handle: object) -> bool:
    """Whether what is at a path is gone without this link: a hard one, and no other leads there."""
    holder, _, name = path.rpartition("/")
    group = h5g.open(file.id, _raw(hard_path(file, holder)))
    is_hard = group.links.get_info(_raw(name)).type == h5l.TYPE_HARD
    return bool(is_hard and hard_links(handle) == 1)


def _addresses_in(handle: object, path: str) -> Iterator[tuple[int, str]]:
    yield address_of(handle), path
    if isinstance(handle, h5g.GroupID):
        inside: list[tuple[int, str]] = []

        def add(name: bytes) -> None:
            one = h5o.open(handle, name)
            where = f"{path}/{name.decode('utf-8', 'surrogateescape')}"
            inside.append((address_of(one), where))

        h5o.visit(handle, add)
        yield from inside


def _referrer(file: h5py.File, unlinked: Mapping[int, str]) -> str:
    """Say that an object reference leads to something that would be gone, if one does."""
    if not unlinked:
        return ""
    for address, clause in referrers_of(file, unlinked).items():
        return clause.replace("leads to it", f"leads to {unlinked[address]}") + (
            ", and would lead to what is there now"
        )
    return ""


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
