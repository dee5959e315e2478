"""A process beside a Dask worker that does the jobs of one run, each in a process of its own.

A Dask worker under a nanny is daemonic, and may have no child processes by `multiprocessing`. This
process is started as a program, so that it may have some; and nothing that posecheck does to the
environment, to signals or to `multiprocessing` reaches the Dask worker, which belongs to others.

It ends when the Dask worker closes its input or dies, and when it had nothing to do for a while.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import platform
import queue
import shutil
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from posecheck.execution.executor import FollowUp
from posecheck.execution.messages import (
    Answer,
    Fault,
    Greeting,
    JobsToDo,
    NotVisible,
    Run,
    RunToDo,
    receive,
    send,
)
from posecheck.execution.pool import PackedTask, WorkerPool
from posecheck.execution.scratch import unpack
from posecheck.execution.start_up import start_server

IDLE_SECONDS = 60.0
"""After how long without a job this process ends; the next job starts another one."""

_LAST_SECONDS = 15.0
"""How long the end may take."""

_LATE_ENTRY = 1.0
"""Seconds after which a network file system shows what another machine has just written."""


class _StoppedError(Exception):
    """The process ends."""


class JobHost:
    """Does jobs side by side, each in a pool of one worker, which is kept for the next.

    Parameters
    ----------
    greeting
        What was sent first.
    folder
        Its temporary folder.
    reply
        Sends a message back.
    """

    def __init__(self, greeting: Greeting, folder: Path, reply: Callable[[Any], None]) -> None:
        self._modules = greeting.modules
        self._folder = folder
        self._reply = reply
        self._runs: dict[str, tuple[Run, PackedTask]] = {}
        self._idle_pools: list[WorkerPool] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._at_work: set[threading.Thread] = set()
        self._idle_since = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """For how long there was nothing to do."""
        with self._lock:
            return 0.0 if self._at_work else time.monotonic() - self._idle_since

    def begin(self, message: RunToDo) -> None:
        """Take note of a run."""
        shared = self._folder / f"run-{message.name}"
        shared.mkdir()
        run: Run = unpack(message.content, shared)
        task = PackedTask(pickle.dumps(run.task, pickle.HIGHEST_PROTOCOL))
        self._runs[message.name] = run, task

    def do(self, message: JobsToDo) -> None:
        """Do jobs, one after the other, in a thread of their own."""
        thread = threading.Thread(target=self._do, args=(message,), daemon=True)
        with self._lock:
            self._at_work.add(thread)
        thread.start()

    def close(self) -> None:
        """End all jobs and their processes."""
        self._stop.set()
        with self._lock:
            threads = list(self._at_work)
        for thread in threads:
            thread.join()
        for pool in self._idle_pools:
            pool.__exit__(None, None, None)

    def _do(self, message: JobsToDo) -> None:
        left = dict(message.jobs)
        try:
            for place, answer in self._answers(message):
                del left[place]
                content = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
                self._reply(Answer(message.number, place, content))
        except (_StoppedError, OSError):  # nobody waits for the answer
            pass
        except Exception as error:  # noqa: BLE001 - whoever began the run is told
            fault = Fault(str(error) or type(error).__name__, traceback.format_exc())
            with contextlib.suppress(OSError):
                for place in left:
                    self._reply(Answer(message.number, place, pickle.dumps(fault)))
        finally:
            with self._lock:
                self._at_work.discard(threading.current_thread())
                self._idle_since = time.monotonic()

    def _answers(self, message: JobsToDo) -> Iterator[tuple[int, Any]]:
        places: list[int] = []
        for place, job in message.jobs.items():
            if job.path and not _is_visible(Path(job.path)):
                yield place, NotVisible(job.path, platform.node())
            else:
                places.append(place)
        run, task = self._runs[message.run]
        folder = self._folder / f"job-{message.number}"
        folder.mkdir()
        try:
            jobs = [unpack(message.jobs[place].content, folder) for place in places]
            follow_up: FollowUp[Any] | None = None
            if run.follow_up:
                follow_up = unpack(run.follow_up, folder)
            with self._pool() as pool:
                for index, answer in pool.run(
                    task,
                    jobs,
                    workers=1,
                    limits=run.limits,
                    follow_up=follow_up,
                    while_waiting=self._raise_if_stopped,
                ):
                    yield places[index], answer
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _pool(self) -> Iterator[WorkerPool]:
        """Lend a pool; one whose job did not end is ended with it."""
        with self._lock:
            pool = self._idle_pools.pop() if self._idle_pools else None
        if pool is None:
            pool = WorkerPool(self._modules).__enter__()
        try:
            yield pool
        except BaseException:
            pool.__exit__(None, None, None)
            raise
        with self._lock:
            self._idle_pools.append(pool)

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise _StoppedError


def _is_visible(path: Path) -> bool:
    if os.path.lexists(path):
        return True
    # A listing makes a network file system look again.
    with contextlib.suppress(OSError):
        os.listdir(path.parent)  # noqa: PTH208 - its names alone, and for their sake not even those
    time.sleep(_LATE_ENTRY)
    return os.path.lexists(path)


def main() -> None:
    """Serve the Dask worker that started this process, until it closes the input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts its whole group
    incoming, outgoing = _own_channels()
    greeting: Greeting = receive(incoming)
    lock = threading.Lock()

    def reply(message: Any) -> None:
        with lock:
            send(outgoing, message)

    with tempfile.TemporaryDirectory(
        prefix="posecheck-", dir=greeting.folder, ignore_cleanup_errors=True
    ) as name:
        start_server(greeting.modules)
        host = JobHost(greeting, Path(name), reply)
        for message in _messages(incoming, host):
            if isinstance(message, RunToDo):
                host.begin(message)
            else:
                host.do(message)
        watch = threading.Timer(_LAST_SECONDS, os._exit, (1,))
        watch.daemon = True
        watch.start()
        host.close()


def _own_channels() -> tuple[int, int]:
    """Return what to read from and write to, which the standard streams no longer lead to."""
    channels = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return channels


def _messages(incoming: int, host: JobHost) -> Iterator[Any]:
    """Yield messages until there are no more, or there was nothing to do for long."""
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        try:
            while True:
                arrived.put(receive(incoming))
        except (EOFError, OSError):
            arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            message = arrived.get(timeout=1.0)
        except queue.Empty:
            if host.idle_seconds > IDLE_SECONDS:
                return
            continue
        if message is None:
            return
        yield message


if __name__ == "__main__":
    main()
