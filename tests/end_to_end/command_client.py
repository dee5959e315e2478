"""Runs of the command, forked by a process that has imported everything: see `command_server`."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_SERVER = Path(__file__).with_name("command_server.py")

_READ_WHEN_USED = re.compile(
    r"POSECHECK_\w+|\S+_API_KEY|NETRC|NO_COLOR|FORCE_COLOR|COLUMNS|TERM|GITHUB_\w+|PYTEST_\w+"
)
"""Variables that a run may have of its own. Others may matter to what has been imported already."""

HAS_SERVER = sys.platform == "linux"
"""Whether runs can be forked here: elsewhere each starts an interpreter."""

Finished = tuple[int, bytes, bytes]
"""The exit code, and what was written to standard output and to standard error."""


class CommandServer:
    """The process that forks runs of the command, for as long as this process lasts.

    Parameters
    ----------
    environment
        The environment in which modules are imported.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._socket, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, str(_SERVER), str(there.fileno())],
                env=self._environment,
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the process."""
        self._socket.close()
        self._process.wait()

    def can_run(self, environment: Mapping[str, str]) -> bool:
        """Return whether an environment differs only in what is read when it is used."""
        names = {*environment, *self._environment}
        return all(
            environment.get(name) == self._environment.get(name)
            or _READ_WHEN_USED.fullmatch(name) is not None
            for name in names
        )

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], seconds: float
    ) -> Finished:
        """Run the command and wait for it, as `subprocess.run` does.

        Raises
        ------
        subprocess.TimeoutExpired
            After so many seconds; the run is ended.
        """
        request = {"arguments": arguments, "cwd": str(cwd), "environment": dict(environment)}
        pipes = [os.pipe() for _ in range(3)]
        nothing = os.open(os.devnull, os.O_RDONLY)
        sent = [nothing, *(write for _, write in pipes)]
        try:
            with self._lock:
                socket.send_fds(self._socket, [json.dumps(request).encode()], sent)
        finally:
            for descriptor in sent:
                os.close(descriptor)
        stdout, stderr, status = _read_all([read for read, _ in pipes], seconds)
        _, code = status.split()
        return int(code), stdout, stderr


def _read_all(pipes: Sequence[int], seconds: float) -> list[bytes]:
    """Read until all are closed: standard output, standard error, and what the server says."""
    deadline = time.monotonic() + seconds
    content = dict.fromkeys(pipes, b"")
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for pipe in pipes:
            stack.callback(os.close, pipe)
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready:
                process, *_ = content[pipes[-1]].split()
                os.kill(int(process), signal.SIGKILL)
                raise subprocess.TimeoutExpired("posecheck", seconds)
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                content[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
    return list(content.values())
