"""How worker processes start: early, light, and not from a folder that nobody vetted.

On POSIX a server process imports what workers need, once, and forks them; it can be started before
the program knows what it will check. On Windows each worker is a new interpreter. Both are started
with ``python -c``, which would look for modules in the current folder first; in a gate that is the
checkout of a stranger, so the workers' environment forbids it.

`multiprocessing` would run the caller's main module again in each worker, and a script without an
``if __name__ == "__main__"`` guard would start itself for ever. Workers need nothing of it, so they
do not get it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Iterator, Sequence
from multiprocessing.context import BaseContext, SpawnContext, SpawnProcess
from typing import Any

_ALWAYS = ("posecheck.execution.forkserver_preload", "posecheck.execution.worker")

_ENVIRONMENT = {
    "PYTHONSAFEPATH": "1",
    # Workers are the parallelism. Threads of a linear-algebra library would not survive the fork,
    # and each reserves address space that counts against the memory limit.
    "OPENBLAS_NUM_THREADS": "1",
    # dandi would keep on disk what it extracts: some milliseconds for each file, for nothing.
    "DANDI_CACHE": "ignore",
}


def worker_context(modules: Sequence[str] = ()) -> BaseContext:
    """Return how workers are started, and on POSIX begin to import what they need.

    Parameters
    ----------
    modules
        What workers will import. Once the server runs they matter no more: each worker then imports
        by itself what is missing.
    """
    if sys.platform == "win32":
        return _SpawnedWithoutMain()
    from multiprocessing import forkserver  # noqa: PLC0415 - POSIX alone has it

    context = _ForkedWithoutMain()
    context.set_forkserver_preload([*_ALWAYS, *modules])
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


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """While a process is launched, show `multiprocessing` a main module that is empty."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class _SpawnedProcess(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's own name
        with _without_main():
            return SpawnProcess._Popen(process_obj)


class _SpawnedWithoutMain(SpawnContext):
    Process = _SpawnedProcess


if sys.platform != "win32":
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    class _ForkedProcess(ForkServerProcess):
        @staticmethod
        def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's own name
            with _without_main():
                return ForkServerProcess._Popen(process_obj)

    class _ForkedWithoutMain(ForkServerContext):
        Process = _ForkedProcess
