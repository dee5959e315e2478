"""When to send a request again: growing random waits, and one wait for all threads.

When the network is away, each thread that sends finds out by itself. Left alone, they would come
back at different times and use up their attempts. With a common `Backoff` they wait together, and
one sentence can say for what.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from posecheck.archive.errors import StoppedError
from posecheck.archive.request_rate import RequestRate

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_LONGEST_REQUESTED_WAIT = 180.0
"""The longest wait in seconds that a server may ask for."""
_SPREAD = 0.5
"""Seconds within which the threads that waited together come back."""
_FEW_RETRIES = 2
"""How often a request is sent again during the first contact."""


def _ignore(_: str) -> None: ...


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is sent again, and what ends all waiting.

    Attributes
    ----------
    retries
        How often a request is sent again.
    stop
        Set when the user wants to stop.
    message
        Receives sentences that say what is waited for, from any thread.
    is_first_contact
        Whether nothing was sent yet, so that a failure is better reported soon.
    rate
        What bounds the requests of the whole run; ``None`` if nothing does.
    """

    retries: int
    stop: threading.Event
    message: Callable[[str], None] = field(default=_ignore)
    is_first_contact: bool = False
    rate: RequestRate | None = None

    def for_first_contact(self) -> RetryPolicy:
        """Return a policy with few retries: the user waits for the first answer."""
        return replace(self, retries=min(self.retries, _FEW_RETRIES), is_first_contact=True)

    def seconds(self, attempt: int, at_least: float = 0.0) -> float:
        """Return how long to wait before the next attempt.

        Parameters
        ----------
        attempt
            The number of the attempt that failed, from 0.
        at_least
            Seconds that the server asked for.
        """
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**attempt)
        drawn = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return max(min(at_least, _LONGEST_REQUESTED_WAIT), drawn)

    def wait(self, attempt: int) -> None:
        """Wait before the next attempt.

        Raises
        ------
        StoppedError
            If the user stops the run.
        """
        self.pause(self.seconds(attempt))

    def pause(self, seconds: float) -> None:
        """Wait for some seconds.

        Raises
        ------
        StoppedError
            If the user stops the run.
        """
        if self.stop.wait(seconds):
            raise StoppedError

    def wait_for_turn(self) -> None:
        """Wait until the bound on requests lets the next one be sent.

        Raises
        ------
        StoppedError
            If the user stops the run.
        """
        if self.rate is not None:
            self.pause(self.rate.reserve())

    def check_not_stopped(self) -> None:
        """Raise if the run is stopped.

        Raises
        ------
        StoppedError
            If the user stopped the run.
        """
        if self.stop.is_set():
            raise StoppedError


class Backoff:
    """Lets requests to one server through, or delays all of them together.

    Parameters
    ----------
    retry
        How long to wait, and what ends the waiting.
    """

    def __init__(self, retry: RetryPolicy) -> None:
        self._retry = retry
        self._lock = threading.Lock()
        self._closed_at = self._opens_at = self._answered_at = 0.0

    def wait_until_open(self) -> None:
        """Wait until requests may be sent.

        Raises
        ------
        StoppedError
            If the user stops the run.
        """
        self._retry.check_not_stopped()
        has_waited = False
        while (left := self._opens_at - time.monotonic()) > 0:
            has_waited = True
            self._retry.pause(left)
        if has_waited:
            self._retry.pause(random.uniform(0.0, _SPREAD))  # noqa: S311 - no secret

    def record_response(self) -> None:
        """Record that the server answered."""
        self._answered_at = time.monotonic()

    def delay_all(self, seconds: float) -> None:
        """Delay all requests, because the server asks for it."""
        with self._lock:
            self._close(seconds)

    def delay_after_failure(self, seconds: float, began: float) -> None:
        """Delay a request that got no answer, and all others unless the server answers them.

        Parameters
        ----------
        seconds
            For how long.
        began
            When the request began.

        Raises
        ------
        StoppedError
            If the user stops the run.
        """
        with self._lock:
            is_alone = self._answered_at > began
            # A request that was under way when the others began to wait learned nothing new.
            is_news = began >= self._closed_at or time.monotonic() >= self._opens_at
            if not is_alone and is_news:
                self._close(seconds)
        if is_alone:
            self._retry.pause(seconds)

    def _close(self, seconds: float) -> None:
        self._closed_at = time.monotonic()
        self._opens_at = max(self._opens_at, self._closed_at + seconds)
