"""End this process if something takes too long, also where no Python code can run any more.

A C library that searches a damaged file without end holds the interpreter; a thread of Python's
would wait for it as everybody does. So the system is asked.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path


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
