"""A connection to a Dask cluster, made in the background, and what it begins on the workers.

The process beside a Dask worker takes seconds to import what it needs. So it is started as soon as
the worker is known, while this process still looks for files. A command that needs the cluster more
than once keeps the connection, and with it the processes beside the workers.
"""

from __future__ import annotations

import contextlib
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from posecheck.execution.dask_cluster import (
    CONNECT_SECONDS,
    address_of,
    compare_versions,
    import_dask,
    open_client,
    quiet_logs,
    unreachable,
)
from posecheck.execution.dask_worker import begin_session, close_sessions
from posecheck.execution.host_process import Session
from posecheck.model.errors import UsageError

_EARLY_WORKERS = 8
"""On how many workers a process is started before it is known how many jobs there are."""

_kept: dict[str, DaskConnection | None] = {}
"""What this process keeps until its end, by what the user named."""


class DaskConnection:
    """A connection to a scheduler; when it is closed, nothing of it is left on the workers.

    Parameters
    ----------
    scheduler
        The scheduler's address, or a scheduler file.
    modules
        What workers will import.

    Raises
    ------
    UsageError
        If Dask is not installed, or the scheduler is neither an address nor a file.
    """

    def __init__(self, scheduler: str, modules: Sequence[str]) -> None:
        self._address = address_of(scheduler)
        import_dask()  # not in the thread: two that import the same may see half of a module
        self._client: Any = None
        self._error: Exception | None = None
        self._sessions: list[Session] = []
        self._logs = contextlib.ExitStack()
        self._logs.enter_context(quiet_logs())
        self._began = time.monotonic()
        self._is_open = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._connect, args=(modules,), daemon=True)
        self._thread.start()

    def client(self) -> Any:
        """Return the `distributed.Client`, once it is connected.

        Raises
        ------
        UsageError
            If nobody answers, or workers have other versions than we have.
        InternalError
            If the workers do not answer.
        """
        # Dask bounds the time until a port is opened, and waits without end for who says nothing.
        until = self._began + 2 * CONNECT_SECONDS
        if not self._is_open.wait(max(0.0, until - time.monotonic())):
            raise unreachable(self._address, TimeoutError())
        while self._thread.is_alive():
            self._thread.join(0.25)  # on Windows a longer wait cannot be interrupted
        if self._error is not None:
            raise self._error
        return self._client

    def session(self, modules: Sequence[str]) -> Session:
        """Return what jobs are sent with that need these modules.

        Parameters
        ----------
        modules
            What workers import.
        """
        for session in self._sessions:
            if session.serves(modules):
                return session
        session = Session.here(modules)
        self._sessions.append(session)
        return session

    def begin(self, session: Session, jobs: int) -> None:
        """Start the process beside each worker; on no worker if there are more of them than jobs.

        A worker without one starts it with its first job.
        """
        with contextlib.suppress(Exception):  # whoever submits a job learns of it
            workers = list(self._client.nthreads())
            if len(workers) <= max(jobs, _EARLY_WORKERS):
                self._begin_on(workers, session)

    def close(self) -> None:
        """End the connection, and what it began on the workers."""
        self._is_closed = True
        if self._thread.is_alive():
            return  # nobody waits for it, and it is to say nothing
        if self._client is not None:
            names = [session.name for session in self._sessions]
            with contextlib.suppress(Exception):  # the cluster may be gone
                self._client.run(close_sessions, names, on_error="ignore")
            with contextlib.suppress(Exception):
                self._client.close(timeout=CONNECT_SECONDS)
        self._logs.close()

    def _connect(self, modules: Sequence[str]) -> None:
        try:
            self._client = open_client(self._address)
            self._is_open.set()
            if self._is_closed:
                self._client.close(timeout=CONNECT_SECONDS)
                return
            self._begin_early(Session.here(modules))
            compare_versions(self._client)
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            is_known = self._client is not None
            self._error = error if is_known else unreachable(self._address, error)
        finally:
            self._is_open.set()

    def _begin_early(self, session: Session) -> None:
        self._sessions.append(session)
        self._begin_on(list(self._client.nthreads())[:_EARLY_WORKERS], session)

    def _begin_on(self, workers: Sequence[str], session: Session) -> None:
        if workers:
            self._client.run(begin_session, session, workers=workers, wait=False, on_error="ignore")


@contextlib.contextmanager
def keep_connection(scheduler: str, modules: Sequence[str] | None = None) -> Iterator[None]:
    """Let all executors of a scheduler in the block have one connection.

    It is for a process that does nothing but what posecheck does.

    Parameters
    ----------
    scheduler
        As of `DaskConnection`.
    modules
        What workers begin to import, in the background; ``None`` if the connection is made when it
        is needed. What is wrong with the scheduler is raised when it is needed.
    """
    _kept[scheduler] = None
    try:
        if modules is not None:
            with contextlib.suppress(UsageError):
                _kept[scheduler] = _connection(scheduler, modules)
        yield
    finally:
        connection = _kept.pop(scheduler)
        if connection is not None:
            connection.close()


@contextlib.contextmanager
def connection_to(scheduler: str, modules: Sequence[str]) -> Iterator[DaskConnection]:
    """Yield a connection that works: the one that is kept, or one that ends with the block.

    Parameters
    ----------
    scheduler, modules
        As of `DaskConnection`.
    """
    if scheduler in _kept:
        connection = _kept[scheduler] = _kept[scheduler] or _connection(scheduler, modules)
        connection.client()
        yield connection
        return
    with contextlib.ExitStack() as stack:
        with warnings.catch_warnings():
            connection = _connection(scheduler, modules)
            stack.callback(connection.close)
            connection.client()
        yield connection


def _connection(scheduler: str, modules: Sequence[str]) -> DaskConnection:
    import_dask()
    from distributed.versions import VersionMismatchWarning  # noqa: PLC0415 - an extra

    # Dask's own versions may differ; those that matter are compared.
    warnings.simplefilter("ignore", VersionMismatchWarning)
    return DaskConnection(scheduler, modules)
