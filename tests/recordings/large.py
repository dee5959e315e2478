"""A pose file of a given size, written in seconds."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np


def write_large_recording(path: Path, *, megabytes: int) -> int:
    """Lengthen the series of a recording, uncompressed; return the size of the file in bytes.

    Parameters
    ----------
    path
        A recording, which is changed.
    megabytes
        How large it is to become, about.
    """
    with h5py.File(path, "r+") as file:
        found: list[h5py.Group] = []
        file["processing"].visititems(
            lambda _, item: found.append(item) if _is_series(item) else None
        )
        rows = megabytes * 1_000_000 // len(found) // 12
        for series in found:
            for name in ("data", "confidence"):
                stored = series[name]
                attributes = dict(stored.attrs)
                values = np.resize(stored[()], (rows, *stored.shape[1:]))
                del series[name]
                series.create_dataset(name, data=values).attrs.update(attributes)
    return path.stat().st_size


def _is_series(item: h5py.Group | h5py.Dataset) -> bool:
    return bool(item.attrs.get("neurodata_type") == "PoseEstimationSeries")
