"""Imported by the server that forks workers, before all else: it lets go of the caller's streams.

The server outlives the program for as long as an interpreter with all that workers need takes to be
taken down. Whoever reads what the program wrote would wait for the end of a pipe until then.
"""

from __future__ import annotations

import atexit
import os
import sys


def let_go() -> None:
    """Point the standard streams at nothing, and end at once when the time has come."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    atexit.register(os._exit, 0)


if any("multiprocessing.forkserver" in argument for argument in sys.orig_argv):
    let_go()
