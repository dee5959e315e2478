"""Where the values of a dataset lie in an HDF5 file."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import h5py

_MOST_CHUNKS = 4096


def row_ranges(dataset: Any, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield where some rows of a dataset lie.

    Parameters
    ----------
    dataset
        The handle of h5py's low level (`h5py.h5d.DatasetID`).
    start, stop
        The rows.

    Yields
    ------
    tuple of int
        Where bytes begin, and the position after the last of them; nothing where that cannot be
        said.
    """
    try:
        yield from _row_ranges(dataset, start, stop)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError):
        # Whoever reads the values meets the fault, and says where.
        return


def _row_ranges(dataset: Any, start: int, stop: int) -> Iterator[tuple[int, int]]:
    shape = dataset.shape
    if not shape or stop <= start:
        return
    properties = dataset.get_create_plist()
    row = math.prod(shape[1:]) * dataset.dtype.itemsize
    if properties.get_layout() != h5py.h5d.CHUNKED:
        offset = dataset.get_offset()
        if offset is not None:
            yield offset + start * row, offset + min(stop, shape[0]) * row
        return
    chunk = properties.get_chunk()
    others = [range(0, extent, step) for extent, step in zip(shape[1:], chunk[1:], strict=True)]
    first = start // chunk[0] * chunk[0]
    if math.prod(map(len, others)) * (-(-(stop - first) // chunk[0])) > _MOST_CHUNKS:
        return
    for position in range(first, min(stop, shape[0]), chunk[0]):
        for rest in itertools.product(*others):
            stored = dataset.get_chunk_info_by_coord((position, *rest))
            if stored.byte_offset is not None:
                yield stored.byte_offset, stored.byte_offset + stored.size
