"""From a source to an opened store, or to the reason why not."""

from __future__ import annotations

import io
import os

from posecheck.sources.ranged_file import SourceError
from posecheck.sources.source import FileKind, FileStatus, Source
from posecheck.storage.store import StorageError, Store, Trouble, source_error

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def open_store(source: Source) -> Store:
    """Open a file.

    Raises
    ------
    StorageError
        With `Trouble.NOT_FETCHED` for git-annex and Git LFS content that is not here, with
        `Trouble.OUT_OF_REACH` for a file elsewhere that cannot be had, otherwise with
        `Trouble.UNREADABLE` and the reason.
    """
    key = source.unfetched_key()
    if key is not None:
        raise StorageError(Trouble.NOT_FETCHED, key)
    try:
        status = source.status()
        if status.kind is FileKind.STORE:
            return _open_zarr(source)
        _refuse(source, status)
        file = source.open()
        try:
            has_signature = _has_signature(file, file.seek(0, os.SEEK_END))
        except BaseException:
            file.close()
            raise
    except SourceError as error:
        raise source_error(error) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(Trouble.UNREADABLE, f"it cannot be opened: {reason}") from error
    if not has_signature:
        file.close()
        raise StorageError(Trouble.UNREADABLE, "it is not an HDF5 file")
    # h5py costs a third of a second to import: only where a file is really opened.
    from posecheck.storage.hdf5 import HDF5Store  # noqa: PLC0415

    return HDF5Store(file)


def _refuse(source: Source, status: FileStatus) -> None:
    if status.kind is FileKind.FOLDER:
        raise StorageError(Trouble.UNREADABLE, "it is a folder, and no Zarr store")
    if status.kind is not FileKind.FILE:
        # Opening a named pipe would wait for ever.
        raise StorageError(Trouble.UNREADABLE, "it is not a regular file")
    if status.stamp.size == 0:
        raise StorageError(Trouble.UNREADABLE, "it is empty: zero bytes")
    conflict = source.size_conflict(status.stamp.size)
    if conflict:
        raise StorageError(Trouble.UNREADABLE, conflict)


def _open_zarr(source: Source) -> Store:
    # numcodecs costs a tenth of a second to import: only where a store is really opened.
    from posecheck.storage.zarr_store import ZarrStore  # noqa: PLC0415

    return ZarrStore(source.open_store(), source.name)


def _has_signature(file: io.RawIOBase, size: int) -> bool:
    # The superblock lies at 0 or, behind a user block, at a power of two from 512 on
    # (HDF5 File Format Specification, section II.A).
    offset = 0
    while offset < size:
        file.seek(offset)
        if file.read(len(_SIGNATURE)) == _SIGNATURE:
            return True
        offset = offset * 2 or 512
    return False
