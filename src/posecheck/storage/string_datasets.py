"""String datasets of an HDF5 file: what can be written into them, and what cannot.

A fixed-length string silently loses what is longer than its type. It can be stored again with
another type, but whatever leads to the stored object itself (an object reference, a second hard
link) would go on leading to the old one. So what leads to it is checked first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import h5py
from h5py import h5d, h5g, h5l, h5o, h5t

from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.object_references import address_of, hard_links, referrers_of
from posecheck.storage.store import StorageError, Store, Trouble

_LONGEST_CHAIN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StringDataset:
    """What is known of a dataset whose strings are to be changed.

    Attributes
    ----------
    path
        Its path, as it was asked for.
    shape
        Its extent; empty for a scalar.
    length
        The most bytes that one string can have, where the type fixes that; ``None`` if not.
    is_ascii
        Whether its type says ASCII, not UTF-8.
    pinned
        A clause saying why it cannot be stored again with another type; empty if it can. It is only
        checked for fixed-length strings.
    obstacle
        A clause saying why nothing can be written to it; empty if something can.
    """

    path: str
    shape: tuple[int, ...] = ()
    length: int | None = None
    is_ascii: bool = False
    pinned: str = ""
    obstacle: str = ""

    def fits(self, text: str) -> bool:
        """Whether a text is stored whole without another type."""
        return self.length is None or len(_bytes(text)) <= self.length

    def refuses(self, text: str) -> str:
        """Say why a text cannot be written there, as a clause; empty if it can."""
        if self.obstacle:
            return self.obstacle
        if "\0" in text:
            return "a zero byte ends a string in HDF5"
        if self.is_ascii and not text.isascii():
            return "it is stored as ASCII, and the new text is not"
        if self.pinned and not self.fits(text):
            return (
                f"its strings have {self.length} bytes, the new one needs {len(_bytes(text))}, and "
                f"it cannot be stored again: {self.pinned}"
            )
        return ""


def inspect_strings(store: Store, datasets: Iterable[str]) -> dict[str, StringDataset]:
    """Look at the datasets whose strings are to be changed.

    Parameters
    ----------
    store
        An opened HDF5 file.
    datasets
        Paths in it. Soft links on the way are followed inside the file.

    Returns
    -------
    dict
        What each of them is, by the path that was asked for.

    Raises
    ------
    StorageError
        If one is not there, or the file is broken where references are looked for.
    """
    file: h5py.File = store.handle
    opened = {path: open_dataset(file, path) for path in dict.fromkeys(datasets)}
    described = {path: describe(handle, path) for path, handle in opened.items()}
    fixed = [path for path, strings in described.items() if strings.length is not None]
    if not fixed:
        return described
    addresses = {path: address_of(opened[path]) for path in fixed}
    referenced = referrers_of(file, set(addresses.values()))
    for path in fixed:
        pinned = referenced.get(addresses[path], "")
        if hard_links(opened[path]) > 1:
            pinned = "another hard link leads to it"
        described[path] = replace(described[path], pinned=pinned)
    return described


def describe(handle: h5d.DatasetID, path: str) -> StringDataset:
    """Say what a dataset's strings are, without asking who leads to it."""
    with storage_errors(path):
        properties = handle.get_create_plist()
        kind = handle.get_type()
        if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
            return StringDataset(path=path, obstacle="its values lie in another file")
        if kind.get_class() != h5t.STRING or handle.shape is None:
            return StringDataset(path=path, obstacle="it holds no strings")
        ends = kind.get_strpad() == h5t.STR_NULLTERM
        return StringDataset(
            path=path,
            shape=tuple(int(extent) for extent in handle.shape),
            length=None if kind.is_variable_str() else kind.get_size() - ends,
            is_ascii=kind.get_cset() == h5t.CSET_ASCII,
        )


def open_dataset(file: h5py.File, path: str) -> h5d.DatasetID:
    """Open a dataset of this file by its path, and never one of another file.

    Raises
    ------
    StorageError
        If it is not there, is no dataset, or lies in another file.
    """
    with storage_errors(path):
        handle = h5o.open(file.id, hard_path(file, path).encode("utf-8", "surrogateescape"))
    if not isinstance(handle, h5d.DatasetID):
        raise StorageError(Trouble.UNREADABLE, "it is no dataset", path)
    return handle


def hard_path(file: h5py.File, path: str) -> str:
    """Return the path to the same object that goes along hard links alone.

    Raises
    ------
    StorageError
        If a link on the way dangles, leaves the file or leads in a circle.
    """
    left = deque(path.split("/"))
    done: list[str] = []
    followed = 0
    group = h5g.open(file.id, b"/")
    while left:
        part = left.popleft()
        if part in {"", "."}:
            continue
        raw = part.encode("utf-8", "surrogateescape")
        if not isinstance(group, h5g.GroupID) or not group.links.exists(raw):
            raise StorageError(Trouble.DANGLING, "nothing is there", path)
        kind = group.links.get_info(raw).type
        if kind == h5l.TYPE_HARD:
            group = h5o.open(group, raw)
            done.append(part)
            continue
        followed += 1
        if kind != h5l.TYPE_SOFT or followed > _LONGEST_CHAIN:
            raise StorageError(Trouble.EXTERNAL, "a link leads out of the file", path)
        target = group.links.get_val(raw).decode("utf-8", "surrogateescape")
        left.extendleft(reversed(target.split("/")))
        if target.startswith("/"):
            done.clear()
        group = h5o.open(file.id, ("/" + "/".join(done)).encode("utf-8", "surrogateescape"))
    return "/" + "/".join(done)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
