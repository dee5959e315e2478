"""HTTP with patience: try again what may heal, and say in words what will not.

dandi's client waits up to a minute and a half for each request, whatever it answers, logs to the
terminal on the way and cannot be interrupted. Here only what is worth it is tried again (no answer,
408, 429, 5xx), and while no answer comes at all, everybody waits together.

Nobody follows a redirect: it could lead out of TLS or to another host, and `requests` would look
for a password of that host in the user's ``.netrc``.
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
from posecheck.archive.responses import Answer, quote_answer, read_answer
from posecheck.archive.retry import Gate, Patience
from posecheck.model.version import __version__

_WORTH_RETRYING = frozenset({408, 429, 500, 502, 503, 504})
_TIMEOUT, _SHORT_TIMEOUT = (20.0, 120.0), (10.0, 30.0)
_BLOCK = 256 * 1024
_LONGEST_CAUSE = 200


class Connection:
    """Requests to one server, from any thread.

    Parameters
    ----------
    what
        How the server is called in messages.
    patience
        How often to try again.
    token
        Sent with every request; none where it is empty. It is never part of a message.
    plain
        Whether the server may be talked to in plain text.
    """

    def __init__(
        self, what: str, patience: Patience, *, token: str = "", plain: bool = False
    ) -> None:
        self._what = what
        self.patience = patience
        self._token = token
        self._plain = plain
        self._gate = Gate(patience)
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def close(self) -> None:
        """Close what is kept open for further requests."""
        while self._sessions:
            self._sessions.pop().close()

    def ask(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        url: str,
        *,
        accept: Collection[int] = (),
        body: Any = None,
        json: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request until there is an answer that more attempts would not change.

        Parameters
        ----------
        method, url, params, json
            As `requests` takes them.
        accept
            Statuses besides success that the caller knows what to do with.
        body
            The bytes to send, or what has a length and can be read and rewound (``rewind``).

        Raises
        ------
        ArchiveError
            If the answer is another status, or none comes, or the address is not to be used.
        StoppedError
            If the user wants no more.
        """
        if not is_safe(url, plain=self._plain):
            raise ArchiveError(
                f"{self._what} names an address without encryption, or one that is none "
                f"({host_of(url)}); nothing is sent there. Ask who runs the archive."
            )
        attempt = 0
        while True:
            self._gate.pass_through()
            began = time.monotonic()
            if hasattr(body, "rewind"):
                body.rewind()
            try:
                answer = self._exchange(method, url, body=body, json=json, params=params)
            except (requests.RequestException, HTTPError, OSError) as error:
                self.patience.check()
                if _is_final(error) or attempt >= self.patience.retries:
                    raise self._unreached(error, attempt) from None
                self._wait_for_an_answer(attempt, began)
            else:
                self._gate.note_answer()
                if answer.ok or answer.status_code in accept:
                    return answer
                if answer.status_code not in _WORTH_RETRYING or attempt >= self.patience.retries:
                    raise self._refused(answer, attempt)
                self._wait_as_asked(answer, attempt)
            attempt += 1

    def _exchange(self, method: str, url: str, *, body: Any, json: Any, params: Any) -> Answer:
        response = self._session().request(
            method,
            url,
            data=body,
            json=json,
            params=params,
            timeout=_SHORT_TIMEOUT if self.patience.is_short else _TIMEOUT,
            allow_redirects=False,
            stream=True,
        )
        return read_answer(response, self._what, self._token)

    def _wait_for_an_answer(self, attempt: int, began: float) -> None:
        seconds = self.patience.seconds(attempt)
        self._tell(f"no answer from {self._what}", seconds, attempt)
        self._gate.miss_answer(seconds, began)

    def _wait_as_asked(self, answer: Answer, attempt: int) -> None:
        asked = _asked_wait(answer)
        seconds = self.patience.seconds(attempt, asked)
        self._tell(f"{self._what} answers with {answer.status_code}", seconds, attempt)
        if asked:
            self._gate.hold_all(seconds)
        else:
            self.patience.pause(seconds)

    def _tell(self, what: str, seconds: float, attempt: int) -> None:
        number, total = attempt + 2, self.patience.retries + 1
        self.patience.tell(f"{what}: waiting {seconds:.0f} s, then attempt {number} of {total}")

    def _unreached(self, error: BaseException, attempt: int) -> ArchiveError:
        if _is_final(error):
            return ArchiveError(
                f"{self._what}: no secure connection ({_cause(error)}). Look whether the address "
                "and this machine's clock are right."
            )
        tries = f" after {attempt + 1} attempts" if attempt else ""
        return ArchiveError(
            f"{self._what} cannot be reached{tries}: {_cause(error)}. "
            "Look at the network, and run the same command again.",
            may_heal=True,
        )

    def _refused(self, answer: Answer, attempt: int) -> ArchiveError:
        status = answer.status_code
        if 300 <= status < 400:
            return ArchiveError(
                f"{self._what} sends posecheck on to {host_of(answer.headers.get('Location', ''))} "
                f"({status}), and posecheck follows nobody. Look whether the address is right, and "
                "whether this network wants you to log in first.",
                status=status,
            )
        tries = f" {attempt + 1} times" if attempt else ""
        said = quote_answer(answer)
        sentence = f"{self._what} answered{tries} with {status}"
        sentence += f": {said}" if said else ""
        may_heal = status in _WORTH_RETRYING
        if may_heal:
            sentence += ". Run the same command again later."
        return ArchiveError(sentence, status=status, may_heal=may_heal)

    def _session(self) -> requests.Session:
        # urllib3's pools are shared by threads at the price of errors under load: one for each.
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = _Session()
            session.headers["User-Agent"] = f"posecheck/{__version__}"
            session.headers["Accept-Encoding"] = "gzip"
            session.mount("http://", _WideAdapter())
            session.mount("https://", _WideAdapter())
            session.auth = _Auth(self._token)
            self._local.session = session
            self._sessions.append(session)
        return session


class _Session(requests.Session):
    """Knows no redirects: even one that is not followed would be looked into."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Find none."""
        return None


class _Auth(requests.auth.AuthBase):
    """The archive's token, or nothing, in the place of what a ``.netrc`` says of the host."""

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
    """Return whether a connection will fail as often as it is tried."""
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
        return True
    return isinstance(_innermost(error), ssl.SSLCertVerificationError)


def _asked_wait(answer: Answer) -> float:
    """Return how long the server wants to be left alone: it names seconds, or a moment."""
    said = answer.headers.get("Retry-After", "").strip()
    if not said or answer.status_code not in {429, 503}:
        return 0.0
    with contextlib.suppress(ValueError):
        return max(0.0, float(said))
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(said)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return 0.0


def _innermost(error: BaseException) -> BaseException:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed request; what is around it names internals."""
    error = _innermost(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return without_queries(" ".join(text.split()))[:_LONGEST_CAUSE]
