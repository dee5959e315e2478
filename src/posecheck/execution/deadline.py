"""End this process if something takes too long, also where no Python code can run any more.

A C library that searches a damaged file without end holds the interpreter; a thread of Python's
would wait for it as everybody does. So the system is checked.
"""

from __future__ import annotations

import contextlib
import faulthandler
import math
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

ENDED_HERE = frozenset(
    -getattr(signal, name) for name in ("SIGALRM", "SIGPROF") if hasattr(signal, name)
)
"""The exit codes of processes that were ended here; none on Windows, which has no such codes."""


@contextlib.contextmanager
def end_process_after_computing(seconds: float) -> Iterator[None]:
    """End this process if it computes longer before the block ends; on Windows do nothing.

    Parameters
    ----------
    seconds
        Of processor time, of this process alone.
    """
    if sys.platform == "win32" or seconds == math.inf:
        yield
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@contextlib.contextmanager
def end_process_after(seconds: float) -> Iterator[None]:
    """End this process unless the block ends in time. Call it in the main thread.

    Parameters
    ----------
    seconds
        How long the block may take.
    """
    if sys.platform == "win32":
        with Path(os.devnull).open("w") as nowhere:
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
