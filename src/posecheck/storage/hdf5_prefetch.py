"""Fetches the structure of an HDF5 file elsewhere, level by level, before the library reads it.

Everything that one level of the hierarchy needs is asked for at once: a file of a hundred objects
or of ten thousand takes some twenty rounds.
"""

from __future__ import annotations

import contextlib
import itertools
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar, runtime_checkable

from posecheck.sources.ranged_file import PAGE
from posecheck.storage.hdf5_addresses import (
    HEADER_GUESS,
    HEAP_COLLECTION,
    UNDEFINED,
    ChunkIndex,
    Parts,
    chunk_node_children,
    chunk_node_range,
    continued_parts,
    header_parts,
    heap_ranges,
    heap_segment,
    heaps_of,
    root_address,
    symbol_ranges,
    symbols,
    tree_children,
    tree_ranges,
)

_Parsed = TypeVar("_Parsed")
Range = tuple[int, int]

_MOST_OBJECTS = 300_000
_MOST_LEVELS = 32
_MOST_ROUNDS = 8
_MOST_NODES = 20_000
_LARGEST_VALUE = 16 * 1024
_LARGEST_NAMES = 1024 * 1024
_SUPERBLOCK = 256
_MOST_BYTES = 192 * 1024 * 1024
"""More than a file object keeps would be fetched twice."""


@runtime_checkable
class FetchesRanges(Protocol):
    """A file that can fetch several ranges at once."""

    @property
    def size(self) -> int:
        """Its size in bytes."""

    def prefetch(self, ranges: Iterable[Range]) -> None:
        """Fetch ranges that will be read next, all at once."""

    def seek(self, offset: int, /) -> int:
        """Choose a position."""

    def read(self, length: int, /) -> bytes | None:
        """Read from there."""


def prefetch_structure(file: FetchesRanges) -> Mapping[int, ChunkIndex]:
    """Fetch headers, group indexes, attributes and small values of a file.

    Returns
    -------
    Mapping
        Where the chunks of datasets are listed, which is not fetched, by the address of the
        dataset's header.

    Raises
    ------
    OSError
        If its bytes cannot be had.
    """
    structure = _Prefetch(file)
    structure.run()
    return structure.chunk_indexes


def prefetch_chunk_indexes(file: FetchesRanges, indexes: Iterable[ChunkIndex]) -> None:
    """Fetch what lists the chunks of datasets, level by level, of all datasets at once.

    Raises
    ------
    OSError
        If its bytes cannot be had.
    """
    level = [(index, index.address) for index in indexes]
    for _ in range(_MOST_ROUNDS):
        level = [(index, address) for index, address in level if 0 < address < file.size]
        if not level or len(level) > _MOST_NODES:
            return
        file.prefetch(chunk_node_range(index, address) for index, address in level)
        level = [
            (index, child)
            for index, address in level
            for child in _children_of_chunk_node(file, index, address)
        ]


def _children_of_chunk_node(file: FetchesRanges, index: ChunkIndex, address: int) -> list[int]:
    start, stop = chunk_node_range(index, address)
    file.seek(start)
    try:
        return chunk_node_children(index, file.read(min(stop, file.size) - start) or b"")
    except (struct.error, IndexError):
        return []


class _Prefetch:
    def __init__(self, file: FetchesRanges) -> None:
        self._file = file
        self._seen: set[int] = set()
        self._pages: set[int] = set()
        self.chunk_indexes: dict[int, ChunkIndex] = {}

    def run(self) -> None:
        with contextlib.suppress(_TooMuchError):
            self._run()

    def _run(self) -> None:
        root = root_address(self._read(0, _SUPERBLOCK))
        level = self._unseen([root])
        for _ in range(_MOST_LEVELS):
            level = self._unseen(self._members(level))
            if not level:
                return

    def _unseen(self, addresses: Iterable[int]) -> list[int]:
        """Return the addresses at which nobody has looked yet, each once."""
        unseen = dict.fromkeys(
            each for each in addresses if 0 < each < self._file.size and each not in self._seen
        )
        if len(self._seen) + len(unseen) > _MOST_OBJECTS:
            return []
        self._seen.update(unseen)
        return list(unseen)

    def _members(self, headers: list[int]) -> list[int]:
        """Fetch what some objects need, and return the object headers of their members."""
        self._fetch((each, each + HEADER_GUESS) for each in headers)
        parts = [self._parsed(header_parts, each, each + HEADER_GUESS) for each in headers]
        for header, found in zip(headers, parts, strict=True):
            if found is not None and found.chunks is not None:
                self.chunk_indexes[header] = found.chunks
        known = [each for each in parts if each is not None]
        known += self._continued(known)
        groups = [each for each in known if each.tree]
        small = [each for each in known if 0 < each.values[1] <= _LARGEST_VALUE]
        self._fetch(
            [
                *(tree_ranges(each.tree) for each in groups),
                *(heap_ranges(each.heap) for each in groups),
                *((address, address + HEADER_GUESS) for each in known for address in each.indexes),
                *((address, address + HEAP_COLLECTION) for each in known for address in each.heaps),
                *((each.values[0], sum(each.values)) for each in small),
            ]
        )
        texts = [self._texts(each) for each in small if each.holds_texts]
        segments = [self._names_of(each) for each in groups]
        leaves = [self._leaves(each.tree) for each in groups]
        self._fetch(
            [
                *((address, address + HEAP_COLLECTION) for heaps in texts for address in heaps),
                *((start, start + length) for start, length in segments if length),
                *(symbol_ranges(address) for found in leaves for address in found),
            ]
        )
        members = [address for each in known for address in each.members]
        for address in itertools.chain.from_iterable(leaves):
            members += self._parsed(symbols, *symbol_ranges(address)) or []
        return members

    def _continued(self, parts: list[Parts]) -> list[Parts]:
        """Return what further blocks of messages lead to."""
        found: list[Parts] = []
        for _ in range(_MOST_ROUNDS):
            blocks = [
                block
                for each in parts
                for block in each.continuations
                if 0 < block[1] <= _LARGEST_NAMES and self._unseen([block[0]])
            ]
            if not blocks:
                break
            self._fetch((start, start + length) for start, length in blocks)
            new = [self._parsed(continued_parts, start, start + length) for start, length in blocks]
            parts = [each for each in new if each is not None]
            found += parts
        return found

    def _leaves(self, tree: int) -> list[int]:
        """Return the symbol table nodes below a B-tree, level by level."""
        nodes = [tree]
        for _ in range(_MOST_ROUNDS):
            below: list[int] = []
            is_last = True
            for node in nodes:
                found = self._parsed(tree_children, *tree_ranges(node))
                if found is None:
                    continue
                is_last = is_last and found[0] == 0
                below += self._unseen(found[1])
            if is_last:
                return below
            self._fetch(map(tree_ranges, below))
            nodes = below
        return []

    def _names_of(self, group: Parts) -> Range:
        """Return address and length of a group's names."""
        start, length = self._parsed(heap_segment, *heap_ranges(group.heap)) or (0, 0)
        return (start, length) if length <= _LARGEST_NAMES else (0, 0)

    def _texts(self, dataset: Parts) -> list[int]:
        start, length = dataset.values
        return self._unseen(self._parsed(heaps_of, start, start + length) or ())

    def _parsed(self, parse: Callable[[bytes], _Parsed], start: int, stop: int) -> _Parsed | None:
        """Return what a part says; ``None`` where it is not what it was taken for."""
        try:
            return parse(self._read(start, stop))
        except (struct.error, IndexError):
            return None

    def _read(self, start: int, stop: int) -> bytes:
        if not 0 <= start < self._file.size:
            return b""
        self._file.seek(start)
        return self._file.read(min(stop, self._file.size) - start) or b""

    def _fetch(self, ranges: Iterable[Range]) -> None:
        """Fetch ranges; addresses that are not defined, or lie outside, are passed over."""
        wanted = [
            (start, min(stop, self._file.size))
            for start, stop in ranges
            if 0 < start < self._file.size and start != UNDEFINED
        ]
        for start, stop in wanted:
            # Pages, since many objects lie in one and share their heaps.
            self._pages.update(range(start // PAGE, -(-stop // PAGE)))
            if len(self._pages) * PAGE > _MOST_BYTES:
                raise _TooMuchError
        self._file.prefetch(wanted)


class _TooMuchError(Exception):
    """The rest is left to whoever reads it: a few bytes can claim structures without end."""
