"""How worker processes start: early, light, and not from a folder that nobody vetted.

On POSIX a server process imports what workers need, once, and forks them; it can be started before
the program knows what it will check. On Windows each worker is a new interpreter. Both are started
with ``python -c``, which would look for modules in the current folder first; in a gate that is the
checkout of a stranger, so the workers' environment forbids it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from multiprocessing.context import BaseContext

_PRELOADED = ["posecheck.reading", "posecheck.engine.checking", "posecheck.engine.worker"]

_ENVIRONMENT = {
    "PYTHONSAFEPATH": "1",
    # Workers are the parallelism. Threads of a linear-algebra library would not survive the fork,
    # and each reserves address space that counts against the memory limit.
    "OPENBLAS_NUM_THREADS": "1",
}


def worker_context() -> BaseContext:
    """Return how workers are started, and on POSIX begin to import what they need."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver  # noqa: PLC0415 - POSIX alone has it

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    with safe_environment():
        forkserver.ensure_running()
    return context


@contextlib.contextmanager
def safe_environment() -> Iterator[None]:
    """For a while, start Python processes that import nothing from the current folder."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
