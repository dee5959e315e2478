"""How many requests a second a whole run may send, all its threads and processes together."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

LEAST_RATE, MOST_RATE = 0.01, 10_000.0
"""Requests a second within which a bound lies."""

_LONGEST_LOCK = 60.0
"""Seconds after which whoever holds the lock counts as lost; it is held for a millisecond."""


@dataclass(frozen=True, slots=True)
class RequestRate:
    """Gives each request a time of its own; a small value that is sent to workers.

    The next free time stands in a small file that all processes of the run share. SQLite locks it
    alike on every system, and gives the lock back where a process is killed.

    Attributes
    ----------
    file
        That file, as `share_request_rate` makes it.
    per_second
        How many requests a second may be sent.
    """

    file: str
    per_second: float

    def reserve(self) -> float:
        """Take the next free time for a request, and return in how many seconds that is."""
        with contextlib.closing(_connect(self.file)) as connection:
            connection.execute("begin immediate")
            ((free,),) = connection.execute("select free from next")
            # The monotonic clock is one for all processes: it counts from the start of the system.
            now = time.monotonic()
            turn = max(now, free)
            connection.execute("update next set free = ?", (turn + 1 / self.per_second,))
            connection.execute("commit")
        return float(turn - now)


@contextlib.contextmanager
def share_request_rate(per_second: float | None) -> Iterator[RequestRate | None]:
    """Yield what bounds the requests of a run, as long as the block runs.

    Parameters
    ----------
    per_second
        How many requests a second; ``None`` for no bound.
    """
    if per_second is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="posecheck-", ignore_cleanup_errors=True) as folder:
        file = str(Path(folder) / "requests.sqlite")
        with contextlib.closing(_connect(file)) as connection:
            connection.execute("create table next (free real)")
            connection.execute("insert into next values (0)")
        yield RequestRate(file, per_second)


def _connect(file: str) -> sqlite3.Connection:
    import sqlite3  # noqa: PLC0415 - runs without a bound need none

    connection = sqlite3.connect(file, timeout=_LONGEST_LOCK, isolation_level=None)
    connection.execute("pragma synchronous = off")  # nobody wants it back after a crash
    return connection
