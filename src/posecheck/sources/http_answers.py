"""What a web server answers to a request for a part of a file: whether it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from posecheck.sources.content_range import ContentRange, parse_content_range
from posecheck.sources.ranged_file import NotThereError, SourceError
from posecheck.sources.received_bytes import count_received
from posecheck.sources.remote_access import redacted

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_USABLE = frozenset({200, 206, 416})
_REFUSED = frozenset({400, 401, 403})
"""What storage answers to a signature that has expired."""


class NoRangesError(SourceError):
    """The server sends the whole file where a part was asked for."""


class TemporaryError(Exception):
    """The same request may succeed later; ``wait`` is what the server asks for, in seconds."""

    def __init__(self, clause: str, *, wait: float = 0.0) -> None:
        super().__init__(clause)
        self.clause = clause
        self.wait = wait


class ExpiredError(TemporaryError):
    """The address to which a redirect led is valid no more."""


def check_status(response: aiohttp.ClientResponse, *, is_resolved: bool) -> None:
    """Raise unless an answer can be used.

    Parameters
    ----------
    response
        The answer.
    is_resolved
        Whether it comes from where a redirect led, so that a refusal may mean that this is over.

    Raises
    ------
    ExpiredError, TemporaryError, NotThereError, SourceError
        If it cannot.
    """
    status = response.status
    if status in _USABLE:
        return
    clause = f"{response.url.host} answers {status}{_phrase(status)}"
    if status in _REFUSED and is_resolved:
        raise ExpiredError(clause)
    if status in _AGAIN:
        raise TemporaryError(clause, wait=_requested_wait(response.headers))
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise NotThereError(clause)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise SourceError(f"{clause}: it may not be read")
    raise SourceError(clause)


def stated_range(response: aiohttp.ClientResponse, start: int, stop: int) -> ContentRange:
    """Return what an answer says that it holds.

    Raises
    ------
    SourceError
        If that is not what was asked for.
    """
    text = response.headers.get("Content-Range", "")
    stated = parse_content_range(text)
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        if stated is not None and stated.total <= start:
            return ContentRange(start, start, stated.total)
        raise SourceError(f"the server refuses bytes {start:,} to {stop:,}")
    if stated is None:
        raise SourceError(f"the server does not say which part of the file it sends ({text!r:.60})")
    if stated.start != start or stated.stop != min(stop, stated.total):
        raise SourceError(
            f"the server sends bytes {stated.start:,} to {stated.stop:,} of {stated.total:,} "
            f"where {start:,} to {stop:,} were asked for"
        )
    return stated


def too_large_error(length: int, most: int) -> SourceError:
    """Return the error for a file that is too large to be downloaded whole."""
    return SourceError(
        f"its server sends no ranges of files, and it has {length:,} bytes, more than the {most:,} "
        "that may be downloaded; --max-download allows more"
    )


def identity_of(headers: Mapping[str, str]) -> str:
    """Return what changes along with the content, as the server states it."""
    return headers.get("ETag") or headers.get("Last-Modified") or ""


def encoding_of(headers: Mapping[str, str]) -> str:
    """Return how a body is compressed although that was not wanted; nothing if it is not."""
    encoding = headers.get("Content-Encoding", "").strip().lower()
    return "" if encoding == "identity" else encoding


async def read_body(response: aiohttp.ClientResponse, length: int) -> bytes:
    """Read the body, not one byte more than it should have."""
    if encoding_of(response.headers):
        raise SourceError("the server sends a compressed part, which cannot be placed")
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return b""
    content = bytearray()
    async for block in response.content.iter_chunked(256 * 1024):
        content += block
        count_received(len(block))
        if len(content) > length:
            raise SourceError(f"the server sends more than the {length:,} bytes that it states")
    if len(content) < length:
        raise TemporaryError(f"the answer broke off after {len(content):,} of {length:,} bytes")
    return bytes(content)


def _requested_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds of ``Retry-After``, a number or a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:6])
    found = time_of(text)
    return max(0.0, (found - datetime.now(UTC)).total_seconds()) if found else 0.0


def time_of(text: str | None) -> datetime | None:
    """Return the time in a header; ``None`` if it is none."""
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Return the host of an address, as a sentence names it."""
    return urlsplit(url).hostname or redacted(url)


def clause_of(error: BaseException, url: str) -> str:
    """Say why no answer came."""
    host = host_of(url)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no host is called {host}, or the network is away"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{host} cannot be reached ({error.os_error.strerror or error.os_error})"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return f"{host} broke the connection off"
    return f"{host} cannot be reached ({type(error).__name__})"
