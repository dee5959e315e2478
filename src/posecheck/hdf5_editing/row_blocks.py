"""Regions that cover a dataset, some rows at a time, so that no large array is held at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from h5py import h5d

_BYTES = 16 * 1024**2
"""About how much of a dataset is held at a time."""


def row_blocks(handle: h5d.DatasetID) -> Iterator[Any]:
    """Yield regions that cover a dataset; none for a null dataspace, or where there are no rows.

    Rows that are compressed together are in one region, so that none is uncompressed twice.
    """
    shape = handle.shape
    if shape is None:
        return
    if not shape:
        yield ()
        return
    row = max(1, math.prod(shape[1:]) * max(1, handle.dtype.itemsize))
    rows = max(1, _BYTES // row)
    properties = handle.get_create_plist()
    if properties.get_layout() == h5d.CHUNKED:
        together = int(properties.get_chunk()[0])
        rows = max(together, rows // together * together)
    for start in range(0, shape[0], rows):
        yield slice(start, min(shape[0], start + rows))
