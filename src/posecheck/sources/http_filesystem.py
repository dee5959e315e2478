"""fsspec's HTTP file system, made to doubt what a server answers.

fsspec takes whatever body comes: the whole file where a server ignores ranges, an error page, a
part of a file that changed meanwhile; and it follows each redirect. Here every answer must be the
range that was asked for, of the file that was opened; what may help is tried again; and a redirect
leads to no private address.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from fsspec.asyn import sync
from fsspec.implementations.http import HTTPFileSystem

from posecheck.model.version import __version__
from posecheck.sources.content_range import ContentRange, parse_content_range
from posecheck.sources.ranged_file import NotThereError, SourceChangedError, SourceError
from posecheck.sources.remote_access import (
    Authorization,
    RemoteAccess,
    check_redirect,
    is_private,
    private_error,
    redacted,
)

_ATTEMPTS, _FIRST_ATTEMPTS = 6, 3
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_LONGEST_REQUESTED_WAIT = 120.0
_MOST_REDIRECTS = 10
_CONNECT_SECONDS, _SILENT_SECONDS, _LEAST_SECONDS = 15.0, 30.0, 45.0
_LEAST_SPEED = 20_000
"""Bytes a second below which an answer counts as none."""

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USABLE = frozenset({200, 206, 416})
_REFUSED = frozenset({400, 401, 403})
"""What storage answers to a signature that has expired."""


class NoRangesError(SourceError):
    """The server sends the whole file where a part was asked for."""


class _TemporaryError(Exception):
    def __init__(self, clause: str, *, wait: float = 0.0) -> None:
        super().__init__(clause)
        self.clause = clause
        self.wait = wait


@dataclass(slots=True)
class HTTPFile:
    """One file: where it was named, where redirects led, and what it was when it was opened.

    Attributes
    ----------
    url
        The address as it was named.
    authorization
        The token for the host of that address; ``None`` without one.
    resolved
        Where redirects led to; it may expire, and is then asked for anew.
    identity
        The entity tag or the time of the last change, as the first answer states it; ``None``
        before that.
    size
        The size in bytes, as the first answer states it.
    modified
        When it was changed, as the server says.
    """

    url: str
    authorization: Authorization | None = None
    resolved: str | None = None
    identity: str | None = None
    size: int = -1
    modified: datetime | None = None


class CheckedHTTPFileSystem(HTTPFileSystem):  # type: ignore[misc]
    """Reads ranges of files at HTTP addresses; `cat_ranges` reads several at once.

    Parameters
    ----------
    access
        What the user allows.
    """

    cachable = False

    def __init__(self, access: RemoteAccess) -> None:
        proxies = (urlsplit(url).hostname for url in urllib.request.getproxies().values())
        hosts = {host.lower() for host in (*access.allow_private, *proxies) if host}
        self._trusted = hosts
        super().__init__(get_client=self._client)

    async def _client(self, loop: Any = None, **_: Any) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_CheckedResolver(self._trusted), limit=32),
            headers={"User-Agent": f"posecheck/{__version__}", "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=True,
        )

    def trust(self, url: str) -> None:
        """Take the host of an address that a user named for one that may be reached."""
        host = urlsplit(url).hostname
        if host:
            self._trusted.add(host.lower())

    async def _cat_file(
        self,
        url: str,
        start: int | None = None,
        end: int | None = None,
        *,
        file: HTTPFile | None = None,
        **_: Any,
    ) -> bytes:
        """Return a range of a file.

        Raises
        ------
        SourceError
            If it cannot be had.
        """
        wanted = file if file is not None else HTTPFile(url)
        if start is None or end is None:
            raise ValueError("a range has a beginning and an end")
        return await self._range(wanted, start, end)

    async def _range(self, file: HTTPFile, start: int, stop: int) -> bytes:
        attempts = _ATTEMPTS if file.identity is not None else _FIRST_ATTEMPTS
        renewals = 0
        attempt = 0
        while True:
            was = file.resolved
            try:
                return await self._attempt(file, start, stop)
            except _ExpiredError as error:
                # What another request has renewed meanwhile is tried as it is.
                renewals += 1
                if renewals > _MOST_REDIRECTS:
                    raise SourceError(error.clause) from None
                if file.resolved == was:
                    file.resolved = None
            except _TemporaryError as error:
                attempt += 1
                if attempt >= attempts:
                    tried = f"; tried {attempt} times" if attempt > 1 else ""
                    raise SourceError(f"{error.clause}{tried}") from None
                await asyncio.sleep(_seconds(attempt, error.wait))

    async def _attempt(self, file: HTTPFile, start: int, stop: int) -> bytes:
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        async with self._answer(file, headers, stop - start) as response:
            self._check_status(file, response)
            if response.status == HTTPStatus.OK:
                raise NoRangesError(f"{response.url.host} sends no ranges of files")
            stated = _stated_range(response, start, stop)
            self._compare(file, response, stated)
            return await _body(response, stated.stop - stated.start)

    async def _download(self, file: HTTPFile, target: IO[bytes], most: int) -> None:
        async with self._answer(file, {}, most) as response:
            self._check_status(file, response)
            length = response.content_length
            if length is not None and length > most:
                raise _too_large(length, most)
            received = 0
            async for block in response.content.iter_chunked(256 * 1024):
                received += len(block)
                if received > most:
                    raise _too_large(received, most)
                target.write(block)
            if length is not None and received < length:
                raise SourceError(f"the answer broke off after {received:,} of {length:,} bytes")
            file.size = received
            file.identity = _identity(response.headers)
            file.modified = _time(response.headers.get("Last-Modified"))

    def download(self, file: HTTPFile, target: IO[bytes], most: int) -> None:
        """Write the whole of a file whose server sends no ranges.

        Raises
        ------
        SourceError
            If it has more than ``most`` bytes, or cannot be had.
        """
        try:
            sync(self.loop, self._download, file, target, most)
        except _TemporaryError as error:
            raise SourceError(error.clause) from None

    @contextlib.asynccontextmanager
    async def _answer(
        self, file: HTTPFile, headers: Mapping[str, str], length: int
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give the answer to a request, wherever redirects lead; its faults are in words."""
        url = file.resolved or file.url
        try:
            for _ in range(_MOST_REDIRECTS):
                check_redirect(url, frozenset(self._trusted))
                async with self._sent(file, url, headers, length) as response:
                    if response.status not in _REDIRECTS:
                        file.resolved = url if url != file.url else None
                        yield response
                        return
                    url = urljoin(url, response.headers.get("Location", ""))
        except aiohttp.ClientConnectorCertificateError as error:
            raise SourceError(f"the certificate of {error.host} is not trusted") from None
        except _PrivateHostError as error:
            raise private_error(error.host) from None
        except TimeoutError:
            raise _TemporaryError(f"no answer from {_host_of(url)} in time") from None
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise SourceError(f"{redacted(url)} is no address") from None
        except SourceError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise _TemporaryError(_clause_of(error, url)) from None
        raise SourceError(f"more than {_MOST_REDIRECTS} redirects from {redacted(file.url)}")

    @contextlib.asynccontextmanager
    async def _sent(
        self, file: HTTPFile, url: str, headers: Mapping[str, str], length: int
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        session = await self.set_session()
        secret = file.authorization
        if secret is not None and urlsplit(url).netloc.lower() == secret.host:
            headers = {**headers, "Authorization": secret.header}
        timeout = aiohttp.ClientTimeout(
            total=_LEAST_SECONDS + length / _LEAST_SPEED,
            sock_connect=_CONNECT_SECONDS,
            sock_read=_SILENT_SECONDS,
        )
        async with session.get(
            self.encode_url(url), headers=headers, allow_redirects=False, timeout=timeout
        ) as response:
            yield response

    def _check_status(self, file: HTTPFile, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in _USABLE:
            return
        clause = f"{response.url.host} answers {status}{_phrase(status)}"
        if status in _REFUSED and file.resolved is not None:
            raise _ExpiredError(clause)
        if status in _AGAIN:
            raise _TemporaryError(clause, wait=_requested_wait(response.headers))
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise NotThereError(clause)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise SourceError(f"{clause}: it may not be read")
        raise SourceError(clause)

    def _compare(
        self, file: HTTPFile, response: aiohttp.ClientResponse, stated: ContentRange
    ) -> None:
        """Hold an answer against the first one, so that no two versions are mixed."""
        identity = _identity(response.headers)
        if file.identity is None:
            file.identity, file.size = identity, stated.total
            file.modified = _time(response.headers.get("Last-Modified"))
        elif identity != file.identity:
            raise SourceChangedError("it changed while it was read")
        elif stated.total != file.size:
            raise SourceChangedError(
                f"its size was {file.size:,} bytes, and is {stated.total:,} in a later answer"
            )


class _ExpiredError(_TemporaryError):
    """The address to which a redirect led is valid no more."""


class _PrivateHostError(Exception):
    # No OSError: aiohttp would take it for a name that is not known.
    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class _CheckedResolver(AbstractResolver):
    """Looks names up, and refuses those of private addresses: a name may lead anywhere."""

    def __init__(self, trusted: set[str]) -> None:
        self._trusted = trusted
        self._resolver: ThreadedResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self._resolver is None:
            self._resolver = ThreadedResolver()
        found = await self._resolver.resolve(host, port, family)
        if host.lower() not in self._trusted and any(is_private(one["host"]) for one in found):
            raise _PrivateHostError(host)
        return found

    async def close(self) -> None:
        if self._resolver is not None:
            await self._resolver.close()


def _stated_range(response: aiohttp.ClientResponse, start: int, stop: int) -> ContentRange:
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


def _too_large(length: int, most: int) -> SourceError:
    return SourceError(
        f"its server sends no ranges of files, and it has {length:,} bytes, more than the {most:,} "
        "that may be downloaded; --max-download allows more"
    )


def _identity(headers: Mapping[str, str]) -> str:
    return headers.get("ETag") or headers.get("Last-Modified") or ""


async def _body(response: aiohttp.ClientResponse, length: int) -> bytes:
    """Read the body, not one byte more than it should have."""
    if response.headers.get("Content-Encoding", "identity") not in {"", "identity"}:
        raise SourceError("the server sends a compressed part, which cannot be placed")
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return b""
    content = bytearray()
    async for block in response.content.iter_chunked(256 * 1024):
        content += block
        if len(content) > length:
            raise SourceError(f"the server sends more than the {length:,} bytes that it states")
    if len(content) < length:
        raise _TemporaryError(f"the answer broke off after {len(content):,} of {length:,} bytes")
    return bytes(content)


def _seconds(attempt: int, requested: float) -> float:
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    drawn = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return max(drawn, min(requested, _LONGEST_REQUESTED_WAIT))


def _requested_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds of ``Retry-After``, a number or a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:6])
    found = _time(text)
    return max(0.0, (found - datetime.now(UTC)).total_seconds()) if found else 0.0


def _time(text: str | None) -> datetime | None:
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


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or redacted(url)


def _clause_of(error: BaseException, url: str) -> str:
    host = _host_of(url)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no host is called {host}, or the network is away"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{host} cannot be reached ({error.os_error.strerror or error.os_error})"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return f"{host} broke the connection off"
    return f"{host} cannot be reached ({type(error).__name__})"
