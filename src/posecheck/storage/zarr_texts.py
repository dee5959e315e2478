"""Texts in arrays of a Zarr store: what can be written into them, and the chunks that say it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np

from posecheck.model.string_change import StringChange
from posecheck.sources.local_store import LocalStoreFiles
from posecheck.storage.store import Group, StorageError, Trouble
from posecheck.storage.zarr_array import ZarrArray
from posecheck.storage.zarr_metadata import ArrayHeader
from posecheck.storage.zarr_store import ZarrStore

_FIXED = {"S": 1, "U": 4}
"""By kind of a type of fixed length, the bytes that NumPy keeps of a character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextArray:
    """What is known of an array whose texts are to be changed.

    Attributes
    ----------
    shape
        Its extent; empty for a scalar.
    length
        The most that one text can have, where the type fixes that: bytes where ``is_bytes``, else
        characters; ``None`` if it does not.
    is_bytes
        Whether texts are stored as bytes.
    obstacle
        A clause saying why nothing can be written to it; empty if something can.
    """

    shape: tuple[int, ...] = ()
    length: int | None = None
    is_bytes: bool = False
    obstacle: str = ""

    def refuses(self, text: str) -> str:
        """Say why a text cannot be written there, as a clause; empty if it can."""
        if self.obstacle or self.length is None:
            return self.obstacle
        needed, unit = (len(_raw(text)), "bytes") if self.is_bytes else (len(text), "characters")
        if needed <= self.length:
            return ""
        return f"its texts have {self.length} {unit} at most, and the new one needs {needed}"


@contextlib.contextmanager
def opened_store(path: Path) -> Iterator[ZarrStore]:
    """Open a Zarr store in a folder.

    Raises
    ------
    StorageError
        If it is none that can be read.
    """
    store = ZarrStore(LocalStoreFiles(path), path.name)
    try:
        yield store
    finally:
        store.close()


def open_array(store: ZarrStore, path: str) -> ZarrArray:
    """Open an array by its path; links inside the store are followed.

    Raises
    ------
    StorageError
        If it is not there, or is no array of this store.
    """
    node: Any = store.root
    for part in filter(None, path.split("/")):
        links = node.links() if isinstance(node, Group) else ()
        found = next((link for link in links if link.name == part), None)
        if found is None:
            raise StorageError(Trouble.DANGLING, "nothing is there", path)
        node = node.member(found)
    if not isinstance(node, ZarrArray):
        raise StorageError(Trouble.UNREADABLE, "it is no array", path)
    return node


def describe_texts(array: ZarrArray) -> TextArray:
    """Say what an array's texts are.

    Raises
    ------
    StorageError
        If its metadata is damaged.
    """
    header = array.header
    shape = () if array.is_scalar else header.shape
    obstacle = header.unread or header.unpackable
    if not obstacle and len(header.shape) > 1:
        obstacle = "its texts lie in more than one dimension"
    if header.holds_objects or obstacle:
        is_bytes = bool(header.codecs) and header.codecs[-1]["id"] == "vlen-bytes"
        return TextArray(shape=shape, is_bytes=is_bytes, obstacle=obstacle)
    if header.dtype.kind not in _FIXED:
        return TextArray(shape=shape, obstacle="it holds no texts")
    length = header.dtype.itemsize // _FIXED[header.dtype.kind]
    return TextArray(shape=shape, length=length, is_bytes=header.dtype.kind == "S")


def chunks_of(array: ZarrArray) -> Iterator[str]:
    """Yield the members of the store that hold the values of an array of one dimension or none."""
    header = array.header
    if not header.shape:
        yield array.member_of(())
    for number in range(-(-header.shape[0] // header.chunks[0]) if header.shape else 0):
        yield array.member_of((number,))


def edited_members(path: Path, changes: Iterable[StringChange]) -> dict[str, bytes]:
    """Return what the members of a store are to hold, so that some texts of it are others.

    Parameters
    ----------
    path
        The folder of the store; nothing is written to it.
    changes
        What to change. Every old text must be what the store says.

    Returns
    -------
    dict
        The new content of each member that changes, by its path in the store.

    Raises
    ------
    StorageError
        If a text does not say what it should, cannot be written, or the store cannot be read.
    """
    edited: dict[str, bytes] = {}
    with opened_store(path) as store:
        arrays: dict[str, ZarrArray] = {}
        wanted: dict[str, list[StringChange]] = {}
        for change in changes:
            # Links may lead to one array by two paths.
            array = open_array(store, change.dataset)
            arrays.setdefault(array.path, array)
            wanted.setdefault(array.path, []).append(change)
        for name, array in arrays.items():
            edited |= _edited_chunks(array, wanted[name])
    return edited


def _edited_chunks(array: ZarrArray, changes: Sequence[StringChange]) -> Mapping[str, bytes]:
    header, texts = array.header, describe_texts(array)
    rows = header.chunks[0] if header.chunks else 1
    chunks: dict[int, list[Any]] = {}
    for change in changes:
        refusal = texts.refuses(change.new)
        if refusal:
            raise StorageError(Trouble.UNREADABLE, refusal, change.dataset)
        place = change.index or 0
        is_there = (change.index is None) == (texts.shape == ()) and (
            0 <= place < (header.shape[0] if header.shape else 1)
        )
        if not is_there:
            detail = f"it has no text at {change.index}"
            raise StorageError(Trouble.UNREADABLE, detail, change.dataset)
        number = place // rows
        if number not in chunks:
            chunks[number] = array.chunk_of_texts((number,) if header.shape else ())
        _change(chunks[number], place % rows, change, texts)
    edited = {}
    for number, values in chunks.items():
        index = (number,) if header.shape else ()
        packed = _packed(header, values)
        if array.unpacked_texts(index, packed) != values:
            raise StorageError(
                Trouble.UNREADABLE, "what would be written does not read as it should", array.path
            )
        edited[array.member_of(index)] = packed
    return edited


def _change(values: list[Any], place: int, change: StringChange, texts: TextArray) -> None:
    stored = values[place]
    says = stored.decode("utf-8", "surrogateescape") if isinstance(stored, bytes) else stored
    if says != change.old:
        detail = f"it says {says!r}, where {change.old!r} was"
        raise StorageError(Trouble.UNREADABLE, detail, change.dataset)
    values[place] = _raw(change.new) if texts.is_bytes else change.new


def _packed(header: ArrayHeader, values: Sequence[Any]) -> bytes:
    """Return a chunk as it is stored."""
    codecs = list(header.codecs)
    data: Any
    if header.holds_objects:
        data = np.empty(len(values), dtype=object)
        for position, value in enumerate(values):
            data[position] = value
        data = numcodecs.get_codec(dict(codecs.pop())).encode(data.reshape(header.chunks))
    else:
        data = np.array(values, header.dtype).reshape(header.chunks).tobytes()
    for configuration in reversed(codecs):
        data = numcodecs.get_codec(dict(configuration)).encode(data)
    return data.tobytes() if isinstance(data, np.ndarray) else bytes(data)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
