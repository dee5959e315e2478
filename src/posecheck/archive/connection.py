"""HTTP with retries: temporary failures are tried again, and others are reported in words.

dandi's client waits up to a minute and a half for each request, whatever the answer, logs to the
terminal meanwhile and cannot be interrupted. Here a request is sent again only if that may help (no
answer, 408, 429, 5xx). While no answer comes at all, all threads wait together.

Redirects are not followed: one could lead to plain HTTP or to another host, and `requests` would
look for a password of that host in the user's ``.netrc``.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from posecheck.archive.addresses import host_of, is_safe, without_queries
from posecheck.archive.errors import ArchiveError
from posecheck.archive.responses import Response, quote_response, read_response
from posecheck.archive.retry import Backoff, RetryPolicy
from posecheck.model.version import __version__

_WORTH_RETRYING = frozenset({408, 429, 500, 502, 503, 504})
_TIMEOUT, _SHORT_TIMEOUT = (20.0, 120.0), (10.0, 30.0)
_BLOCK = 256 * 1024
_LONGEST_CAUSE = 200


class Connection:
    """Requests to one server, from any thread.

    Parameters
    ----------
    server
        The server's name in messages.
    retry
        How often a request is sent again.
    token
        Sent with every request unless it is empty. It is never part of a message.
    plain
        Whether plain HTTP is allowed.
    """

    def __init__(
        self, server: str, retry: RetryPolicy, *, token: str = "", plain: bool = False
    ) -> None:
        self._server = server
        self.retry = retry
        self.token = token
        self._plain = plain
        self._backoff = Backoff(retry)
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def close(self) -> None:
        """Close the connections that are kept open for further requests."""
        while self._sessions:
            self._sessions.pop().close()

    def request(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        url: str,
        *,
        accept: Collection[int] = (),
        body: Any = None,
        json: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request, again if need be, until more attempts would not change the response.

        Parameters
        ----------
        method, url, params, json
            As `requests` takes them.
        accept
            Statuses besides success that the caller handles.
        body
            The bytes to send, or an object with a length that can be read and rewound (``rewind``).

        Raises
        ------
        ArchiveError
            If the answer has another status, or none comes, or the address is not safe.
        StoppedError
            If the user stops the run.
        """
        if not is_safe(url, plain=self._plain):
            raise ArchiveError(
                f"{self._server} names an address without encryption, or an invalid one "
                f"({host_of(url)}); nothing is sent there. Ask who runs the archive."
            )
        attempt = 0
        while True:
            self._backoff.wait_until_open()
            began = time.monotonic()
            if hasattr(body, "rewind"):
                body.rewind()
            try:
                response = self._exchange(method, url, body=body, json=json, params=params)
            except (requests.RequestException, HTTPError, OSError) as error:
                self.retry.check_not_stopped()
                if _is_final(error) or attempt >= self.retry.retries:
                    raise self._unreached(error, attempt) from None
                self._wait_after_failure(attempt, began)
            else:
                self._backoff.record_response()
                if response.ok or response.status_code in accept:
                    return response
                if response.status_code not in _WORTH_RETRYING or attempt >= self.retry.retries:
                    raise self._refused(response, attempt)
                self._wait_after_response(response, attempt)
            attempt += 1

    def _exchange(self, method: str, url: str, *, body: Any, json: Any, params: Any) -> Response:
        self.retry.wait_for_turn()
        received = self._session().request(
            method,
            url,
            data=body,
            json=json,
            params=params,
            timeout=_SHORT_TIMEOUT if self.retry.is_first_contact else _TIMEOUT,
            allow_redirects=False,
            stream=True,
        )
        return read_response(received, self._server, self.token)

    def _wait_after_failure(self, attempt: int, began: float) -> None:
        seconds = self.retry.seconds(attempt)
        self._report_wait(f"no answer from {self._server}", seconds, attempt)
        self._backoff.delay_after_failure(seconds, began)

    def _wait_after_response(self, response: Response, attempt: int) -> None:
        requested = _requested_wait(response)
        seconds = self.retry.seconds(attempt, requested)
        self._report_wait(f"{self._server} answers with {response.status_code}", seconds, attempt)
        if requested:
            self._backoff.delay_all(seconds)
        else:
            self.retry.pause(seconds)

    def _report_wait(self, what: str, seconds: float, attempt: int) -> None:
        number, total = attempt + 2, self.retry.retries + 1
        self.retry.message(f"{what}: waiting {seconds:.0f} s, then attempt {number} of {total}")

    def _unreached(self, error: BaseException, attempt: int) -> ArchiveError:
        if _is_final(error):
            return ArchiveError(
                f"{self._server}: no secure connection ({_cause(error)}). Look whether the address "
                "and this machine's clock are right."
            )
        tries = f" after {attempt + 1} attempts" if attempt else ""
        return ArchiveError(
            f"{self._server} cannot be reached{tries}: {_cause(error)}. "
            "Look at the network, and run the same command again.",
            is_temporary=True,
        )

    def _refused(self, response: Response, attempt: int) -> ArchiveError:
        status = response.status_code
        if 300 <= status < 400:
            target = response.headers.get("Location", "")
            return ArchiveError(
                f"{self._server} redirects posecheck to {host_of(target)} ({status}), which "
                "posecheck does not follow. Look whether the address is right, and whether this "
                "network wants you to log in first.",
                status=status,
            )
        tries = f" {attempt + 1} times" if attempt else ""
        quoted = quote_response(response)
        sentence = f"{self._server} answered{tries} with {status}"
        sentence += f": {quoted}" if quoted else ""
        is_temporary = status in _WORTH_RETRYING
        if is_temporary:
            sentence += ". Run the same command again later."
        return ArchiveError(sentence, status=status, is_temporary=is_temporary)

    def _session(self) -> requests.Session:
        # Each thread has its own: urllib3's pools fail under load if threads share them.
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = _Session()
            session.headers["User-Agent"] = f"posecheck/{__version__}"
            session.headers["Accept-Encoding"] = "gzip"
            session.mount("http://", _WideAdapter())
            session.mount("https://", _WideAdapter())
            session.auth = _Auth(self.token)
            self._local.session = session
            self._sessions.append(session)
        return session


class _Session(requests.Session):
    """A session without redirects: `requests` parses even one that it does not follow."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return no target."""
        return None


class _Auth(requests.auth.AuthBase):
    """Send the archive's token or nothing; without this, `requests` would look into ``.netrc``."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"token {self._token}"
        return request


class _WideAdapter(HTTPAdapter):
    """Sends bodies in blocks of a quarter megabyte: 16 kB, the default, costs a third of a core."""

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, blocksize=_BLOCK, **options)


def _is_final(error: BaseException) -> bool:
    """Return whether a connection fails however often it is tried."""
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
        return True
    return isinstance(_innermost(error), ssl.SSLCertVerificationError)


def _requested_wait(response: Response) -> float:
    """Return how many seconds the server wants a client to wait: it names seconds, or a time."""
    requested = response.headers.get("Retry-After", "").strip()
    if not requested or response.status_code not in {429, 503}:
        return 0.0
    with contextlib.suppress(ValueError):
        return max(0.0, float(requested))
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(requested)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return 0.0


def _innermost(error: BaseException) -> BaseException:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed request; the outer ones name internals."""
    error = _innermost(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return without_queries(" ".join(text.split()))[:_LONGEST_CAUSE]
