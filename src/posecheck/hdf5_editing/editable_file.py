"""An HDF5 file opened to be changed, with what lies behind its end put back afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import h5py

from posecheck.storage.hdf5_errors import storage_errors


@contextlib.contextmanager
def opened_for_editing(path: Path) -> Iterator[h5py.File]:
    """Open a file that nobody else uses, and close it.

    Bytes behind the end of the HDF5 file, which the library drops, are put back.

    Parameters
    ----------
    path
        The file. If this fails, it is worth nothing any more.

    Raises
    ------
    StorageError
        If the file cannot be opened, changed or closed.
    """
    size = path.stat().st_size
    with storage_errors("/"):
        # Closing the file drops what lies behind its end, and so says where that is.
        with path.open("r+b") as file, h5py.File(file, "r+"):
            tail = _last_bytes(path, size)
        end = path.stat().st_size
        with path.open("r+b") as file, h5py.File(file, "r+") as opened:
            yield opened
    if end < size:
        with path.open("ab") as behind:
            behind.write(tail[end - size :])


def _last_bytes(path: Path, size: int, most: int = 64 * 1024**2) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, size - most))
        return file.read()
