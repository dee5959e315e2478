"""The checksums of files: the archive's own and SHA-256, in one pass over the bytes.

Of a Zarr store the archive has a checksum of its own kind, and no SHA-256.

The archive's checksum (dandi-etag) is what S3 gives a file that came in parts: the MD5 of the MD5s
of its parts. How large a part is follows from the file's size, by dandischema's rule.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from posecheck.archive.errors import StoppedError
from posecheck.files.file_lock import held_for_reading
from posecheck.model.errors import PosecheckError
from posecheck.upload.collect.local_stores import StoreState
from posecheck.upload.collect.store_digests import digest_store, unchanged_store
from posecheck.upload.plan.files import Digests, LocalFile

_BLOCK = 1024 * 1024
_WORTH_A_THREAD = 16 * 1024 * 1024


class ChangedError(PosecheckError):
    """A file changed while it was read or sent."""


def digest_file(
    file: LocalFile,
    is_over: Callable[[], bool],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Digests:
    """Read a file once and compute its checksums.

    Parameters
    ----------
    file
        The file; it must be as it was when it was found.
    is_over
        Whether the reading is to end.
    on_bytes
        Receives the number of bytes after each block.

    Raises
    ------
    ChangedError
        If it changed since, or meanwhile, or cannot be read any more.
    StoppedError
        If ``is_over`` says so.
    """
    if file.is_store:
        return _digest_store(file, is_over, on_bytes)
    check_unchanged(file)
    whole = hashlib.sha256()
    parts = []
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(file.location).open("rb"))
            beside = None
            if file.size >= _WORTH_A_THREAD:
                # Both checksums release the interpreter while they work: the slower one decides.
                beside = stack.enter_context(ThreadPoolExecutor(max_workers=1))
            for size in part_sizes(file.size):
                part = hashlib.md5(usedforsecurity=False)
                left = size
                while left:
                    if is_over():
                        raise StoppedError
                    block = stream.read(min(left, _BLOCK))
                    if not block:
                        raise ChangedError(f"{file.path} became shorter while it was read")
                    if beside is None:
                        whole.update(block)
                        part.update(block)
                    else:
                        other = beside.submit(whole.update, block)
                        part.update(block)
                        other.result()
                    left -= len(block)
                    on_bytes(len(block))
                parts.append(part.digest())
        except OSError as error:
            raise ChangedError(f"{file.path} cannot be read: {error.strerror or error}") from error
    check_unchanged(file)
    together = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
    return Digests(
        etag=f"{together}-{len(parts)}",
        sha256=whole.hexdigest(),
        parts=tuple(part.hex() for part in parts),
    )


def _digest_store(
    file: LocalFile, is_over: Callable[[], bool], on_bytes: Callable[[int], None]
) -> Digests:
    try:
        digests = digest_store(_state_of(file), is_over, on_bytes)
    except OSError as error:
        raise ChangedError(f"{file.path} cannot be read: {error.strerror or error}") from error
    check_unchanged(file)
    return digests


def part_sizes(size: int) -> tuple[int, ...]:
    """Return the sizes of the parts in which a file of some size is sent."""
    from dandischema.digests.dandietag import PartGenerator  # noqa: PLC0415 - pydantic is heavy

    return tuple(part.size for part in PartGenerator.for_file_size(size))


def check_unchanged(file: LocalFile) -> None:
    """See that a file is as it was when it was found.

    Raises
    ------
    ChangedError
        If its size or its time differs, or it is gone; of a store, those of any file in it.
    """
    if file.is_store:
        _state_of(file)
        return
    try:
        stat = os.stat(file.location)  # noqa: PTH116 - thousands of files
    except OSError as error:
        raise ChangedError(f"{file.path} is gone: {error.strerror or error}") from error
    if (stat.st_size, stat.st_mtime_ns) != (file.size, file.modified_ns):
        raise _changed(file)


def _state_of(file: LocalFile) -> StoreState:
    """Return what lies in a store, which must be what was found."""
    try:
        state = unchanged_store(file)
    except OSError as error:
        raise ChangedError(f"{file.path} is gone: {error.strerror or error}") from error
    if state is None:
        raise _changed(file)
    return state


def _changed(file: LocalFile) -> ChangedError:
    return ChangedError(
        f"{file.path} changed since the upload began. Let the program that writes it finish, "
        "and run the same command again."
    )


@contextlib.contextmanager
def kept_from_writers(file: LocalFile) -> Iterator[None]:
    """Keep other programs from writing an NWB file while it is read to be sent.

    Raises
    ------
    FileInUseError
        If a program is writing it already.
    ChangedError
        If it cannot be opened.
    """
    if not file.is_nwb or file.is_store:
        yield
        return
    try:
        with held_for_reading(Path(file.location)):
            yield
    except OSError as error:
        if error.filename != file.location:
            raise
        raise ChangedError(f"{file.path} cannot be read: {error.strerror or error}") from error
