"""What a worker process does with one job after the other, within limits."""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.execution.executor import failure_of
from posecheck.execution.failure import WorkerFailure


@dataclass(frozen=True, slots=True)
class Returned:
    """What the task returned."""

    value: Any


Reply = Returned | WorkerFailure


def work(task: bytes, job: Any, *, memory: int) -> bytes:
    """Do one job, and pack the `Reply`.

    It is packed and unpacked here and by the parent, not by the pool's own threads: what a process
    with torn memory sends must cost one file.

    Parameters
    ----------
    task
        The packed function to call.
    job
        Its argument.
    memory
        The bytes that it may take, beyond what the worker holds before its first job.
    """
    _settle(memory)
    try:
        return pickle.dumps(Returned(_unpacked(task)(job)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - the parent decides what a fault means
        return pickle.dumps(failure_of(error, memory))


@functools.lru_cache(maxsize=1)
def _unpacked(task: bytes) -> Callable[[Any], Any]:
    function: Callable[[Any], Any] = pickle.loads(task)  # noqa: S301 - from the parent
    return function


@functools.cache
def _settle(memory: int) -> None:
    """Once per worker: keep C libraries from the terminal, leave nothing, and limit the memory."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    _name_no_semaphores()
    _die_with_the_parent()
    limit_memory(memory)


def _name_no_semaphores() -> None:
    """Let semaphores that libraries make here end with this process, whatever ends it.

    numcodecs makes one to unpack Blosc, and tqdm for its bars. Where `multiprocessing` starts its
    processes otherwise than by a fork, a semaphore has a name: of a worker that was ended it would
    remain, and the program would end with a warning of leaked semaphores. Workers start no
    processes by `multiprocessing`.
    """
    if "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)


def _die_with_the_parent() -> None:
    """End with the process that started this one, also when that one was killed.

    An idle worker sees its channel close. One that hangs in a C library sees nothing; Linux can be
    requested to end it all the same.
    """
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - Linux alone needs it

        set_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
        ctypes.CDLL(None).prctl(set_death_signal, int(signal.SIGKILL), 0, 0, 0)


def limit_memory(extra: int) -> None:
    """Let this process take ``extra`` bytes more than it holds, and dump no core when it dies.

    Only Linux says what a process holds and enforces a limit on its address space; elsewhere this
    does nothing.
    """
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - POSIX alone has it

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + extra
    for which, wanted in ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(which)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)  # noqa: PLW2901 - a hard limit cannot be exceeded
        resource.setrlimit(which, (wanted, hard))
