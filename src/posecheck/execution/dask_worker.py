"""What runs in a Dask worker: it hands jobs to a process beside it, and answers for them.

Dask imports this module by name on its workers, so that posecheck must be installed there.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.host_process import (
    HostEndedError,
    HostProcess,
    Session,
    UnwantedError,
)
from posecheck.execution.installed_versions import differences, installed_versions
from posecheck.execution.messages import PackedJob, Refusal, stamp_of

_ATTEMPTS = 3
"""How often a job is handed over, where the process beside the worker ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """Jobs that are sent to a Dask worker together, as one task of Dask's.

    Attributes
    ----------
    session
        What they belong to.
    jobs
        The jobs.
    is_fresh
        As in `JobsToDo`.
    """

    session: Session
    jobs: tuple[PackedJob, ...]
    is_fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReply:
    """What jobs came to.

    Attributes
    ----------
    answers
        The packed result of each, or what stands in its place.
    seconds
        How long they took together.
    machine
        Where they were done.
    different
        The places of those whose file has another size or time there.
    """

    answers: tuple[bytes, ...]
    seconds: float
    machine: str = ""
    different: tuple[int, ...] = ()


_hosts: dict[str, HostProcess] = {}
_closed: set[str] = set()
_lock = threading.Lock()


def do_jobs(run: bytes, name: str, key: str, request: JobRequest) -> JobReply:
    """Do jobs, one after the other.

    Where the process beside the worker ends, one of them may be why: those that are left are then
    done each by itself.

    Parameters
    ----------
    run
        What holds for all jobs of the run: a packed `Run`.
    name
        Of the run.
    key
        How Dask names this task.
    request
        The jobs.
    """
    began = time.monotonic()
    different = differences(installed_versions(), request.session.versions)
    if different:
        refusal = pickle.dumps(Refusal(f"a Dask worker has {different}"))
        return JobReply(answers=(refusal,) * len(request.jobs), seconds=0.0)
    from distributed import get_worker  # noqa: PLC0415 - an extra

    attempts = _Attempts(run, name, key, request, get_worker())
    jobs = dict(enumerate(request.jobs))
    answers: dict[int, bytes] = {}
    if len(jobs) > 1:
        attempts.do(jobs, answers)
    for place, job in jobs.items():
        for _ in range(_ATTEMPTS):
            if place not in answers and attempts.is_wanted:
                attempts.do({place: job}, answers)
        if place not in answers:
            answers[place] = pickle.dumps(attempts.failure())
    return JobReply(
        answers=tuple(answers[place] for place in jobs),
        seconds=time.monotonic() - began,
        machine=platform.node(),
        different=_different(request),
    )


def _different(request: JobRequest) -> tuple[int, ...]:
    """Return the places of jobs whose file is not the one that is where the run began.

    It is looked for when the file was read: to open it makes a network file system look again,
    which shows old sizes and times for a while.
    """
    folder = request.session.working_folder
    return tuple(
        place
        for place, job in enumerate(request.jobs)
        if job.stamp is not None
        and stamp_of(os.path.join(folder, job.path)) not in {job.stamp, None}  # noqa: PTH118 - as text
    )


class _Attempts:
    """Hands jobs to the process of a session, and does away with one that ended."""

    def __init__(self, run: bytes, name: str, key: str, request: JobRequest, worker: Any) -> None:
        self._run = run
        self._name = name
        self._session = request.session
        self._is_fresh = request.is_fresh
        self._worker = worker
        self._is_wanted_by_dask = _wanted_by_dask(key, worker)
        self._how_it_ended = ""
        self.is_wanted = True

    def do(self, jobs: dict[int, PackedJob], answers: dict[int, bytes]) -> None:
        """Add what jobs come to, up to the end of the process or of the run."""
        host = _host_of(self._session, self._worker)
        if host is None:
            self.is_wanted = False
            return
        try:
            wanted = self._is_wanted_by_dask
            answers.update(host.do(self._run, self._name, jobs, wanted, is_fresh=self._is_fresh))
        except HostEndedError:
            self._how_it_ended = host.end_in_words()
        except UnwantedError:  # the run ended, or who began it is gone
            self.is_wanted = False
        else:
            return
        _forget(self._session.name, host)
        host.close()

    def failure(self) -> WorkerFailure:
        """Return what stands in place of a job's result."""
        return WorkerFailure(
            kind=FailureKind.DEATH,
            reason=f"the process beside the Dask worker ended: {self._how_it_ended}",
        )


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


def _host_of(session: Session, dask_worker: Any) -> HostProcess | None:
    """Return the process for a session; ``None`` if the session ended."""
    with _lock:
        if session.name in _closed:
            return None
        if session.name not in _hosts:
            _hosts[session.name] = HostProcess(session, _local_folder(dask_worker))
        return _hosts[session.name]


def _forget(session: str, host: HostProcess) -> None:
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
