"""The chunks of a store that were unpacked last, so that rows of one chunk unpack it once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from posecheck.sources.store_files import StoreFiles
from posecheck.storage.zarr_decompression import LARGEST_CHUNK
from posecheck.storage.zarr_tree import read_member

_MOST_KEPT = 16 * 1024**2


class ChunkCache:
    """Unpacked chunks of numbers; the last one is kept whatever its size.

    Parameters
    ----------
    files
        The members of the store.
    """

    def __init__(self, files: StoreFiles) -> None:
        self._files = files
        self._kept: OrderedDict[str, npt.NDArray[Any]] = OrderedDict()
        self._bytes = 0

    def read(self, name: str, location: str) -> bytes | None:
        """Return a chunk as it is stored; ``None`` if it is not.

        Raises
        ------
        StorageError
            If it cannot be had.
        """
        return read_member(self._files, name, LARGEST_CHUNK, location)

    def unpacked(
        self, name: str, unpack: Callable[[], npt.NDArray[Any] | None]
    ) -> npt.NDArray[Any] | None:
        """Return a chunk's values, from what is kept or by unpacking it."""
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
            return found
        values = unpack()
        if values is not None:
            self._kept[name] = values
            self._bytes += values.nbytes
            while self._bytes > _MOST_KEPT and len(self._kept) > 1:
                _, left = self._kept.popitem(last=False)
                self._bytes -= left.nbytes
        return values
