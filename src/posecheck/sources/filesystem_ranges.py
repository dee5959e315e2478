"""Files of S3, and of whatever else fsspec has a file system for."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import fsspec.core

from posecheck.model.errors import UsageError
from posecheck.model.stamp import Stamp
from posecheck.sources.http_ranges import content_or_raise
from posecheck.sources.ranged_file import NotThereError, Range, RangeReader, SourceError
from posecheck.sources.received_bytes import count_received
from posecheck.sources.remote_access import RemoteAccess, aws_variables, scheme_of
from posecheck.sources.source import FileKind

_LONGEST_REASON = 200
_S3 = frozenset({"s3", "s3a"})


class FilesystemRanges(RangeReader):
    """Reads ranges of one file through a file system of fsspec.

    Parameters
    ----------
    filesystem, path
        The file system, and the file's path in it.
    size
        Its size in bytes.
    """

    def __init__(self, filesystem: Any, path: str, size: int) -> None:
        self.size = size
        self._filesystem = filesystem
        self._path = path

    def read(self, ranges: Sequence[Range]) -> Sequence[bytes]:
        """Return the bytes of each range, side by side where the file system can."""
        answers = self._filesystem.cat_ranges(
            [self._path] * len(ranges),
            [start for start, _ in ranges],
            [stop for _, stop in ranges],
            on_error="return",
        )
        contents = [content_or_raise(answer) for answer in answers]
        count_received(sum(map(len, contents)))
        for (start, stop), content in zip(ranges, contents, strict=True):
            if len(content) != stop - start:
                raise SourceError(
                    f"{len(content):,} bytes came where {stop - start:,} were asked for"
                )
        return contents


def look_up(address: str, access: RemoteAccess) -> tuple[FileKind, Stamp]:
    """Return what is at an address, and what changes along with its content.

    Raises
    ------
    SourceError
        If nothing is there, or nobody says.
    """
    return status_of(*_located(address, access))


def open_ranges(address: str, access: RemoteAccess) -> FilesystemRanges:
    """Open a file.

    Raises
    ------
    SourceError
        If it cannot be had.
    """
    return ranges_of(*_located(address, access))


def ranges_of(filesystem: Any, path: str) -> FilesystemRanges:
    """Open a file of a file system of fsspec.

    Raises
    ------
    SourceError
        If it cannot be had.
    """
    _, stamp = status_of(filesystem, path)
    return FilesystemRanges(filesystem, path, stamp.size)


def fetch(address: str, access: RemoteAccess, most: int) -> bytes:
    """Return the whole of a small file.

    Raises
    ------
    SourceError
        If it has more bytes than ``most``, or cannot be had.
    """
    filesystem, path = _located(address, access)
    with _source_errors():
        content: bytes = filesystem.cat_file(path, start=0, end=most + 1)
    count_received(len(content))
    if len(content) > most:
        raise SourceError(f"more than {most:,} bytes of it would have to be fetched")
    return content


def find(address: str, access: RemoteAccess) -> tuple[str, ...]:
    """Return the addresses of the files that a glob matches, or that lie below a prefix, sorted.

    Raises
    ------
    UsageError
        If there is no file system for the address.
    SourceError
        If nothing can be listed.
    """
    filesystem, path = _located(address, access)
    with _source_errors():
        if any(sign in path for sign in "*?["):
            found = filesystem.glob(path)
        elif not address.endswith("/") and filesystem.isfile(path):
            return (address,)
        else:
            below = address.partition("://")[2] if address.endswith("//") else ""
            found = [each for each in filesystem.find(path.rstrip("/")) if each.startswith(below)]
        return tuple(sorted(filesystem.unstrip_protocol(each) for each in found))


def status_of(filesystem: Any, path: str) -> tuple[FileKind, Stamp]:
    """Return what is at a path of a file system of fsspec, and what changes along with its content.

    Raises
    ------
    SourceError
        If nothing is there, or nobody says.
    """
    with _source_errors():
        found = filesystem.info(path, **({"refresh": True} if _is_s3(filesystem) else {}))
    kind = {"file": FileKind.FILE, "directory": FileKind.FOLDER}.get(found["type"], FileKind.OTHER)
    changed = found.get("LastModified") or found.get("mtime") or found.get("created") or 0
    if isinstance(changed, datetime):
        changed = changed.timestamp()
    modified = int(float(changed) * 1e9) if isinstance(changed, int | float) else 0
    identity = str(found.get("ETag") or found.get("etag") or "")
    return kind, Stamp(size=int(found["size"] or 0), modified_ns=modified, identity=identity)


@contextlib.contextmanager
def _source_errors() -> Iterator[None]:
    """Turn whatever a file system raises into a `SourceError`."""
    try:
        yield
    except SourceError:
        raise
    except FileNotFoundError:
        raise NotThereError("nothing is there") from None
    except PermissionError:
        raise SourceError("it may not be read") from None
    except Exception as error:  # noqa: BLE001 - each package has errors of its own
        reason = " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
        raise SourceError(f"it cannot be reached: {reason}") from None


def _located(address: str, access: RemoteAccess) -> tuple[Any, str]:
    """Return the file system for an address, and the path in it; fsspec keeps the file systems.

    Raises
    ------
    UsageError
        If fsspec has none, or its package is not installed.
    """
    scheme = scheme_of(address)
    options = _options_of_s3(access) if scheme in _S3 else {}
    try:
        filesystem, path = fsspec.core.url_to_fs(address, **options)
    except ImportError as error:
        raise UsageError(
            f"addresses with {scheme}:// need a package that is not installed: {error}"
        ) from None
    except ValueError:
        raise UsageError(f"there is no way to read addresses with {scheme}://") from None
    return filesystem, str(path)


def _is_s3(filesystem: Any) -> bool:
    return "s3" in filesystem.protocol


def _options_of_s3(access: RemoteAccess) -> dict[str, Any]:
    os.environ.update(access.aws_variables)
    options: dict[str, Any] = {"anon": access.is_anonymous or not _has_credentials(aws_variables())}
    if access.endpoint_url is not None:
        options["endpoint_url"] = access.endpoint_url
    return options


@functools.lru_cache(maxsize=1)
def _has_credentials(variables: tuple[tuple[str, str], ...]) -> bool:
    """Whether there is anything to sign a request to S3 with, as long as the variables are these.

    It is asked once: a machine at Amazon's may have to be asked over its network.
    """
    from botocore.session import Session  # noqa: PLC0415 - it takes a tenth of a second

    return Session().get_credentials() is not None
