"""What a worker may be made to do: functions that a worker process imports by name."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import psutil

from posecheck.execution.executor import NextAttempt
from posecheck.execution.failure import FailureKind, WorkerFailure


def process_id(_: None) -> int:
    """Return in which process this is."""
    return os.getpid()


def double(number: int) -> int:
    return 2 * number


def act(deed: str) -> str:
    """Do what the word says; any other word is given back."""
    if deed.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, deed))
        time.sleep(60)
    elif deed == "hang":
        time.sleep(60)
    elif deed == "exit":
        os._exit(7)
    elif deed == "allocate":
        return str(len(bytearray(2 * 1024**3)))
    elif deed == "raise":
        raise ValueError("a fault of posecheck")
    elif deed == "chatter":
        sys.stdout.write("from Python\n")
        sys.stdout.flush()
        os.write(1, b"from a C library\n")
        os.write(2, b"HDF5-DIAG: Error detected\n")
        return f"read {sys.stdin.read()!r}"
    elif deed == "answer-nonsense":
        return Unreadable()
    return deed


def do_something_else(index: int, deed: str, failure: WorkerFailure) -> NextAttempt[str] | None:
    """Give up what hung, and do something harmless in place of the rest."""
    if failure.kind is FailureKind.TIME:
        return None
    return NextAttempt(f"not {deed}", seconds=30.0, is_fresh=True)


class Unreadable(str):
    """Packs, and does not unpack."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (int, ("no number",))


def die_after_the_first(folder: str) -> str:
    """Die if this worker did a job before: what it left behind is at fault, not this job."""
    mark = Path(folder) / str(os.getpid())
    if mark.exists():
        os._exit(9)
    mark.touch()
    return "done"


def make_a_semaphore_and_die(_: None) -> None:
    """Die with a semaphore at hand, as numcodecs makes one to unpack Blosc."""
    held = multiprocessing.Lock()
    with held:
        os.kill(os.getpid(), signal.SIGKILL)


def announce_and_hang(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


def spin_without_letting_go(seconds: float) -> None:
    """Hold the interpreter, as a C library does that never returns."""
    until = time.monotonic() + seconds
    sys.setswitchinterval(1000)
    while time.monotonic() < until:
        sum(range(10_000_000))


def wait_for(mark: str) -> int:
    """Return the process, once the file is there; write down before that one waits."""
    path = Path(mark)
    path.with_name(f"{path.name}-{os.getpid()}").touch()
    while not path.exists():
        time.sleep(0.02)
    return os.getpid()


def read(path: str) -> str:
    return Path(path).read_text()


def kill_dask_worker(deed: str) -> str:
    """Kill the Dask worker whose job this is, if the word says so."""
    if deed == "kill":
        # The server that forked this process, posecheck's process at the Dask worker, that worker.
        psutil.Process().parents()[2].kill()
        time.sleep(60)
    return deed
