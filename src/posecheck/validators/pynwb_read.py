"""Reading a file with pynwb and whatever extensions are imported; `readability` calls it."""

from __future__ import annotations

from pathlib import Path
from typing import IO, cast

import h5py
from hdmf.build import TypeMap

from posecheck.sources.ranged_file import SourceError
from posecheck.sources.source import Source
from posecheck.storage import StorageError, open_store, stores_zarr
from posecheck.storage.hdf5_prefetch import FetchesRanges, prefetch_structure
from posecheck.validators.builders import BuilderReader, open_reader
from posecheck.validators.containers import load_type_map, read_container
from posecheck.validators.messages import place_of, quiet_and_fast, reason_of
from posecheck.validators.specification import KeptBySpecification


class ReadingAttempt:
    """Reads files one after the other, keeping what it loaded for their specifications."""

    def __init__(self) -> None:
        self._type_maps: KeptBySpecification[TypeMap] = KeptBySpecification()

    def reason(self, source: Source) -> str | None:
        """Return why pynwb cannot read a file, ``None`` if it can.

        Where it is known which object it could not make, a second line gives that object's path.

        Raises
        ------
        SourceError
            If the file is elsewhere and cannot be had.
        """
        path = source.path if source.is_local else Path(source.name)
        if stores_zarr(source):
            return self._reason_of_store(source, path)
        stream = None
        try:
            with quiet_and_fast(), _opened(source) as stream:
                if isinstance(stream, FetchesRanges):
                    prefetch_structure(stream)
                with h5py.File(stream, "r") as handle:
                    reader = BuilderReader(handle, path)
                    type_map = self._type_maps.get(handle, lambda: load_type_map(reader))
                    read_container(reader, type_map)
        except (MemoryError, SourceError):
            raise
        except Exception as error:
            failure = getattr(stream, "failure", None)
            if isinstance(failure, SourceError):
                raise failure from error
            place = place_of(error)
            return reason_of(error) + (f"\n{place}" if place else "")
        return None

    def _reason_of_store(self, source: Source, path: Path) -> str | None:
        try:
            store = open_store(source)
        except StorageError as error:
            return error.detail
        try:
            with quiet_and_fast():
                reader = open_reader(store.handle, path)
                type_map = self._type_maps.get(reader.handle, lambda: load_type_map(reader))
                read_container(reader, type_map)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what pynwb raises is its result
            place = place_of(error)
            return reason_of(error) + (f"\n{place}" if place else "")
        finally:
            store.close()
        return None


def _opened(source: Source) -> IO[bytes]:
    # A file on this machine is read through a buffer; one elsewhere keeps pages of its own.
    return source.path.open("rb") if source.is_local else cast("IO[bytes]", source.open())
