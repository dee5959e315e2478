"""What makes posecheck start sooner: each trick, its reason and what it gains.

A gain is how much longer a run takes without the trick. The figures are those of
``python -m benchmarks.start_up --rounds 15 FILE FOLDER`` on two processors with Python 3.11, for
``posecheck --version`` (0.12 s) and ``posecheck validate`` of one small file (1.9 s), of the six
files of the demo (3.0 s) and of one file of 648 series (4.0 s).

This module imports nothing heavy, because the command imports it before anything else. Signals are
no such trick: `deadline` sets them to end what takes too long, and the command to end like Ctrl-C.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_FIRST = ("posecheck.execution.forkserver_preload", "posecheck.execution.worker")


def start_server(modules: Sequence[str] = ()) -> BaseContext:
    """Return how workers are started, and on POSIX start the server that forks them.

    The server imports what workers need, once, where each worker would import it again. On Windows
    each worker is a new interpreter. Gain: 20 % of the time for one file; 26 % for six, and 64 % of
    the processor time.

    Parameters
    ----------
    modules
        What workers will import. Once the server runs they matter no more: each worker then imports
        by itself what is missing.
    """
    from posecheck.execution.worker_context import (  # noqa: PLC0415 - this module stays light
        safe_environment,
        worker_context,
    )

    context = worker_context()
    if sys.platform != "win32":
        from multiprocessing import forkserver  # noqa: PLC0415 - POSIX alone has it

        context.set_forkserver_preload([*_FIRST, *_preloaded(modules)])
        with safe_environment():
            forkserver.ensure_running()
    return context


def start_server_early(modules: Sequence[str]) -> None:
    """Let the server import while the command line does: two processors load side by side.

    Gain: 5 % of the time for one file where a processor is idle, and nothing where none is.
    """
    start_server(modules)


def collect_only_new_in_forks() -> None:
    """In the server that forks workers, look for no garbage; in what it forks, among what is new.

    Modules that load make hundreds of thousands of objects that stay. Going through them again and
    again takes time, and in a fork it copies the memory that is shared with the server. Gain: 7 %
    of the processor time for small files, 18 % for one of 648 series.
    """
    gc.disable()
    os.register_at_fork(after_in_child=_collect_new)


def skip_last_collection() -> None:
    """At the end of the command, look for no garbage in all that is loaded.

    Gain: 14 % of ``--version``, 2 % of a check of one file.
    """
    gc.freeze()


@contextlib.contextmanager
def without_gc() -> Iterator[None]:
    """Look for no garbage while another validator runs.

    The collector would go through the specifications, hundreds of thousands of objects, again and
    again while a file's own objects are made. Gain: 5 % of the processor time for a file of 648
    series, nothing for small ones.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _preloaded(modules: Sequence[str]) -> Sequence[str]:
    return modules


def _collect_new() -> None:
    gc.freeze()
    gc.enable()
