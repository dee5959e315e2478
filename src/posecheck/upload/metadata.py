"""The metadata of an asset: dandi's own extraction, with a faster reader under it.

What the archive knows of a file is what `dandi.metadata.nwb.nwb2asset` reads from it, so that is
what is called. Nearly all of its time goes into pynwb, which loads the specification that the file
carries anew for each file; in these worker processes pynwb's reader is replaced by the one of
`posecheck.adapters`, which keeps it. That both give the same is tested on real files.
"""

from __future__ import annotations

import functools
import os
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.engine.pool import Lost, Pool
from posecheck.engine.settings import (
    DEFAULT_FILE_MEMORY,
    DEFAULT_FILE_TIMEOUT,
    available_processors,
)
from posecheck.engine.worker import Failed
from posecheck.upload.plan.values import Digests, LocalFile


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataJob:
    """A file to describe.

    Attributes
    ----------
    file
        The file.
    root
        The dandiset's folder.
    etag
        The file's checksum.
    """

    file: LocalFile
    root: str
    etag: str


@dataclass(frozen=True, slots=True)
class NotExtracted:
    """Why a file has no metadata, as a clause."""

    reason: str


Extracted = dict[str, Any] | NotExtracted


def extract_all(
    files: Sequence[tuple[LocalFile, Digests]], root: str, pool: Pool, jobs: int | None = None
) -> Iterator[tuple[str, Extracted]]:
    """Extract the metadata of NWB files in worker processes.

    Parameters
    ----------
    files
        The files with their checksums.
    root
        The dandiset's folder.
    pool
        Where the workers come from.
    jobs
        How many; by default one for each processor.

    Yields
    ------
    tuple
        The file's path and its metadata, as the archive takes it, or why there is none.
    """
    todo = [MetadataJob(file=file, root=root, etag=digests.etag) for file, digests in files]
    answers = pool.run(
        extract,
        todo,
        size=jobs or available_processors(),
        seconds=DEFAULT_FILE_TIMEOUT,
        memory=DEFAULT_FILE_MEMORY,
    )
    for index, answer in answers:
        path = todo[index].file.path
        if isinstance(answer, Lost):
            yield path, NotExtracted(answer.reason)
        elif isinstance(answer, Failed):
            yield path, NotExtracted((answer.text.strip().splitlines() or ["no reason given"])[-1])
        else:
            yield path, answer.value


def extract(job: MetadataJob) -> Extracted:
    """Extract the metadata of one NWB file; called in a worker, whose pynwb is changed for good."""
    from posecheck.adapters.voice import reason_of, undisturbed  # noqa: PLC0415 - pynwb is heavy

    _read_quickly()
    with undisturbed():
        try:
            return describe(job)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what dandi raises is why there is none
            return NotExtracted(reason_of(error))


def describe(job: MetadataJob) -> dict[str, Any]:
    """Return the metadata of a file, as ``dandi upload`` would send it.

    Raises
    ------
    Exception
        What dandi raises on an NWB file that it cannot read.
    """
    from dandi.dandiapi import set_asset_schema_key  # noqa: PLC0415 - dandi costs a second
    from dandi.files import dandi_file, find_bids_dataset_description  # noqa: PLC0415
    from dandi.misctypes import Digest  # noqa: PLC0415

    location = Path(job.file.location)
    bids = find_bids_dataset_description(location.parent, job.root)
    asset = dandi_file(location, job.root, bids_dataset_description=bids)
    described = asset.get_metadata(digest=Digest.dandi_etag(job.etag), ignore_errors=False)
    metadata: dict[str, Any] = described.model_dump(mode="json", exclude_none=True)
    set_asset_schema_key(metadata)
    return metadata


@functools.cache
def _read_quickly() -> None:
    """Put the adapters' reader in the place of pynwb's, for dandi alone and in this process."""
    # dandi keeps what it extracted in a cache on disk; a few milliseconds per file, for nothing
    os.environ["DANDI_CACHE"] = "ignore"
    # In a BIDS dataset dandi calls a validator that lies beside this interpreter.
    beside = sysconfig.get_path("scripts")
    os.environ["PATH"] = os.pathsep.join(filter(None, (beside, os.environ.get("PATH", ""))))
    import dandi.pynwb_utils  # noqa: PLC0415

    dandi.pynwb_utils.NWBHDF5IO = _KeptReading


class _KeptReading:
    """What dandi asks of `pynwb.NWBHDF5IO`: read a file that it opened."""

    def __init__(self, *, file: Any, load_namespaces: bool) -> None:
        from posecheck.adapters.builders import BuilderReader  # noqa: PLC0415 - pynwb is heavy

        self._reader = BuilderReader(file, Path(file.filename))

    def __enter__(self) -> _KeptReading:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the file to whoever opened it."""

    def read(self) -> Any:
        """Return the file's objects, as pynwb makes them."""
        from posecheck.adapters.containers import load_type_map, read_container  # noqa: PLC0415

        reader = self._reader
        return read_container(
            reader, _kept_maps().get(reader.handle, lambda: load_type_map(reader))
        )


@functools.cache
def _kept_maps() -> Any:
    from posecheck.adapters.specification import KeptBySpecification  # noqa: PLC0415

    return KeptBySpecification()
