"""An array of a Zarr store; its header is read at once, its values chunk by chunk."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from posecheck.model.facts import ArrayInfo
from posecheck.storage.store import Array, Foreign, StorageError, Trouble
from posecheck.storage.zarr_codecs import decode_numbers, decode_objects
from posecheck.storage.zarr_decompression import CodecError
from posecheck.storage.zarr_metadata import ArrayHeader, parse_array
from posecheck.storage.zarr_node import STORED_TYPE, ZarrNode
from posecheck.storage.zarr_tree import ARRAY

_BLOCK = 4 * 1024**2
_MOST_PREFETCHED = 4096
_SCALAR = "scalar"


class ZarrArray(ZarrNode, Array):
    """An array, as hdmf-zarr writes a dataset of NWB.

    A chunk that is not stored has the fill value throughout, as Zarr defines it: whether it was
    lost or never written cannot be told.
    """

    @cached_property
    def header(self) -> ArrayHeader:
        """What is stored of it besides its values.

        Raises
        ------
        StorageError
            If that is damaged.
        """
        return parse_array(self.content.tree.document(self.inside, ARRAY) or {}, self.path)

    @cached_property
    def info(self) -> ArrayInfo:
        """The header as the layers above know it; hdmf-zarr stores a scalar as a list of one."""
        header, dtype = self.header, self.header.dtype
        return ArrayInfo(
            path=self.path,
            identity=self.identity,
            shape=() if self.is_scalar else header.shape,
            dtype=dtype.name if dtype.kind in "biufc" else "object",
            bytes=math.prod(header.shape) * dtype.itemsize,
            compressed=header.is_packed,
            unread=header.unread,
            text_bytes=dtype.itemsize if dtype.kind == "S" else None,
        )

    @property
    def foreign(self) -> Foreign | None:
        """Nothing: the values of an array lie in its own folder."""
        return None

    @property
    def is_scalar(self) -> bool:
        """Whether it is one value, and no list."""
        header = self.header
        stored = self.stored_attributes.get(STORED_TYPE)
        return not header.shape or (stored == _SCALAR and header.shape == (1,))

    @cached_property
    def block_rows(self) -> int:
        """Rows to read at a time: whole chunks, about four megabytes."""
        info = self.info
        if not info.shape:
            return 1
        row = max(1, info.bytes // max(1, info.length))
        rows = max(1, _BLOCK // row)
        return max(1, rows // self.chunk_rows) * self.chunk_rows

    @property
    def chunk_rows(self) -> int:
        """Rows of one chunk."""
        chunks = self.header.chunks
        return chunks[0] if chunks else 1

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Read rows of a numeric array."""
        self._refuse_unread()
        header = self.header
        stop = min(stop, header.shape[0])
        self.content.files.prefetch(self.chunk_names(start, stop))
        values = np.empty((max(0, stop - start), *header.shape[1:]), header.dtype)
        for index in self._chunk_indexes(start, stop):
            places, parts = [], []
            for axis, (number, size) in enumerate(zip(index, header.chunks, strict=True)):
                first, last = (start, stop) if axis == 0 else (0, header.shape[axis])
                begin, end = max(first, number * size), min(last, (number + 1) * size)
                places.append(slice(begin - first, end - first))
                parts.append(slice(begin - number * size, end - number * size))
            chunk = self._numbers(index)
            values[tuple(places)] = self._fill(index) if chunk is None else chunk[tuple(parts)]
        return values

    def value(self, most: int = 100_000) -> Any:
        """Read a small array whole."""
        self._refuse_unread()
        header = self.header
        size = math.prod(header.shape)
        if size > most:
            raise StorageError(
                Trouble.TOO_LARGE,
                f"it has {size:,} entries, where a few are wanted",
                self.path,
            )
        if header.holds_objects:
            found: Any = self._objects().tolist()
        elif header.shape:
            found = self.read(0, header.shape[0]).tolist()
        else:
            chunk = self._numbers(())
            found = (self._fill(()) if chunk is None else chunk)[()].item()
        value = self.content.plain(found)
        return value[0] if self.is_scalar and header.shape else value

    def chunk_names(self, start: int, stop: int) -> Iterator[str]:
        """Yield the members of the store that hold some rows; none where they are far too many."""
        try:
            header = self.header
        except StorageError:
            return  # whoever reads the values meets the fault
        if not header.shape or stop <= start:
            return
        rest = math.prod(-(-extent // size) for extent, size in self._other_axes())
        if rest * (-(-(stop - start) // header.chunks[0]) + 1) <= _MOST_PREFETCHED:
            yield from map(self.member_of, self._chunk_indexes(start, min(stop, header.shape[0])))

    def _other_axes(self) -> Iterator[tuple[int, int]]:
        return zip(self.header.shape[1:], self.header.chunks[1:], strict=True)

    def _chunk_indexes(self, start: int, stop: int) -> Iterator[tuple[int, ...]]:
        if stop <= start:
            return
        rows = self.header.chunks[0]
        others = [range(-(-extent // size)) for extent, size in self._other_axes()]
        for first in range(start // rows, (stop - 1) // rows + 1):
            for rest in itertools.product(*others):
                yield first, *rest

    def member_of(self, index: tuple[int, ...]) -> str:
        """Return the member of the store that holds a chunk."""
        return f"{self.inside}/{self.header.separator.join(map(str, index)) or '0'}"

    def _stored(self, index: tuple[int, ...]) -> bytes | None:
        return self.content.chunks.read(self.member_of(index), self.path)

    def _numbers(self, index: tuple[int, ...]) -> npt.NDArray[Any] | None:
        return self.content.chunks.unpacked(self.member_of(index), lambda: self._unpacked(index))

    def _unpacked(self, index: tuple[int, ...]) -> npt.NDArray[Any] | None:
        header, raw = self.header, self._stored(index)
        if raw is None:
            return None
        count = math.prod(header.chunks)
        try:
            flat = decode_numbers(raw, list(header.codecs), header.dtype, count)
        except CodecError as error:
            raise self._damaged(index, error) from error
        return flat.reshape(header.chunks, order="F" if header.order == "F" else "C")

    def _objects(self) -> npt.NDArray[Any]:
        """Return the whole of a small array of texts or references."""
        header = self.header
        values = np.empty(header.shape, dtype=object)
        grid = [
            range(-(-extent // size))
            for extent, size in zip(header.shape, header.chunks, strict=True)
        ]
        for index in itertools.product(*grid):
            flat = self._chunk_of_objects(index)
            chunk = np.empty(len(flat), dtype=object)
            for position, value in enumerate(flat):  # NumPy would take a tuple for a row
                chunk[position] = value
            chunk = chunk.reshape(header.chunks, order="F" if header.order == "F" else "C")
            ends = [
                (number * size, min(extent, (number + 1) * size))
                for number, size, extent in zip(index, header.chunks, header.shape, strict=True)
            ]
            place = tuple(slice(begin, end) for begin, end in ends)
            values[place] = chunk[tuple(slice(end - begin) for begin, end in ends)]
        return values

    def stored_objects(self, most: int) -> list[Any]:
        """Return the texts or references of an array as they are stored; none if it holds numbers.

        Parameters
        ----------
        most
            The most entries that are read; of a larger array none is.

        Raises
        ------
        StorageError
            If it is damaged.
        """
        header = self.header
        is_read = header.holds_objects and not (header.unread or header.unpackable)
        if not is_read or math.prod(header.shape) > most:
            return []
        found: list[Any] = self._objects().reshape(-1).tolist()
        return found

    def chunk_of_texts(self, index: tuple[int, ...]) -> list[Any]:
        """Return the texts of a chunk as they are stored, flat, with those beyond the extent.

        Raises
        ------
        StorageError
            If it is not stored, or is damaged.
        """
        self._refuse_unread()
        if self.header.holds_objects:
            return self._chunk_of_objects(index)
        chunk = self._numbers(index)
        if chunk is None:
            raise self._not_there(index)
        found: list[Any] = chunk.reshape(-1).tolist()
        return found

    def unpacked_texts(self, index: tuple[int, ...], raw: bytes) -> list[Any]:
        """Return the texts that a chunk would hold.

        Raises
        ------
        StorageError
            If it would be damaged.
        """
        header = self.header
        codecs, count = list(header.codecs), math.prod(header.chunks)
        try:
            if header.holds_objects:
                return decode_objects(raw, codecs, count)
            found: list[Any] = decode_numbers(raw, codecs, header.dtype, count).tolist()
        except CodecError as error:
            raise self._damaged(index, error) from error
        return found

    def _chunk_of_objects(self, index: tuple[int, ...]) -> list[Any]:
        raw = self._stored(index)
        if raw is None:
            raise self._not_there(index)
        return self.unpacked_texts(index, raw)

    def _not_there(self, index: tuple[int, ...]) -> StorageError:
        detail = f"the chunk {self.member_of(index)} is not there, and nothing stands for it"
        return StorageError(Trouble.UNREADABLE, detail, self.path)

    def _fill(self, index: tuple[int, ...]) -> Any:
        fill = self.header.fill
        if fill is None:
            detail = f"the chunk {self.member_of(index)} is not there, and no value stands for it"
            raise StorageError(Trouble.UNREADABLE, detail, self.path)
        return fill

    def _damaged(self, index: tuple[int, ...], error: CodecError) -> StorageError:
        detail = f"the chunk {self.member_of(index)} is damaged: {error}"
        return StorageError(Trouble.UNREADABLE, detail, self.path)

    def _refuse_unread(self) -> None:
        reason = self.header.unread or self.header.unpackable
        if reason:
            raise StorageError(Trouble.UNREADABLE, reason, self.path)
