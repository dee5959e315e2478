"""From a source to an opened store, or to the reason why not."""

from __future__ import annotations

import io
import os

from posecheck.sources.ranged_file import SourceError
from posecheck.sources.source import FileKind, FileStatus, Source
from posecheck.sources.store_files import MemberError
from posecheck.storage.store import StorageError, Store, Trouble, source_error

_ZIP = b"PK\x03\x04"
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
            if not has_signature and _is_zip(file):
                return _open_zip(source, file)
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


def stores_zarr(source: Source) -> bool:
    """Whether a source holds Zarr, as far as that shows without reading it."""
    return source.is_store() or source.suffix in {".zip", ".zarr"}


def _is_zip(file: io.RawIOBase) -> bool:
    file.seek(0)
    return file.read(len(_ZIP)) == _ZIP


def _open_zip(source: Source, file: io.RawIOBase) -> Store:
    from posecheck.sources.zip_store import ZipStoreFiles  # noqa: PLC0415 - seldom needed
    from posecheck.storage.zarr_store import ZarrStore  # noqa: PLC0415 - numcodecs

    try:
        files = ZipStoreFiles(file)
    except MemberError as error:
        raise StorageError(Trouble.UNREADABLE, error.detail) from error
    return ZarrStore(files, source.name.removesuffix(".zip"))


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
