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
from typing import IO, Self, cast

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

    def start(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        start_new_session: bool = False,
    ) -> ForkedRun:
        """Start the command, as `subprocess.Popen` does."""
        with contextlib.ExitStack() as given:
            (_, for_input), (mine_out, for_output), (mine_err, for_errors) = (
                _opened(stream, given) for stream in (stdin, stdout, stderr)
            )
            mine, for_status = _opened(subprocess.PIPE, given)
            request = {
                "arguments": arguments,
                "cwd": str(cwd),
                "environment": dict(env),
                "new_session": start_new_session,
            }
            with self._lock:
                socket.send_fds(
                    self._socket,
                    [json.dumps(request).encode()],
                    [for_input, for_output, for_errors, for_status],
                )
        assert mine is not None
        return ForkedRun(mine, mine_out, mine_err)

    def run(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float
    ) -> Finished:
        """Run the command and wait for it, as `subprocess.run` does.

        Raises
        ------
        subprocess.TimeoutExpired
            After so many seconds; the run is ended.
        """
        with self.start(arguments, cwd=cwd, env=env) as run:
            try:
                stdout, stderr = run.communicate(seconds)
            except subprocess.TimeoutExpired:
                run.kill()
                raise
            return run.wait(), stdout, stderr


def _opened(stream: int, given: contextlib.ExitStack) -> tuple[IO[bytes] | None, int]:
    """Return the end of a pipe to read from, if it is one, and the descriptor to be given away."""
    if stream >= 0:
        return None, stream
    if stream == subprocess.PIPE:
        read, write = os.pipe()
        given.callback(os.close, write)
        return os.fdopen(read, "rb"), write
    nothing = os.open(os.devnull, os.O_RDWR)
    given.callback(os.close, nothing)
    return None, nothing


class ForkedRun:
    """A run of the command that goes on: it does what `subprocess.Popen` does.

    Parameters
    ----------
    status
        Gives a line with the number of the process at once, and one with its exit code when it has
        ended.
    stdout, stderr
        The ends of pipes to read what it writes from, if it writes to pipes.
    """

    def __init__(
        self, status: IO[bytes], stdout: IO[bytes] | None, stderr: IO[bytes] | None
    ) -> None:
        self._status = status
        self.pid = int(status.readline())
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def poll(self) -> int | None:
        """Return its exit code, or None for as long as it goes on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return its exit code."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:  # select() takes none above 1,023
                selector.register(self._status, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("posecheck", timeout or 0)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Read what it writes until its end."""
        until = None if timeout is None else time.monotonic() + timeout
        content = {self.stdout: b"", self.stderr: b""}
        with selectors.DefaultSelector() as selector:
            for stream in filter(None, content):
                selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(None if until is None else until - time.monotonic())
                if not ready:
                    raise subprocess.TimeoutExpired("posecheck", timeout or 0)
                for key, _ in ready:
                    data = os.read(key.fd, 65536)
                    content[cast("IO[bytes]", key.fileobj)] += data
                    if not data:
                        selector.unregister(key.fileobj)
        for stream in filter(None, content):
            stream.close()
        self.wait(None if until is None else max(0, until - time.monotonic()))
        return content[self.stdout], content[self.stderr]

    def send_signal(self, number: int) -> None:
        """Signal it, if it has not ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)
