"""A process beside a Dask worker that does the jobs of one run, each in a process of its own.

A Dask worker under a nanny is daemonic, and may have no child processes by `multiprocessing`. This
process is started as a program, so that it may have some; and nothing that posecheck does to the
environment, to signals or to `multiprocessing` reaches the Dask worker, which belongs to others.

It ends when the Dask worker closes its input or dies, and when it had nothing to do for a while.
"""

from __future__ import annotations

import os
import queue
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posecheck.execution.messages import Greeting, RunToDo, receive, send
from posecheck.execution.start_up import start_server

if TYPE_CHECKING:
    from posecheck.execution.host_jobs import JobHost

IDLE_SECONDS = 60.0
"""After how long without a job this process ends; the next job starts another one."""

_LAST_SECONDS = 15.0
"""How long the end may take."""


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
        # The server imports for seconds; it is not to wait until this is imported, too.
        from posecheck.execution.host_jobs import JobHost  # noqa: PLC0415

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
