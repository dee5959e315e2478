"""What the process beside a Dask worker does: jobs, side by side, each under its limits."""

from __future__ import annotations

import contextlib
import os
import pickle
import platform
import shutil
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
)
from posecheck.execution.pool import PackedTask, WorkerPool
from posecheck.execution.remote_task import Packed, RemoteFollowUp, RemoteTask

_LATE_ENTRY = 1.0
"""Seconds after which a network file system shows what another machine has just written."""


class _StoppedError(Exception):
    """The process ends."""


class JobHost:
    """Does jobs side by side, each in a pool of one worker, which is kept for the next ones.

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
        run: Run = pickle.loads(message.content)  # noqa: S301 - from posecheck
        task = RemoteTask(Packed(run.task, shared))
        self._runs[message.name] = run, PackedTask(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))

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
            for place, content in self._answers(message):
                del left[place]
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

    def _answers(self, message: JobsToDo) -> Iterator[tuple[int, bytes]]:
        places: list[int] = []
        for place, job in message.jobs.items():
            if job.path and not _is_visible(Path(job.path)):
                yield place, pickle.dumps(NotVisible(job.path, platform.node()))
            else:
                places.append(place)
        run, task = self._runs[message.run]
        folder = self._folder / f"job-{message.number}"
        folder.mkdir()
        try:
            jobs = [Packed(message.jobs[place].content, folder) for place in places]
            follow_up: FollowUp[Any] | None = None
            if run.follow_up:
                follow_up = RemoteFollowUp(Packed(run.follow_up, folder))
            with self._pool(is_fresh=message.is_fresh) as pool:
                for index, answer in pool.run(
                    task,
                    jobs,
                    workers=1,
                    limits=run.limits,
                    follow_up=follow_up,
                    while_waiting=self._raise_if_stopped,
                ):
                    content = answer if isinstance(answer, bytes) else pickle.dumps(answer)
                    yield places[index], content
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _pool(self, *, is_fresh: bool) -> Iterator[WorkerPool]:
        """Lend a pool; one whose job did not end is ended with it."""
        with self._lock:
            pool = self._idle_pools.pop() if self._idle_pools else None
        if pool is not None and is_fresh:
            pool.__exit__(None, None, None)
            pool = None
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
