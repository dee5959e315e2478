"""In what an NWB file is stored."""

from __future__ import annotations

from enum import StrEnum


class StorageFormat(StrEnum):
    """A storage format of NWB."""

    HDF5 = "hdf5"
    ZARR = "zarr"
