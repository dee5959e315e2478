"""From a path to an opened store, or to the reason why not."""

from __future__ import annotations

import stat
from pathlib import Path

from posecheck.files.annex import unfetched_key
from posecheck.storage.store import StorageError, Store, Trouble

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def open_store(path: Path) -> Store:
    """Open a local file.

    Parameters
    ----------
    path
        A path on this machine.

    Raises
    ------
    StorageError
        With `Trouble.NOT_FETCHED` for git-annex and Git LFS content that is not here, otherwise
        with `Trouble.UNREADABLE` and the reason.
    """
    key = unfetched_key(path)
    if key is not None:
        raise StorageError(Trouble.NOT_FETCHED, key)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise StorageError(Trouble.UNREADABLE, "it is a folder, not an HDF5 file")
        if not stat.S_ISREG(status.st_mode):
            # Opening a named pipe would wait for ever.
            raise StorageError(Trouble.UNREADABLE, "it is not a regular file")
        if status.st_size == 0:
            raise StorageError(Trouble.UNREADABLE, "it is empty: zero bytes")
        if not _has_signature(path, status.st_size):
            raise StorageError(Trouble.UNREADABLE, "it is not an HDF5 file")
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(Trouble.UNREADABLE, f"it cannot be opened: {reason}") from error
    # h5py costs a third of a second to import: only where a file is really opened.
    from posecheck.storage.hdf5 import HDF5Store  # noqa: PLC0415

    return HDF5Store(path)


def _has_signature(path: Path, size: int) -> bool:
    # The superblock lies at 0 or, behind a user block, at a power of two from 512 on
    # (HDF5 File Format Specification, section II.A).
    with path.open("rb") as file:
        offset = 0
        while offset < size:
            file.seek(offset)
            if file.read(len(_SIGNATURE)) == _SIGNATURE:
                return True
            offset = offset * 2 or 512
    return False
