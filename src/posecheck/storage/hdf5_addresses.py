"""Where the parts of an HDF5 file lie, read from its bytes: a hint for fetching, and no more.

The library follows addresses one by one, and over a network each costs a round trip. Here the
bytes of many objects are looked at together, so that all addresses of one level are known at once.
What is not understood is passed over: the library reads the file, and whatever it lacks then comes
when it asks for it. Structures are those of the HDF5 File Format Specification, version 3.0;
offsets and lengths of eight bytes, as every common writer stores them, are taken for granted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

UNDEFINED = 0xFFFF_FFFF_FFFF_FFFF
HEADER_GUESS = 1024
"""Bytes of an object header that are looked at before its length is known."""
HEAP_COLLECTION = 4096
"""The least size of a global heap collection (section III.E)."""

_TREE_NODE, _SYMBOL_NODE, _HEAP_HEADER = 1072, 328, 32
"""Sizes of a group's B-tree node, symbol table node and local heap by the library's defaults."""

_DATATYPE, _LINK, _LAYOUT, _ATTRIBUTE = 0x03, 0x06, 0x08, 0x0C
_LINK_INFO, _CONTINUATION, _SYMBOL_TABLE, _ATTRIBUTE_INFO = 0x02, 0x10, 0x11, 0x15
"""Types of header messages (section IV.A.2)."""

_VARIABLE_LENGTH = 9
_MOST_VALUES = 4096


@dataclass(frozen=True, slots=True)
class ChunkIndex:
    """The index of a dataset's chunks.

    Attributes
    ----------
    address
        Where it begins.
    dimensions
        The dimensions of the dataset and one more, as keys of a B-tree have them; 0 if the index is
        no B-tree.
    """

    address: int
    dimensions: int = 0


@dataclass(slots=True)
class Parts:
    """What the messages of an object header lead to.

    Attributes
    ----------
    continuations
        Addresses and lengths of more messages.
    tree, heap
        A group's B-tree and its local heap; 0 where there is none.
    members
        The object headers of a group's members that the header itself lists.
    indexes
        Addresses of other structures: heaps of links or attributes, and their indexes.
    chunks
        The index of a dataset's chunks; ``None`` if it has none.
    heaps
        Global heap collections that hold texts of attributes.
    values
        Where a contiguous dataset lies, and its length; zeros if there is none.
    holds_texts
        Whether these values refer to texts in global heap collections.
    """

    continuations: list[tuple[int, int]] = field(default_factory=list)
    tree: int = 0
    heap: int = 0
    members: list[int] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    chunks: ChunkIndex | None = None
    heaps: set[int] = field(default_factory=set)
    values: tuple[int, int] = (0, 0)
    holds_texts: bool = False


def root_address(beginning: bytes) -> int:
    """Return the address of the root group's object header (section II.A); 0 if it is not found."""
    if beginning[:8] != b"\x89HDF\r\n\x1a\n" or len(beginning) < 96:
        return 0
    version = beginning[8]
    if version in {0, 1} and beginning[13:15] == b"\x08\x08":
        return _address(beginning, 64 if version == 0 else 68)
    if version in {2, 3} and beginning[9:11] == b"\x08\x08":
        return _address(beginning, 36)
    return 0


def header_parts(content: bytes) -> Parts:
    """Return what an object header leads to, as far as it lies in ``content``."""
    parts = Parts()
    _add(parts, header_messages(content))
    return parts


def continued_parts(content: bytes) -> Parts:
    """Return what a block of further messages leads to."""
    parts = Parts()
    _add(parts, continued_messages(content))
    return parts


def header_messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the type and the body of an object header's messages, as far as they lie there."""
    if content[:4] == b"OHDR":
        flags = content[5]
        start = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(content[start : start + width], "little")
        body = content[start + width : start + width + length]
        yield from _messages_2(body, tracks_order=bool(flags & 4))
    elif content[:1] == b"\x01" and len(content) > 16:
        (length,) = struct.unpack_from("<I", content, 8)
        yield from _messages_1(content[16 : 16 + length])


def continued_messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the type and the body of the messages of a further block."""
    if content[:4] == b"OCHK":
        # Whether an order is tracked stands in the header: most often it is not.
        yield from _messages_2(content[4:-4], tracks_order=False)
    else:
        yield from _messages_1(content)


def tree_ranges(address: int) -> tuple[int, int]:
    """Return where a node of a group's B-tree lies."""
    return address, address + _TREE_NODE


def symbol_ranges(address: int) -> tuple[int, int]:
    """Return where a symbol table node lies."""
    return address, address + _SYMBOL_NODE


def heap_ranges(address: int) -> tuple[int, int]:
    """Return where the header of a local heap lies."""
    return address, address + _HEAP_HEADER


def tree_children(content: bytes) -> tuple[int, list[int]]:
    """Return the level of a group's B-tree node, and its children (section III.A.1)."""
    if content[:4] != b"TREE" or content[4] != 0:
        return 0, []
    (used,) = struct.unpack_from("<H", content, 6)
    # A key stands before each child, and one after the last.
    positions = range(32, min(32 + used * 16, len(content) - 7), 16)
    return content[5], [_address(content, position) for position in positions]


def chunk_node_range(index: ChunkIndex, address: int) -> tuple[int, int]:
    """Return where a node of a chunk index lies, by the library's default size."""
    return address, address + 24 + 65 * (16 + 8 * index.dimensions)


def chunk_node_children(index: ChunkIndex, content: bytes) -> list[int]:
    """Return the nodes below a node of a chunk index; none below a leaf (section III.A.1)."""
    if content[:4] != b"TREE" or content[4] != 1 or content[5] == 0:
        return []
    (used,) = struct.unpack_from("<H", content, 6)
    key = 8 + 8 * index.dimensions
    positions = range(24 + key, min(24 + key + used * (key + 8), len(content) - 7), key + 8)
    return [_address(content, position) for position in positions]


def symbols(content: bytes) -> list[int]:
    """Return the object headers that a symbol table node lists (section III.B)."""
    if content[:4] != b"SNOD":
        return []
    (used,) = struct.unpack_from("<H", content, 6)
    positions = range(16, min(16 + used * 40, len(content) - 7), 40)
    return [_address(content, position) for position in positions]


def heap_segment(content: bytes) -> tuple[int, int]:
    """Return address and length of the names of a local heap (section III.D)."""
    if content[:4] != b"HEAP" or len(content) < _HEAP_HEADER:
        return 0, 0
    return _address(content, 24), _address(content, 8)


def heaps_of(values: bytes) -> set[int]:
    """Return the global heap collections to which values of variable length refer."""
    end = min(len(values), _MOST_VALUES * 16) - 15
    found = {_address(values, position + 4) for position in range(0, end, 16)}
    return found - {0, UNDEFINED}


def _messages_1(body: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 8 <= len(body):
        kind, length = struct.unpack_from("<HH", body, position)
        yield kind, body[position + 8 : position + 8 + length]
        position += 8 + length


def _messages_2(body: bytes, *, tracks_order: bool) -> Iterator[tuple[int, bytes]]:
    position, prefix = 0, 6 if tracks_order else 4
    while position + prefix <= len(body):
        kind, length = struct.unpack_from("<BH", body, position)
        yield kind, body[position + prefix : position + prefix + length]
        position += prefix + length


def _add(parts: Parts, messages: Iterator[tuple[int, bytes]]) -> None:
    for kind, content in messages:
        try:
            _add_message(parts, kind, content)
        except (struct.error, IndexError):
            continue


def _add_message(parts: Parts, kind: int, content: bytes) -> None:
    if kind == _CONTINUATION:
        parts.continuations.append((_address(content, 0), _address(content, 8)))
    elif kind == _SYMBOL_TABLE:
        parts.tree, parts.heap = _address(content, 0), _address(content, 8)
    elif kind == _DATATYPE:
        parts.holds_texts = content[0] & 0x0F == _VARIABLE_LENGTH
    elif kind == _LINK:
        parts.members.extend(_hard_link(content))
    elif kind == _LAYOUT:
        _add_layout(parts, content)
    elif kind == _ATTRIBUTE:
        parts.heaps |= _heaps_of_attribute(content)
    elif kind in {_LINK_INFO, _ATTRIBUTE_INFO}:
        # A number that the flags announce stands before the two addresses.
        number = (8 if kind == _LINK_INFO else 2) if content[1] & 1 else 0
        parts.indexes += [_address(content, 2 + number), _address(content, 10 + number)]


def _add_layout(parts: Parts, content: bytes) -> None:
    version, layout = content[0], content[1]
    if version not in {3, 4}:
        return
    if layout == 1:
        parts.values = _address(content, 2), _address(content, 10)
    elif layout == 2:
        if version == 3:
            parts.chunks = ChunkIndex(_address(content, 3), content[2])
        else:
            parts.chunks = ChunkIndex(_address(content, len(content) - 8))


def _heaps_of_attribute(content: bytes) -> set[int]:
    version = content[0]
    name, datatype, dataspace = struct.unpack_from("<HHH", content, 2)
    if version == 1:
        start, name, datatype, dataspace = 8, _padded(name), _padded(datatype), _padded(dataspace)
    else:
        start = 8 if version == 2 else 9
    kind = content[start + name] & 0x0F
    if kind != _VARIABLE_LENGTH:
        return set()
    return heaps_of(content[start + name + datatype + dataspace :])


def _hard_link(content: bytes) -> Iterator[int]:
    flags = content[1]
    position = 2
    if flags & 8:
        if content[position] != 0:
            return
        position += 1
    position += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
    width = 1 << (flags & 3)
    length = int.from_bytes(content[position : position + width], "little")
    yield _address(content, position + width + length)


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def _address(content: bytes, position: int) -> int:
    (found,) = struct.unpack_from("<Q", content, position)
    return int(found)
