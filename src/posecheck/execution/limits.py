"""Within which limits a job may run, and on how many processors."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

DEFAULT_FILE_TIMEOUT = 600.0
"""Seconds that the work on one file may take."""

DEFAULT_FILE_MEMORY = 4 * 1024**3
"""Bytes that the work on one file may take, beyond what an idle worker holds."""

LEAST_FILE_MEMORY = 64 * 1024**2
"""Bytes below which even the libraries that read a small file do not load."""

MOST_FILE_MEMORY = 2**62
"""Bytes above which the system's own counter of a limit would overflow."""

LEAST_SECONDS, MOST_SECONDS = 0.001, 10_000_000.0
"""Within which a time limit lies: the clocks count no finer, and nobody waits four months."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the work on one file may take.

    Attributes
    ----------
    seconds
        Of wall time.
    memory
        Bytes, beyond what an idle worker holds.
    """

    seconds: float = DEFAULT_FILE_TIMEOUT
    memory: int = DEFAULT_FILE_MEMORY


DEFAULT_LIMITS = Limits()


def available_processors() -> int:
    """Return how many processors this process may use: a cluster grants fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
