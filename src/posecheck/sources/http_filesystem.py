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
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from fsspec.asyn import sync
from fsspec.implementations.http import HTTPFileSystem

from posecheck.model.version import __version__
from posecheck.sources.checked_resolver import CheckedResolver, PrivateHostError
from posecheck.sources.content_range import ContentRange
from posecheck.sources.http_answers import (
    ExpiredError,
    NoRangesError,
    TemporaryError,
    check_status,
    clause_of,
    encoding_of,
    host_of,
    identity_of,
    read_body,
    stated_range,
    time_of,
    too_large_error,
)
from posecheck.sources.ranged_file import SourceChangedError, SourceError
from posecheck.sources.received_bytes import Download
from posecheck.sources.remote_access import (
    Authorization,
    RemoteAccess,
    check_redirect,
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

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


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
    origin
        Scheme and host of the files, which the user named: it may be reached wherever it is. A file
        of another origin needs another file system, with connections of its own: that a user named
        a private host is no reason for somebody else's file to lead there. Empty if nobody named
        it.
    """

    cachable = False

    def __init__(self, access: RemoteAccess, origin: str = "") -> None:
        proxies = (urlsplit(url).hostname for url in urllib.request.getproxies().values())
        hosts = {host.lower() for host in (*access.allow_private, *proxies) if host}
        named = urlsplit(origin)
        host = {named.hostname} if named.hostname else set()
        self._trusted = hosts | host
        self._plain = hosts | host if named.scheme == "http" else hosts
        self._rate = access.rate
        super().__init__(get_client=self._client)

    async def _client(self, loop: Any = None, **_: Any) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=CheckedResolver(self._trusted), limit=32),
            headers={"User-Agent": f"posecheck/{__version__}", "Accept-Encoding": "identity"},
            auto_decompress=False,
        )

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
            except ExpiredError as error:
                # What another request has renewed meanwhile is tried as it is.
                renewals += 1
                if renewals > _MOST_REDIRECTS:
                    raise SourceError(error.clause) from None
                if file.resolved == was:
                    file.resolved = None
            except TemporaryError as error:
                attempt += 1
                if attempt >= attempts:
                    tried = f"; tried {attempt} times" if attempt > 1 else ""
                    raise SourceError(f"{error.clause}{tried}") from None
                await asyncio.sleep(_seconds(attempt, error.wait))

    async def _attempt(self, file: HTTPFile, start: int, stop: int) -> bytes:
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        async with self._answer(file, headers, stop - start) as response:
            check_status(response, is_resolved=file.resolved is not None)
            if response.status == HTTPStatus.OK:
                raise NoRangesError(f"{response.url.host} sends no ranges of files")
            stated = stated_range(response, start, stop)
            self._compare(file, response, stated)
            return await read_body(response, stated.stop - stated.start)

    async def _download(self, file: HTTPFile, target: IO[bytes], most: int) -> None:
        async with self._answer(file, {}, most) as response:
            check_status(response, is_resolved=file.resolved is not None)
            encoding = encoding_of(response.headers)
            if encoding:
                raise SourceError(
                    f"{response.url.host} sends no ranges of files, and the whole file compressed "
                    f"({encoding!r:.40}) although it was asked not to"
                )
            length = response.content_length
            if length is not None and length > most:
                raise too_large_error(length, most)
            received = 0
            with Download(length) as counted:
                async for block in response.content.iter_chunked(256 * 1024):
                    received += len(block)
                    counted.add(len(block))
                    if received > most:
                        raise too_large_error(received, most)
                    target.write(block)
            if length is not None and received < length:
                raise SourceError(f"the answer broke off after {received:,} of {length:,} bytes")
            file.size = received
            file.identity = identity_of(response.headers)
            file.modified = time_of(response.headers.get("Last-Modified"))

    def download(self, file: HTTPFile, target: IO[bytes], most: int) -> None:
        """Write the whole of a file whose server sends no ranges.

        Raises
        ------
        SourceError
            If it has more than ``most`` bytes, or cannot be had.
        """
        try:
            sync(self.loop, self._download, file, target, most)
        except TemporaryError as error:
            raise SourceError(error.clause) from None

    @contextlib.asynccontextmanager
    async def _answer(
        self, file: HTTPFile, headers: Mapping[str, str], length: int
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give the answer to a request, wherever redirects lead; its faults are in words."""
        url = file.resolved or file.url
        try:
            for _ in range(_MOST_REDIRECTS):
                check_redirect(url, self._trusted, self._plain)
                async with self._sent(file, url, headers, length) as response:
                    if response.status not in _REDIRECTS:
                        file.resolved = url if url != file.url else None
                        yield response
                        return
                    url = urljoin(url, response.headers.get("Location", ""))
        except aiohttp.ClientConnectorCertificateError as error:
            raise SourceError(f"the certificate of {error.host} is not trusted") from None
        except PrivateHostError as error:
            raise private_error(error.host) from None
        except TimeoutError:
            raise TemporaryError(f"no answer from {host_of(url)} in time") from None
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise SourceError(f"{redacted(url)} is no address") from None
        except SourceError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise TemporaryError(clause_of(error, url)) from None
        raise SourceError(f"more than {_MOST_REDIRECTS} redirects from {redacted(file.url)}")

    @contextlib.asynccontextmanager
    async def _sent(
        self, file: HTTPFile, url: str, headers: Mapping[str, str], length: int
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._rate is not None:
            await asyncio.sleep(await asyncio.to_thread(self._rate.reserve))
        session = await self.set_session()
        secret = file.authorization
        is_named = urlsplit(url).scheme == urlsplit(file.url).scheme
        if secret is not None and is_named and urlsplit(url).netloc.lower() == secret.host:
            headers = {**headers, "Authorization": secret.header}
        timeout = aiohttp.ClientTimeout(
            total=_LEAST_SECONDS + length / _LEAST_SPEED,
            sock_connect=_CONNECT_SECONDS,
            sock_read=_SILENT_SECONDS,
        )
        async with session.get(
            self.encode_url(url),
            headers=headers,
            allow_redirects=False,
            timeout=timeout,
            proxy=_proxy_of(url),
        ) as response:
            yield response

    def _compare(
        self, file: HTTPFile, response: aiohttp.ClientResponse, stated: ContentRange
    ) -> None:
        """Hold an answer against the first one, so that no two versions are mixed."""
        identity = identity_of(response.headers)
        if file.identity is None:
            file.identity, file.size = identity, stated.total
            file.modified = time_of(response.headers.get("Last-Modified"))
        elif identity != file.identity:
            raise SourceChangedError("it changed while it was read")
        elif stated.total != file.size:
            raise SourceChangedError(
                f"its size was {file.size:,} bytes, and is {stated.total:,} in a later answer"
            )


def _seconds(attempt: int, requested: float) -> float:
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    drawn = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return max(drawn, min(requested, _LONGEST_REQUESTED_WAIT))


def _proxy_of(url: str) -> str | None:
    """Return the proxy that the environment names for an address.

    aiohttp can look for it, and would look for a password in the user's ``.netrc`` along with it.
    """
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return urllib.request.getproxies().get(parts.scheme)
