"""A small Zarr store as a folder; what is in it is no recording."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import zarr


def write_store(folder: Path) -> Path:
    """Write a store of some twenty files, two of them larger than the others."""
    root = zarr.open_group(str(folder), mode="w", zarr_format=2)
    group = root.create_group("processing").create_group("behavior")
    group.create_array("positions", data=np.arange(160.0), chunks=(10,), compressors=None)
    large = np.random.default_rng(0).random(60_000)
    group.create_array("confidence", data=large, chunks=(30_000,), compressors=None)
    return folder


def files_of(store: Path) -> dict[str, bytes]:
    """Return the bytes of all files in a store, by their paths in it."""
    return {
        Path(folder, name).relative_to(store).as_posix(): Path(folder, name).read_bytes()
        for folder, _, names in os.walk(store)
        for name in names
    }
