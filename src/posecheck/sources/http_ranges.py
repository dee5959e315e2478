"""Files of web servers, through one file system for each server that the user named.

A file is looked up before it is opened, and once more when it was read. The first look fetches its
beginning, which whoever opens it will read next; so both cost one round trip.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from posecheck.model.stamp import Stamp
from posecheck.sources.http_answers import NoRangesError
from posecheck.sources.http_filesystem import CheckedHTTPFileSystem, HTTPFile
from posecheck.sources.ranged_file import FIRST, Range, RangeReader, SourceError
from posecheck.sources.remote_access import Authorization, RemoteAccess

_AT_ONCE = 32
_REMEMBERED = 64
_WHOLE = 2 * 1024 * 1024
"""Up to this size a file that is fetched whole takes one request."""


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A file that was looked up and not yet opened."""

    file: HTTPFile
    content: bytes


_beginnings: dict[tuple[str, RemoteAccess], _Beginning] = {}
"""The file that was looked up last, if it was not opened since."""

_opened: dict[tuple[str, RemoteAccess], None] = {}
"""The files that were opened last: of them only the stamp is asked for."""


class HTTPRanges(RangeReader):
    """Reads ranges of one file.

    Parameters
    ----------
    filesystem
        What sends the requests.
    file
        The file, looked up.
    beginning
        Its first bytes.
    """

    def __init__(self, filesystem: CheckedHTTPFileSystem, file: HTTPFile, beginning: bytes) -> None:
        self.size = file.size
        self._filesystem = filesystem
        self._file = file
        self._beginning = beginning

    def read(self, ranges: Sequence[Range]) -> Sequence[bytes]:
        """Return the bytes of each range; the requests are sent side by side."""
        asked = [(start, stop) for start, stop in ranges if stop > len(self._beginning)]
        answers = iter(_read(self._filesystem, self._file, asked) if asked else ())
        return [
            next(answers) if stop > len(self._beginning) else self._beginning[start:stop]
            for start, stop in ranges
        ]


def look_up(address: str, authorization: Authorization | None, access: RemoteAccess) -> Stamp:
    """Return what changes along with the content of a file.

    Raises
    ------
    SourceError
        If it cannot be had.
    """
    key = (address, access)
    known = _beginnings.get(key)
    if known is not None:
        return _stamp(known.file)
    try:
        found = _begin(address, authorization, access, 1 if key in _opened else _first(access))
    except NoRangesError:
        # Its size comes with its content.
        return Stamp(size=-1, modified_ns=0, identity="")
    if key not in _opened:
        _beginnings.clear()
        _beginnings[key] = found
    return _stamp(found.file)


def open_ranges(
    address: str,
    authorization: Authorization | None,
    access: RemoteAccess,
    *,
    first: int = FIRST,
) -> HTTPRanges:
    """Open a file.

    Parameters
    ----------
    address, authorization, access
        The file, the token for its server, and what the user allows.
    first
        How many bytes of its beginning are fetched along.

    Raises
    ------
    NoRangesError
        If its server sends only whole files.
    SourceError
        If it cannot be had.
    """
    key = (address, access)
    found = _beginnings.pop(key, None) or _begin(
        address, authorization, access, _first(access, first)
    )
    _opened[key] = None
    if len(_opened) > _REMEMBERED:
        del _opened[next(iter(_opened))]
    return HTTPRanges(_filesystem_for(address, access), found.file, found.content)


def stamp_of(address: str, authorization: Authorization | None, access: RemoteAccess) -> Stamp:
    """Return what changes along with the content of a file that is not opened next.

    Raises
    ------
    SourceError
        If it cannot be had.
    """
    try:
        return _stamp(_begin(address, authorization, access, 1).file)
    except NoRangesError:
        return Stamp(size=-1, modified_ns=0, identity="")


def fetch(
    address: str, authorization: Authorization | None, access: RemoteAccess, most: int
) -> bytes:
    """Return the whole of a small file, in one request if it is as small as most are.

    Raises
    ------
    NoRangesError
        If its server sends only whole files.
    SourceError
        If it has more bytes than ``most``, or cannot be had.
    """
    found = _begin(address, authorization, access, max(1, min(_WHOLE, most)))
    size, have = found.file.size, len(found.content)
    if size > most:
        raise SourceError(f"more than {most:,} bytes of it would have to be fetched")
    ranges = [(start, min(start + _WHOLE, size)) for start in range(have, size, _WHOLE)]
    filesystem = _filesystem_for(address, access)
    rest = _read(filesystem, found.file, ranges) if ranges else ()
    return b"".join((found.content, *rest))


def download(
    address: str, authorization: Authorization | None, access: RemoteAccess, target: IO[bytes]
) -> None:
    """Write the whole of a file whose server sends no ranges.

    Raises
    ------
    SourceError
        If it is too large, or cannot be had.
    """
    filesystem = _filesystem_for(address, access)
    filesystem.download(HTTPFile(address, authorization), target, access.most_downloaded)


def _first(access: RemoteAccess, wanted: int = FIRST) -> int:
    """Return how many bytes the first look fetches."""
    return wanted if access.most_bytes is None else min(wanted, access.most_bytes)


def _begin(
    address: str, authorization: Authorization | None, access: RemoteAccess, length: int
) -> _Beginning:
    filesystem = _filesystem_for(address, access)
    file = HTTPFile(address, authorization)
    (content,) = _read(filesystem, file, [(0, length)])
    return _Beginning(file, content)


def _read(
    filesystem: CheckedHTTPFileSystem, file: HTTPFile, ranges: Sequence[Range]
) -> Sequence[bytes]:
    answers = filesystem.cat_ranges(
        [file.url] * len(ranges),
        [start for start, _ in ranges],
        [stop for _, stop in ranges],
        batch_size=_AT_ONCE,
        on_error="return",
        file=file,
    )
    return [content_or_raise(answer) for answer in answers]


def content_or_raise(answer: bytes | BaseException) -> bytes:
    """Return the bytes that fsspec answered, or raise what it answered in their place."""
    if isinstance(answer, SourceError):
        raise answer
    if isinstance(answer, BaseException):
        raise SourceError(f"it cannot be read ({type(answer).__name__})") from answer
    return answer


def _stamp(file: HTTPFile) -> Stamp:
    modified = int(file.modified.timestamp() * 1e9) if file.modified is not None else 0
    return Stamp(size=file.size, modified_ns=modified, identity=file.identity or "")


def _filesystem_for(address: str, access: RemoteAccess) -> CheckedHTTPFileSystem:
    """Return what reads a file: one for all files of an origin that the user named."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
    return _filesystem(access, origin if access.trusts_named else "")


@functools.cache
def _filesystem(access: RemoteAccess, origin: str) -> CheckedHTTPFileSystem:
    return CheckedHTTPFileSystem(access, origin)
