"""Imported by the server that forks workers, before all else: what it is to do otherwise.

It is a module of its own because it acts when it is imported, and only the server may do that:
`multiprocessing` gives the server nothing but names of modules to import.

It lets go of the caller's streams. The server outlives the program for as long as an interpreter
with all that workers need takes to be taken down, and whoever reads what the program wrote would
wait for the end of a pipe until then.

It looks for no garbage, and whoever it forks does: workers, and what else the program starts, for
the server is multiprocessing's one and only.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Collection

from posecheck.execution.start_up import collect_only_new_in_forks

_STARTED = re.compile(r"multiprocessing\.forkserver import main; main\((\d+), (\d+),")
"""How `multiprocessing` starts its server: with two descriptors that it listens to."""


def let_go(kept: Collection[int]) -> None:
    """Point the standard streams at nothing, and end at once when the time has come.

    Parameters
    ----------
    kept
        Descriptors to leave alone: where the caller had closed its own streams, the server's may
        have their numbers.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in {0, 1, 2}.difference(kept):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)
    atexit.register(os._exit, 0)


_server = next(filter(None, map(_STARTED.search, sys.orig_argv)), None)
if _server is not None:
    collect_only_new_in_forks()
    let_go({int(number) for number in _server.groups()})
