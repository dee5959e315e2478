"""The checksum of a Zarr store: the archive's own, of MD5, size and name of each file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from posecheck.archive.errors import StoppedError
from posecheck.execution.limits import available_processors
from posecheck.upload.collect.local_stores import StoreError, StoreFile, StoreState, list_store
from posecheck.upload.plan.files import Digests, LocalFile

_BLOCK = 1024 * 1024
_MOST_THREADS = 4


def digest_store(
    state: StoreState, is_over: Callable[[], bool], on_bytes: Callable[[int], None]
) -> Digests:
    """Read the files of a store and compute its checksum.

    Parameters
    ----------
    state
        What lies in the store.
    is_over
        Whether the reading is to end.
    on_bytes
        Receives the number of bytes after each block, from any thread.

    Raises
    ------
    StoppedError
        If ``is_over`` says so.
    OSError
        If a file cannot be read.
    """
    from zarr_checksum.tree import ZarrChecksumTree  # noqa: PLC0415 - pydantic is heavy

    def md5_of(file: StoreFile) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        with Path(file.location).open("rb") as stream:
            while block := stream.read(_BLOCK):
                if is_over():
                    raise StoppedError
                digest.update(block)
                on_bytes(len(block))
        return digest.hexdigest()

    tree = ZarrChecksumTree()
    with ThreadPoolExecutor(min(_MOST_THREADS, available_processors())) as threads:
        try:
            for file, md5 in zip(state.files, threads.map(md5_of, state.files), strict=True):
                tree.add_leaf(Path(PurePosixPath(file.path)), file.size, md5)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return Digests(etag=str(tree.process()), sha256="")


def unchanged_store(file: LocalFile) -> StoreState | None:
    """Return what lies in a store; ``None`` if it is not what was found.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        state = list_store(Path(file.location))
    except StoreError:
        return None
    return state if state.fingerprint == file.store_fingerprint else None
