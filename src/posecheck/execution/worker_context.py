"""How worker processes start: with nothing of the caller's, and not from a folder nobody vetted.

On POSIX a server process forks them; on Windows each is a new interpreter. Both are started with
``python -c``, which would look for modules in the current folder first; in a gate that is the
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
from collections.abc import Iterator
from multiprocessing.context import BaseContext, SpawnContext, SpawnProcess
from typing import Any

_ENVIRONMENT = {
    "PYTHONSAFEPATH": "1",
    # Workers are the parallelism. Threads of a linear-algebra library would not survive the fork,
    # and each reserves address space that counts against the memory limit.
    "OPENBLAS_NUM_THREADS": "1",
    # dandi would keep on disk what it extracts: some milliseconds for each file, for nothing.
    "DANDI_CACHE": "ignore",
}


def worker_context() -> BaseContext:
    """Return how workers are started; `start_up.start_server` starts their server."""
    return _SpawnedWithoutMain() if sys.platform == "win32" else _ForkedWithoutMain()


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
