"""The global heaps of an HDF5 file, in which strings of variable length lie, byte by byte.

An edit of such strings changes a few kilobytes. Where each byte that differs lies in a heap of the
edited strings, or is an edited string's own address, nothing else in the file can have changed:
that is looked at here without opening a single object.

See the HDF5 File Format Specification, version 3: III.E, "Global Heap".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import h5py
from h5py import h5d

from posecheck.hdf5_editing.difference import Difference

_ELEMENT = struct.Struct("<IQI")
"""A string of variable length as a dataset stores it: its length, its heap, its place there."""
_HEAD = struct.Struct("<4sB3xQ")
_OBJECT = struct.Struct("<HH4xQ")
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_LARGEST_HEAP = 64 * 1024**2
_MOST_RANGES = 100_000


@dataclass(frozen=True, slots=True)
class HeapString:
    """Where a string lies: the address of its heap, and its number in it."""

    heap: int
    index: int


def is_heap_edit(
    original: Path,
    edited: Path,
    difference: Difference,
    strings: Iterable[tuple[h5d.DatasetID, h5d.DatasetID, Sequence[int]]],
) -> bool:
    """Whether an edit changed some strings of variable length, and nothing else.

    Parameters
    ----------
    original, edited
        The two files.
    difference
        Where they differ.
    strings
        The edited datasets, as opened in each file, with the places of the strings that changed.

    Returns
    -------
    bool
        ``False`` also where this is not certain: of strings that are chunked with filters, say.
    """
    if not difference.is_exact or len(difference.starts) > _MOST_RANGES:
        return False
    with original.open("rb") as old, edited.open("rb") as new:
        before, after = _Bytes(old, difference.original_size), _Bytes(new, difference.edited_size)
        try:
            return _is_heap_edit(before, after, difference, strings)
        except (_UnclearError, struct.error):
            return False


class _UnclearError(Exception):
    """The bytes are not what the specification says."""


class _Bytes:
    """A file, read by offset."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0 or offset + size > self.size:
            raise _UnclearError
        self._file.seek(offset)
        return self._file.read(size)


def _is_heap_edit(
    before: _Bytes,
    after: _Bytes,
    difference: Difference,
    strings: Iterable[tuple[h5d.DatasetID, h5d.DatasetID, Sequence[int]]],
) -> bool:
    base = _base(before)
    allowed: list[tuple[int, int]] = list(_end_of_file_fields(before, base))
    replaced: set[HeapString] = set()
    heaps: set[int] = set()
    for old, new, changed in strings:
        places = _places(old)
        if places != _places(new):
            return False
        # Where such a string lies changes; where its neighbors do must not.
        allowed.extend((places[index], places[index] + _ELEMENT.size) for index in changed)
        for index in changed:
            is_at = _string_at(before, places[index])
            if is_at.heap:
                replaced.add(is_at)
                heaps.add(is_at.heap)
            heaps.add(_string_at(after, places[index]).heap)
    old_end = difference.original_size
    for heap in sorted(heaps - {0}):
        start = base + heap
        if start >= old_end:
            continue  # behind all that was
        size = _size_of(before, start)
        if size is None or _size_of(after, start) != size:
            return False
        allowed.append((start, start + size))
        kept = {
            index: content
            for index, content in _objects(before, start, size).items()
            if HeapString(heap, index) not in replaced
        }
        there = _objects(after, start, size)
        if any(there.get(index) != content for index, content in kept.items()):
            return False
    return _lie_within(difference, allowed)


def _base(file: _Bytes) -> int:
    offset = 0
    while True:
        if file.read(offset, len(_SIGNATURE)) == _SIGNATURE:
            return offset
        offset = offset * 2 or 512


def _end_of_file_fields(file: _Bytes, base: int) -> Iterator[tuple[int, int]]:
    """Yield where the superblock says how long the file is, and its checksum (II.A)."""
    version = file.read(base + 8, 1)[0]
    if version <= 1:
        sizes = file.read(base + 13, 2)
        start = base + (24 if version == 0 else 28) + 16
    else:
        sizes = file.read(base + 9, 2)
        start = base + 28
        yield base + 44, base + 48
    if sizes != b"\x08\x08":
        raise _UnclearError
    yield start, start + 8


def _places(handle: h5d.DatasetID) -> list[int]:
    """Return where each element of a dataset lies, in C order."""
    properties = handle.get_create_plist()
    count = int(handle.get_space().get_simple_extent_npoints())
    start: int | None = None
    if properties.get_layout() == h5d.CONTIGUOUS:
        start = handle.get_offset()
    elif properties.get_layout() == h5d.CHUNKED and properties.get_nfilters() == 0:
        chunks: list[h5py.h5d.StoreInfo] = []
        handle.chunk_iter(chunks.append)
        # One chunk along one axis, as whoever writes a handful of names has it.
        if len(chunks) == 1 and len(handle.shape) == 1 and properties.get_chunk()[0] >= count:
            start = chunks[0].byte_offset
    if start is None:
        raise _UnclearError
    return [int(start) + index * _ELEMENT.size for index in range(count)]


def _string_at(file: _Bytes, offset: int) -> HeapString:
    _, heap, index = _ELEMENT.unpack(file.read(offset, _ELEMENT.size))
    return HeapString(heap, index)


def _size_of(file: _Bytes, start: int) -> int | None:
    signature, version, size = _HEAD.unpack(file.read(start, _HEAD.size))
    if signature != b"GCOL" or version != 1 or not _HEAD.size <= size <= _LARGEST_HEAP:
        return None
    return int(size)


def _objects(file: _Bytes, start: int, size: int) -> dict[int, bytes]:
    """Return the objects of a heap, each with the count of those who refer to it."""
    content = file.read(start, size)
    found: dict[int, bytes] = {}
    offset = _HEAD.size
    while offset + _OBJECT.size <= size:
        index, references, length = _OBJECT.unpack_from(content, offset)
        if index == 0:
            break  # what is free lies last
        stop = offset + _OBJECT.size + length
        if stop > size or index in found:
            raise _UnclearError
        found[index] = references.to_bytes(2, "little") + content[offset + _OBJECT.size : stop]
        offset = stop + -length % 8
    return found


def _lie_within(difference: Difference, allowed: Iterable[tuple[int, int]]) -> bool:
    """Whether each byte that differs lies in one of some stretches."""
    merged: list[list[int]] = []
    for start, stop in sorted(allowed):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], stop)
        else:
            merged.append([start, stop])
    left = iter(merged)
    stretch = next(left, None)
    for start, stop in zip(difference.starts.tolist(), difference.stops.tolist(), strict=True):
        while stretch is not None and stretch[1] < stop:
            stretch = next(left, None)
        if stretch is None or start < stretch[0]:
            return False
    return True
