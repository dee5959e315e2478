"""HTTP with patience: try again what may heal, and say in words what will not.

dandi's client waits up to a minute and a half for each request, whatever it answers, logs to the
terminal on the way and cannot be interrupted. Here only what is worth it is tried again (no answer,
408, 429, 5xx), with growing waits of random length, so that many senders do not come back at once.
"""

from __future__ import annotations

import contextlib
import random
import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from posecheck.model.version import __version__
from posecheck.upload.failures import ArchiveError, StoppedError

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_WORTH_RETRYING = frozenset({408, 429, 500, 502, 503, 504})
_TIMEOUT = (20.0, 120.0)
_BLOCK = 256 * 1024
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try again, and what ends all waiting.

    Attributes
    ----------
    retries
        How often a request is sent again.
    stop
        Set when the user wants no more.
    """

    retries: int
    stop: threading.Event

    def wait(self, attempt: int, at_least: float = 0.0) -> None:
        """Wait before the next attempt.

        Parameters
        ----------
        attempt
            The number of the one that failed, from 0.
        at_least
            Seconds that the server asked for.

        Raises
        ------
        StoppedError
            If the user wants no more.
        """
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
        seconds = max(at_least, longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        if self.stop.wait(seconds):
            raise StoppedError

    def check(self) -> None:
        """Raise if the user wants no more.

        Raises
        ------
        StoppedError
            Then.
        """
        if self.stop.is_set():
            raise StoppedError


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
    """

    def __init__(self, what: str, patience: Patience, *, token: str = "") -> None:
        self._what = what
        self.patience = patience
        self._token = token
        self._local = threading.local()

    def ask(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        url: str,
        *,
        accept: Collection[int] = (),
        body: Any = None,
        json: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> requests.Response:
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
            If the answer is another status, or none comes.
        StoppedError
            If the user wants no more.
        """
        attempt = 0
        while True:
            self.patience.check()
            last = attempt >= self.patience.retries
            if hasattr(body, "rewind"):
                body.rewind()
            try:
                answer = self._session().request(
                    method, url, data=body, json=json, params=params, timeout=_TIMEOUT
                )
            except (requests.exceptions.SSLError, requests.exceptions.InvalidURL) as error:
                raise ArchiveError(
                    f"{self._what}: no secure connection ({_cause(error)})"
                ) from None
            except (requests.RequestException, OSError) as error:
                self.patience.check()
                if last:
                    tries = f" after {attempt + 1} attempts" if attempt else ""
                    raise ArchiveError(
                        f"{self._what} cannot be reached{tries}: {_cause(error)}. "
                        "Look at the network, and run the same command again."
                    ) from None
                self.patience.wait(attempt)
            else:
                if answer.ok or answer.status_code in accept:
                    return answer
                if last or answer.status_code not in _WORTH_RETRYING:
                    raise self._refused(answer, attempt + 1)
                self.patience.wait(attempt, _asked_wait(answer))
            attempt += 1

    def value(self, method: str, url: str, **options: Any) -> Any:
        """Send a request as `ask` does, and return what its JSON says.

        Raises
        ------
        ArchiveError
            As `ask`, and if the answer is no JSON.
        """
        answer = self.ask(method, url, **options)
        try:
            return answer.json()
        except ValueError:
            raise ArchiveError(
                f"{self._what} answered with something else than JSON; is the address right?",
                status=answer.status_code,
            ) from None

    def _refused(self, answer: requests.Response, attempts: int) -> ArchiveError:
        tries = f" {attempts} times" if attempts > 1 else ""
        said = quote_answer(answer)
        sentence = f"{self._what} answered{tries} with {answer.status_code}"
        sentence += f": {said}" if said else ""
        if answer.status_code in _WORTH_RETRYING:
            sentence += ". Run the same command again later."
        return ArchiveError(sentence, status=answer.status_code)

    def _session(self) -> requests.Session:
        # urllib3's pools are shared by threads at the price of errors under load: one for each.
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["User-Agent"] = f"posecheck/{__version__}"
            session.mount("http://", _WideAdapter())
            session.mount("https://", _WideAdapter())
            if self._token:
                session.auth = _TokenAuth(self._token)
            else:
                session.auth = _no_auth
            self._local.session = session
        return session


class _TokenAuth(requests.auth.AuthBase):
    """The archive's token, in place of what a ``.netrc`` says of the host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _WideAdapter(HTTPAdapter):
    """Sends bodies in blocks of a quarter megabyte: 16 kB, the default, costs a third of a core."""

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, blocksize=_BLOCK, **options)


def quote_answer(answer: requests.Response) -> str:
    """Return what an answer says, on one short line, without markup."""
    try:
        said: Any = answer.json()
    except ValueError:
        plain = re.sub(r"<[^>]*>", " ", answer.text[: 20 * _LONGEST_QUOTE])
        said = " ".join(plain.split())
    while isinstance(said, list | dict) and len(said) == 1:
        said = said[0] if isinstance(said, list) else next(iter(said.values()))
    line = " ".join(str(said).split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def _asked_wait(answer: requests.Response) -> float:
    """Return how long the server wants to be left alone, within reason."""
    with contextlib.suppress(KeyError, ValueError):
        return max(0.0, min(float(answer.headers["Retry-After"]), 2 * _LONGEST_WAIT))
    return 0.0


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed request; what is around it names internals."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return " ".join(text.split())[:_LONGEST_QUOTE]
