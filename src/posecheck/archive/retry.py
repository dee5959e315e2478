"""How long to go on: growing waits of random length, and one gate for all who talk to a server.

When a network is away, every sender notices, and each for itself. Left alone, they would come back
at different times and use up their attempts; behind a gate they wait together, and somebody can say
for what.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from posecheck.archive.errors import StoppedError

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_LONGEST_ASKED = 180.0
"""Seconds that a server may ask to be left alone for."""
_SPREAD = 0.5
"""Seconds within which those that waited together come back."""
_FEW = 2
"""How often a request is sent again while nothing is under way yet."""


def _tell_nobody(_: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try again, and what ends all waiting.

    Attributes
    ----------
    retries
        How often a request is sent again.
    stop
        Set when the user wants no more.
    tell
        Hears in words what is waited for, from any thread.
    is_short
        Whether nothing is lost yet, so that a failure is better told soon.
    """

    retries: int
    stop: threading.Event
    tell: Callable[[str], None] = field(default=_tell_nobody)
    is_short: bool = False

    def shortened(self) -> Patience:
        """Return less of it, for the first contact: a user who looks on wants to know."""
        return replace(self, retries=min(self.retries, _FEW), is_short=True)

    def seconds(self, attempt: int, at_least: float = 0.0) -> float:
        """Return how long to wait before the next attempt.

        Parameters
        ----------
        attempt
            The number of the one that failed, from 0.
        at_least
            Seconds that the server asked for.
        """
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**attempt)
        drawn = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return max(min(at_least, _LONGEST_ASKED), drawn)

    def wait(self, attempt: int, at_least: float = 0.0) -> None:
        """Wait before the next attempt.

        Raises
        ------
        StoppedError
            If the user wants no more.
        """
        self.pause(self.seconds(attempt, at_least))

    def pause(self, seconds: float) -> None:
        """Wait for some time.

        Raises
        ------
        StoppedError
            If the user wants no more.
        """
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


class Gate:
    """Lets requests to a server through, or holds all of them together for a while."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._closed_at = self._opens_at = self._answered_at = 0.0

    def pass_through(self) -> None:
        """Wait until the gate is open.

        Raises
        ------
        StoppedError
            If the user wants no more.
        """
        self._patience.check()
        has_waited = False
        while (left := self._opens_at - time.monotonic()) > 0:
            has_waited = True
            self._patience.pause(left)
        if has_waited:
            self._patience.pause(random.uniform(0.0, _SPREAD))  # noqa: S311 - no secret

    def note_answer(self) -> None:
        """Take note that the server answers."""
        self._answered_at = time.monotonic()

    def hold_all(self, seconds: float) -> None:
        """Let nobody through for some time, because the server says so."""
        with self._lock:
            self._close(seconds)

    def miss_answer(self, seconds: float, began: float) -> None:
        """Wait because no answer came: with all others, unless the server answers them.

        Parameters
        ----------
        seconds
            For how long.
        began
            When the request was begun.

        Raises
        ------
        StoppedError
            If the user wants no more.
        """
        with self._lock:
            is_alone = self._answered_at > began
            # A request that was on its way when the gate closed has no news: it waits with them.
            is_news = began >= self._closed_at or time.monotonic() >= self._opens_at
            if not is_alone and is_news:
                self._close(seconds)
        if is_alone:
            self._patience.pause(seconds)

    def _close(self, seconds: float) -> None:
        self._closed_at = time.monotonic()
        self._opens_at = max(self._opens_at, self._closed_at + seconds)
