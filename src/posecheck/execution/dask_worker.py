"""What runs in a Dask worker: it hands jobs to a process beside it, and answers for them.

Dask imports this module by name on its workers, so that posecheck must be installed there.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.execution.failure import FailureKind, WorkerFailure, describe_exit
from posecheck.execution.installed_versions import differences, installed_versions
from posecheck.execution.messages import (
    Answer,
    Greeting,
    JobToDo,
    Refusal,
    RunToDo,
    receive,
    send,
)
from posecheck.execution.worker_context import safe_environment

_LONGEST_WAIT = 0.25
"""Seconds until it is looked whether the answer is still wanted."""

_ATTEMPTS = 3
"""How often a job is handed over, where the process beside the worker ends."""

_END_SECONDS = 20.0

_COMMAND = ("-P", "-m", "posecheck.execution.job_host")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A job, as it is sent to a Dask worker.

    Attributes
    ----------
    session
        Names the executor that sends it.
    modules
        What the worker's processes will import.
    working_folder
        Where relative paths begin, if it is there.
    versions
        What `installed_versions` must return.
    content
        The packed job.
    path
        The file that must be there; empty if none must.
    """

    session: str
    modules: tuple[str, ...]
    working_folder: str
    versions: dict[str, str]
    content: bytes
    path: str = ""


class _HostEndedError(Exception):
    """The process beside the worker ended before it answered."""


class _UnwantedError(Exception):
    """Nobody waits for the answer."""


class _Host:
    """The process beside this Dask worker that does the jobs of one session."""

    def __init__(self, request: JobRequest, folder: Path) -> None:
        with safe_environment():
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, *_COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=request.working_folder if os.path.isdir(request.working_folder) else folder,  # noqa: PTH112 - as text
            )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101
        self._input, self._output = self._process.stdin, self._process.stdout
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: dict[int, queue.SimpleQueue[bytes | None]] = {}
        self._runs: set[str] = set()
        self._has_ended = False
        threading.Thread(target=self._read, daemon=True).start()
        with contextlib.suppress(OSError):
            send(self._input.fileno(), Greeting(request.modules, folder))

    def do(
        self, run: bytes, name: str, request: JobRequest, is_wanted: Callable[[], bool]
    ) -> bytes:
        """Return what a job came to, packed."""
        number = next(self._numbers)
        answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with self._lock:
            if self._has_ended:
                raise _HostEndedError
            self._waiting[number] = answers
            try:
                if name not in self._runs:
                    send(self._input.fileno(), RunToDo(name, run))
                    self._runs.add(name)
                job = JobToDo(number, name, request.content, request.path)
                send(self._input.fileno(), job)
            except (OSError, ValueError) as error:  # ValueError: it was closed
                raise _HostEndedError from error
        while True:
            try:
                content = answers.get(timeout=_LONGEST_WAIT)
            except queue.Empty:
                if not is_wanted():
                    raise _UnwantedError from None
                continue
            if content is None:
                raise _HostEndedError
            return content

    def end_in_words(self) -> str:
        """Say how the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LONGEST_WAIT)
        return describe_exit(self._process.returncode)

    def close(self) -> None:
        """Let the process end, with all that it does."""
        with self._lock, contextlib.suppress(OSError):
            self._input.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        try:
            while True:
                answer: Answer = receive(self._output.fileno())
                with self._lock:
                    waiting = self._waiting.pop(answer.number)
                waiting.put(answer.content)
        except Exception:  # noqa: BLE001 - torn memory may send anything: that is its end
            with self._lock:
                self._has_ended = True
                left = list(self._waiting.values())
                self._waiting.clear()
            self._process.poll()
            for waiting in left:
                waiting.put(None)
            self._output.close()


_hosts: dict[str, _Host] = {}
_closed: set[str] = set()
_lock = threading.Lock()


def do_job(run: bytes, name: str, key: str, request: JobRequest) -> bytes:
    """Do a job; return the packed result, or what stands in its place.

    Parameters
    ----------
    run
        What holds for all jobs of the run: a packed `Run`.
    name
        Of the run.
    key
        How Dask names this task.
    request
        The job.
    """
    different = differences(installed_versions(), request.versions)
    if different:
        return pickle.dumps(Refusal(f"a Dask worker has {different}"))
    is_wanted = _wanted_by_dask(key)
    how_it_ended = ""
    for _ in range(_ATTEMPTS):
        host = _host_of(request)
        if host is None:
            break
        try:
            return host.do(run, name, request, is_wanted)
        except _HostEndedError:
            how_it_ended = host.end_in_words()
            _forget(request.session, host)
            host.close()
        except _UnwantedError:
            # It is unwanted because the run ended, or who began it is gone.
            _forget(request.session, host)
            host.close()
            break
    failure = WorkerFailure(
        kind=FailureKind.DEATH, reason=f"the process beside the Dask worker ended: {how_it_ended}"
    )
    return pickle.dumps(failure)


async def close_session(session: str) -> None:
    """End what runs beside this Dask worker for a session, and begin nothing for it again."""
    with _lock:
        _closed.add(session)
        host = _hosts.pop(session, None)
    if host is not None:
        await asyncio.to_thread(host.close)


def same(run: bytes) -> bytes:
    """Return what is given: Dask keeps it for the jobs, and makes it again where it is lost."""
    return run


def _host_of(request: JobRequest) -> _Host | None:
    """Return the process for a session; ``None`` if the session ended."""
    with _lock:
        if request.session in _closed:
            return None
        if request.session not in _hosts:
            _hosts[request.session] = _Host(request, _local_folder())
        return _hosts[request.session]


def _forget(session: str, host: _Host) -> None:
    with _lock:
        if _hosts.get(session) is host:
            del _hosts[session]


def _local_folder() -> Path:
    """Return where this Dask worker keeps its temporary files."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    folder = Path(get_worker().local_directory)
    return folder if folder.is_dir() else Path(tempfile.gettempdir())


def _wanted_by_dask(key: str) -> Callable[[], bool]:
    """Return what says whether Dask waits for a task: not if its client is gone."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    tasks: Any = get_worker().state.tasks

    def is_wanted() -> bool:
        task = tasks.get(key)
        return task is not None and task.state not in {"cancelled", "released", "forgotten"}

    return is_wanted
