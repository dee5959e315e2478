"""Whether an NWB file elsewhere carries ndx-pose, from a few of its bytes.

A file carries the specifications of the extensions that it was written with, each in a group of
``/specifications`` (`NWB Storage, Caching format specifications
<https://nwb-storage.readthedocs.io/en/latest/storage_hdf5.html>`_). Where the names of that group
are stored is read from the bytes themselves: the library asks for them a few at a time, and each
time is a request. A group whose names lie elsewhere than its index needs three requests; what takes
more, and every structure that is not understood, is left to whoever reads the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import StrEnum

from posecheck.sources.ranged_file import RangeReader
from posecheck.storage.hdf5_addresses import (
    HEADER_GUESS,
    UNDEFINED,
    continued_messages,
    header_messages,
    heap_ranges,
    heap_segment,
    root_address,
    symbol_ranges,
    tree_children,
    tree_ranges,
)

MOST_REQUESTS = 3
BEGINNING = 64 * 1024
"""Bytes that the first request asks for."""

_BEFORE, _AFTER = 32 * 1024, 32 * 1024
"""Bytes around an address that are fetched along: what is written together lies together."""
_SPECIFICATIONS, _POSE = b"specifications", b"ndx-pose"
_LINK_INFO, _LINK, _CONTINUATION, _SYMBOL_TABLE = 0x02, 0x06, 0x10, 0x11
_CACHED_GROUP = 1
_MOST_NAMES = 64 * 1024
_MOST_BLOCKS = 16


class PoseProbe(StrEnum):
    """What a few bytes of a file say of pose in it."""

    CARRIED = "carried"
    """The file carries ndx-pose."""
    ABSENT = "absent"
    """It carries its specifications, and ndx-pose is none of them."""
    UNDECIDED = "undecided"
    """It carries no specifications, or takes more requests, or is no HDF5 file at all."""


class _UndecidedError(Exception):
    """The bytes are not understood, or lie where a further request would be needed."""


def probe_pose(reader: RangeReader) -> PoseProbe:
    """Look whether a file carries ndx-pose, in `MOST_REQUESTS` requests at most.

    Parameters
    ----------
    reader
        Of the file. Each call reads one range, the first one the beginning of the file.

    Raises
    ------
    OSError
        If the bytes cannot be had.
    """
    try:
        return _probe(_Bytes(reader))
    except (_UndecidedError, struct.error, IndexError):
        return PoseProbe.UNDECIDED


def _probe(content: _Bytes) -> PoseProbe:
    root = _root(content)
    group = root.member(_SPECIFICATIONS)
    if group is None:
        return PoseProbe.UNDECIDED
    return PoseProbe.CARRIED if group.holds(_POSE) else PoseProbe.ABSENT


class _Bytes:
    """The bytes of a file that are known, and more of them as long as requests are left."""

    def __init__(self, reader: RangeReader) -> None:
        self._reader = reader
        self._known: list[tuple[int, bytes]] = []
        self._requests = 0
        self._fetch(0, min(BEGINNING, reader.size))

    def read(self, start: int, stop: int) -> bytes:
        """Return bytes, up to the end of the file."""
        stop = min(stop, self._reader.size)
        if not 0 <= start < stop:
            raise _UndecidedError
        for begin, content in self._known:
            if begin <= start and stop <= begin + len(content):
                return content[start - begin : stop - begin]
        self._fetch(max(0, start - _BEFORE), min(stop + _AFTER, self._reader.size))
        begin, content = self._known[-1]
        return content[start - begin : stop - begin]

    def _fetch(self, start: int, stop: int) -> None:
        if self._requests == MOST_REQUESTS or stop <= start:
            raise _UndecidedError
        self._requests += 1
        (content,) = self._reader.read([(start, stop)])
        self._known.append((start, content))


class _SymbolGroup:
    """A group whose names lie in a local heap, and whose members in a B-tree (section III.A.1)."""

    def __init__(self, content: _Bytes, tree: int, heap: int) -> None:
        self._content = content
        self._tree = tree
        start, length = heap_segment(content.read(*heap_ranges(heap)))
        if not 0 < length <= _MOST_NAMES:
            raise _UndecidedError
        self._names = content.read(start, start + length)
        if len(self._names) < length:
            raise _UndecidedError

    def holds(self, name: bytes) -> bool:
        """Return whether the name is one of the heap; names of removed members may be, too."""
        return b"\0" + name + b"\0" in b"\0" + self._names + b"\0"

    def member(self, name: bytes) -> _Group | None:
        """Return a group in this one; ``None`` if there is none of that name."""
        if not self.holds(name):
            return None
        for node in self._leaves():
            entries = self._content.read(*symbol_ranges(node))
            (used,) = struct.unpack_from("<H", entries, 6)
            if entries[:4] != b"SNOD":
                raise _UndecidedError
            for position in range(8, 8 + used * 40, 40):
                offset, header, kind = struct.unpack_from("<QQI", entries, position)
                if self._names[offset:].partition(b"\0")[0] == name:
                    scratch = struct.unpack_from("<QQ", entries, position + 24)
                    if kind == _CACHED_GROUP:
                        return _SymbolGroup(self._content, *scratch)
                    return _group_at(self._content, header)
        return None

    def _leaves(self) -> Iterator[int]:
        nodes, level = [self._tree], 1
        while level:
            below: list[int] = []
            for node in nodes:
                level, children = tree_children(self._content.read(*tree_ranges(node)))
                below += children
            if len(below) > _MOST_BLOCKS:
                raise _UndecidedError
            nodes = below
        yield from nodes


class _LinkGroup:
    """A group whose members stand in its own header (section IV.A.2.g)."""

    def __init__(self, content: _Bytes, links: dict[bytes, int]) -> None:
        self._content = content
        self._links = links

    def holds(self, name: bytes) -> bool:
        """Return whether something in it has the name."""
        return name in self._links

    def member(self, name: bytes) -> _Group | None:
        """Return a group in this one; ``None`` if there is none of that name."""
        header = self._links.get(name)
        return None if header is None else _group_at(self._content, header)


_Group = _SymbolGroup | _LinkGroup


def _root(content: _Bytes) -> _Group:
    beginning = content.read(0, 512)
    header = root_address(beginning)
    if not header:
        raise _UndecidedError
    position = {0: 56, 1: 60}.get(beginning[8])
    if position is not None:
        (kind,) = struct.unpack_from("<I", beginning, position + 16)
        if kind == _CACHED_GROUP:
            return _SymbolGroup(content, *struct.unpack_from("<QQ", beginning, position + 24))
    return _group_at(content, header)


def _group_at(content: _Bytes, header: int) -> _Group:
    """Return the group of an object header."""
    links: dict[bytes, int] = {}
    for kind, body in _messages(content, header):
        if kind == _SYMBOL_TABLE:
            return _SymbolGroup(content, *struct.unpack_from("<QQ", body, 0))
        if kind == _LINK_INFO:
            (heap,) = struct.unpack_from("<Q", body, 10 if body[1] & 1 else 2)
            if heap != UNDEFINED:  # the links lie in a heap of their own
                raise _UndecidedError
        elif kind == _LINK:
            name, target = _link(body)
            links[name] = target
    return _LinkGroup(content, links)


def _messages(content: _Bytes, header: int) -> Iterator[tuple[int, bytes]]:
    start = content.read(header, header + HEADER_GUESS)
    if start[:4] != b"OHDR" and start[:1] != b"\x01":
        raise _UndecidedError
    if start[:4] == b"OHDR":
        width = 1 << (start[5] & 3)
        before = 6 + (16 if start[5] & 0x20 else 0) + (4 if start[5] & 0x10 else 0) + width
        length = int.from_bytes(start[before - width : before], "little")
        if start[5] & 4:  # further blocks would be read by another layout
            raise _UndecidedError
    else:
        before, length = 16, struct.unpack_from("<I", start, 8)[0]
    if length > _MOST_NAMES:
        raise _UndecidedError
    blocks = [header_messages(content.read(header, header + before + length))]
    for number in range(_MOST_BLOCKS):
        if number == len(blocks):
            return
        for kind, body in blocks[number]:
            if kind == _CONTINUATION:
                address, size = struct.unpack_from("<QQ", body, 0)
                if size > _MOST_NAMES:
                    raise _UndecidedError
                blocks.append(continued_messages(content.read(address, address + size)))
            else:
                yield kind, body
    raise _UndecidedError


def _link(body: bytes) -> tuple[bytes, int]:
    """Return the name of a link and the object header that it leads to; 0 for no hard link."""
    flags, position, kind = body[1], 2, 0
    if flags & 8:
        kind, position = body[position], position + 1
    position += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
    width = 1 << (flags & 3)
    length = int.from_bytes(body[position : position + width], "little")
    position += width
    name = body[position : position + length]
    if kind:
        return name, 0
    (address,) = struct.unpack_from("<Q", body, position + length)
    return name, address
