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
import uuid
from collections.abc import Callable, Sequence
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
class Session:
    """What jobs have in common that one process beside a worker does.

    Attributes
    ----------
    name
        Its own.
    modules
        What the worker's processes will import.
    working_folder
        Where relative paths begin, if it is there.
    versions
        What `installed_versions` must return.
    """

    name: str
    modules: tuple[str, ...]
    working_folder: str
    versions: dict[str, str]

    @classmethod
    def here(cls, modules: Sequence[str]) -> Session:
        """Return a new one, for this process and its working folder."""
        return cls(
            name=uuid.uuid4().hex,
            modules=tuple(modules),
            working_folder=str(Path.cwd()),
            versions=installed_versions(),
        )

    def serves(self, modules: Sequence[str]) -> bool:
        """Whether it does what needs these modules, in the working folder of this process."""
        return set(modules) <= set(self.modules) and self.working_folder == str(Path.cwd())


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A job, as it is sent to a Dask worker.

    Attributes
    ----------
    session
        What it belongs to.
    content
        The packed job.
    path
        The file that must be there; empty if none must.
    """

    session: Session
    content: bytes
    path: str = ""


class _HostEndedError(Exception):
    """The process beside the worker ended before it answered."""


class _UnwantedError(Exception):
    """Nobody waits for the answer."""


class _Host:
    """The process beside this Dask worker that does the jobs of one session."""

    def __init__(self, session: Session, folder: Path) -> None:
        with safe_environment():
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, *_COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=session.working_folder if os.path.isdir(session.working_folder) else folder,  # noqa: PTH112 - as text
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
            send(self._input.fileno(), Greeting(session.modules, folder))

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
    different = differences(installed_versions(), request.session.versions)
    if different:
        return pickle.dumps(Refusal(f"a Dask worker has {different}"))
    from distributed import get_worker  # noqa: PLC0415 - an extra

    dask_worker = get_worker()
    is_wanted = _wanted_by_dask(key, dask_worker)
    how_it_ended = ""
    for _ in range(_ATTEMPTS):
        host = _host_of(request.session, dask_worker)
        if host is None:
            break
        try:
            return host.do(run, name, request, is_wanted)
        except _HostEndedError:
            how_it_ended = host.end_in_words()
            _forget(request.session.name, host)
            host.close()
        except _UnwantedError:
            # It is unwanted because the run ended, or who began it is gone.
            _forget(request.session.name, host)
            host.close()
            break
    failure = WorkerFailure(
        kind=FailureKind.DEATH, reason=f"the process beside the Dask worker ended: {how_it_ended}"
    )
    return pickle.dumps(failure)


async def begin_session(session: Session, dask_worker: Any) -> None:
    """Start the process beside this Dask worker, so that it imports before the first job comes."""
    if not differences(installed_versions(), session.versions):
        await asyncio.to_thread(_host_of, session, dask_worker)


async def close_sessions(names: Sequence[str]) -> None:
    """End what runs beside this Dask worker for sessions, and begin nothing for them again."""
    with _lock:
        _closed.update(names)
        hosts = [_hosts.pop(name) for name in names if name in _hosts]
    for host in hosts:
        await asyncio.to_thread(host.close)


def same(run: bytes) -> bytes:
    """Return what is given: Dask keeps it for the jobs, and makes it again where it is lost."""
    return run


def _host_of(session: Session, dask_worker: Any) -> _Host | None:
    """Return the process for a session; ``None`` if the session ended."""
    with _lock:
        if session.name in _closed:
            return None
        if session.name not in _hosts:
            _hosts[session.name] = _Host(session, _local_folder(dask_worker))
        return _hosts[session.name]


def _forget(session: str, host: _Host) -> None:
    with _lock:
        if _hosts.get(session) is host:
            del _hosts[session]


def _local_folder(dask_worker: Any) -> Path:
    """Return where this Dask worker keeps its temporary files."""
    folder = Path(dask_worker.local_directory)
    return folder if folder.is_dir() else Path(tempfile.gettempdir())


def _wanted_by_dask(key: str, dask_worker: Any) -> Callable[[], bool]:
    """Return what says whether Dask waits for a task: not if its client is gone."""
    tasks: Any = dask_worker.state.tasks

    def is_wanted() -> bool:
        task = tasks.get(key)
        return task is not None and task.state not in {"cancelled", "released", "forgotten"}

    return is_wanted
