"""The checksums of files: the archive's own and SHA-256, in one pass over the bytes.

The archive's checksum (dandi-etag) is what S3 gives a file that came in parts: the MD5 of the MD5s
of its parts. How large a part is follows from the file's size, by dandischema's rule.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from posecheck.upload.failures import ChangedError, StoppedError
from posecheck.upload.plan.values import Digests, LocalFile
from posecheck.upload.threads import in_threads
from posecheck.upload.watching import Phase, Watcher

_BLOCK = 1024 * 1024
_DIGESTING = 4
_WORTH_A_THREAD = 16 * 1024 * 1024


def digest_file(
    file: LocalFile,
    stop: threading.Event,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Digests:
    """Read a file once and compute its checksums.

    Parameters
    ----------
    file
        The file; it must be as it was when it was found.
    stop
        Ends the reading when set.
    on_bytes
        Receives the number of bytes after each block.

    Raises
    ------
    ChangedError
        If it changed since, or meanwhile, or cannot be read any more.
    StoppedError
        If ``stop`` was set.
    """
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
                    if stop.is_set():
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


def digest_files(
    files: Iterable[LocalFile],
    count: int,
    stop: threading.Event,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> dict[str, Digests]:
    """Compute the checksums of files in threads, each content once.

    Parameters
    ----------
    files
        The files.
    count
        The number of threads.
    stop, on_bytes
        As `digest_file`; ``on_bytes`` is called from any thread, and also for what need not be
        read because another name of the same content was.

    Returns
    -------
    dict
        By path.

    Raises
    ------
    ChangedError
        If one of them changed meanwhile.
    """
    names: dict[tuple[str, int, int], list[LocalFile]] = {}
    for file in files:
        content = (file.identity or file.location, file.size, file.modified_ns)
        names.setdefault(content, []).append(file)
    found = {}
    contents = sorted(names.values(), key=lambda group: -group[0].size)
    for group, digests in in_threads(
        lambda group: digest_file(group[0], stop, on_bytes), contents, count, stop
    ):
        for file in group:
            found[file.path] = digests
        on_bytes(sum(file.size for file in group[1:]))
    return found


def digest_watched(
    files: Sequence[LocalFile], stop: threading.Event, watcher: Watcher
) -> dict[str, Digests]:
    """Compute the checksums of files as a phase that somebody looks on; see `digest_files`.

    Raises
    ------
    ChangedError
        If one of them changed meanwhile.
    """
    if not files:
        return {}
    watcher.begin(Phase.DIGESTING, sum(file.size for file in files), in_bytes=True)
    return digest_files(files, _DIGESTING, stop, watcher.advance)


def part_sizes(size: int) -> tuple[int, ...]:
    """Return the sizes of the parts in which a file of some size is sent."""
    from dandischema.digests.dandietag import PartGenerator  # noqa: PLC0415 - pydantic is heavy

    return tuple(part.size for part in PartGenerator.for_file_size(size))


def check_unchanged(file: LocalFile) -> None:
    """See that a file is as it was when it was found.

    Raises
    ------
    ChangedError
        If its size or its time differs, or it is gone.
    """
    try:
        seen = os.stat(file.location)  # noqa: PTH116 - thousands of files
    except OSError as error:
        raise ChangedError(f"{file.path} is gone: {error.strerror or error}") from error
    if (seen.st_size, seen.st_mtime_ns) != (file.size, file.modified_ns):
        raise ChangedError(
            f"{file.path} changed since the upload began. Let the program that writes it finish, "
            "and run the same command again."
        )
