"""What may go wrong on request, and the record of what was asked.

Faults are rules: each says which requests it waits for and what befalls them. They apply to the
archive's own server and to the way to the store alike.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

Side = Literal["api", "s3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What befalls some requests.

    Attributes
    ----------
    method, path
        Regular expressions: the whole method, and any part of the path with its query.
    skip
        How many such requests pass unharmed first.
    times
        How many are hit after those; None for all.
    status, body
        The answer given instead of the true one; nothing is done. The body is sent as it stands.
    delay
        Seconds before anything happens.
    rate
        Bytes of the request's body that are taken a second.
    cut_after
        Bytes of the request's body after which the connection is reset; nothing is done.
    corrupt
        Whether a bit of the request's body is turned over on its way to the store.
    lose_answer
        Whether the connection is reset in place of the answer, when all has been done.
    headers
        Header fields of the answer that are replaced.
    rewrite
        A regular expression and its replacement, on the text of the answer.
    """

    method: str = ".*"
    path: str = ".*"
    skip: int = 0
    times: int | None = None
    status: int | None = None
    body: str = ""
    delay: float = 0.0
    rate: float | None = None
    cut_after: int | None = None
    corrupt: bool = False
    lose_answer: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    rewrite: tuple[str, str] | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read a fault as the control endpoint gets it.

        Raises
        ------
        ValueError
            When a key is none of a fault's.
        """
        unknown = values.keys() - {each.name for each in fields(cls)}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        rewrite = values.get("rewrite")
        return cls(**{**values, "rewrite": tuple(rewrite) if rewrite else None})


class Faults:
    """The faults that are in force, each with the count of requests that it has met."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._met: list[tuple[Fault, int]] = []

    def add(self, *faults: Fault) -> None:
        """Put faults in force, after those that already are."""
        with self._lock:
            self._met += [(fault, 0) for fault in faults]

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._met.clear()

    def wait_for(self, fault: Fault, seconds: float = 120) -> None:
        """Wait until a fault has befallen a request.

        Raises
        ------
        TimeoutError
            When none came.
        """
        with self._lock:
            if not self._lock.wait_for(
                lambda: any(met > fault.skip for each, met in self._met if each is fault), seconds
            ):
                raise TimeoutError(f"no request met {fault}")

    def meet(self, method: str, path: str) -> Fault | None:
        """Count a request, and return the first fault that befalls it."""
        hit = None
        with self._lock:
            for index, (fault, met) in enumerate(self._met):
                if not re.fullmatch(fault.method, method) or not re.search(fault.path, path):
                    continue
                self._met[index] = fault, met + 1
                self._lock.notify_all()
                due = met >= fault.skip and (fault.times is None or met < fault.skip + fault.times)
                if due and hit is None:
                    hit = fault
        return hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request, as it was asked and answered.

    Attributes
    ----------
    side
        Whether the archive was asked, or the store.
    status
        That of the answer; 0 where the connection was cut.
    received
        Bytes of the request's body that arrived.
    arrived
        When it came, on the monotonic clock.
    agent
        What the client says that it is.
    """

    side: Side
    method: str
    path: str
    status: int
    received: int
    arrived: float = 0.0
    agent: str = ""


class Log:
    """Every request, in the order in which they were answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Record a request."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()

    def entries(self, method: str = ".*", path: str = ".*") -> list[Entry]:
        """Return the requests of a method whose path, with its query, has a part like this."""
        with self._lock:
            found = list(self._entries)
        return [
            entry
            for entry in found
            if re.fullmatch(method, entry.method) and re.search(path, entry.path)
        ]

    def sent(self) -> list[Entry]:
        """Return the requests that could have changed something."""
        return self.entries("POST|PUT|PATCH|DELETE")

    def statuses(self) -> Iterable[int]:
        """Return the statuses of all answers."""
        return [entry.status for entry in self.entries()]
