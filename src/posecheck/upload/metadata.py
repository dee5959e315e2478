"""The metadata of an asset: what the archive knows of a file is what dandi extracts from it.

What is in an NWB file is read in worker processes; of a video or an image the metadata is its name,
its size and its time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from posecheck.execution.executor import Executor
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import (
    available_processors,
)
from posecheck.upload.plan.files import Digests, LocalFile


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataJob:
    """A file to describe.

    Attributes
    ----------
    file
        The file.
    root
        The dandiset's folder.
    """

    file: LocalFile
    root: str


@dataclass(frozen=True, slots=True)
class NotExtracted:
    """Why a file has no metadata, as a clause."""

    reason: str


Extracted = dict[str, Any] | NotExtracted


def extract_all(
    files: Sequence[LocalFile], root: str, pool: Executor, jobs: int | None = None
) -> Iterator[tuple[str, Extracted]]:
    """Extract the metadata of NWB files in worker processes.

    Parameters
    ----------
    files
        The files.
    root
        The dandiset's folder.
    pool
        Where the workers come from.
    jobs
        How many; by default one for each processor.

    Yields
    ------
    tuple
        The file's path and its metadata, which lacks its checksums, or why there is none.
    """
    todo = [MetadataJob(file=file, root=root) for file in files]
    answers = pool.run(
        extract,
        todo,
        workers=jobs or available_processors(),
    )
    for index, answer in answers:
        path = todo[index].file.path
        if isinstance(answer, WorkerFailure):
            yield path, NotExtracted(answer.reason)
        else:
            yield path, answer


def extract_aside(
    files: Sequence[LocalFile],
    root: str,
    pool: Executor,
    on_extracted: Callable[[str, Extracted], None],
) -> None:
    """Extract the metadata of NWB files as `extract_all` does, while the caller does other things.

    Parameters
    ----------
    files, root, pool
        As for `extract_all`; when the pool ends, so does this.
    on_extracted
        Receives the path and the metadata of every file, or why there is none, in another thread.
    """

    def work() -> None:
        left = {file.path for file in files}
        try:
            for path, found in extract_all(files, root, pool):
                left.discard(path)
                on_extracted(path, found)
        except Exception as error:  # noqa: BLE001 - reported for each file
            for path in left:
                on_extracted(path, NotExtracted(str(error)))

    if files:
        threading.Thread(target=work, daemon=True).start()


def extract(job: MetadataJob) -> Extracted:
    """Extract the metadata of one file; called in a worker, whose dandi is changed for good."""
    from posecheck.validators import messages, patched_dandi  # noqa: PLC0415 - pynwb is heavy

    try:
        return patched_dandi.extract_metadata(job.file.location, job.root)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what dandi raises is why there is none
        return NotExtracted(messages.reason_of(error))


def with_checksum(metadata: dict[str, Any], digests: Digests) -> dict[str, Any]:
    """Return metadata of a file with its checksum, where dandi writes it."""
    return {**metadata, "digest": {"dandi:dandi-etag": digests.etag}}


def store_metadata(metadata: dict[str, Any], store: LocalFile) -> dict[str, Any]:
    """Return metadata of a Zarr store as it is sent.

    dandi sends no checksum with it. It takes the folder's own time for that of the content, which
    stays the same when a file deeper in it changes; here it is the time of the last change.
    """
    kept = {key: value for key, value in metadata.items() if key != "digest"}
    modified = store.modified.isoformat()
    return {**kept, "contentSize": store.size, "blobDateModified": modified}
