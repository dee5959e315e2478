"""A copy of this process that answers questions: what is imported here need not be imported there.

It stands in for a `subprocess.Popen` with pipes, in as much as `readability` uses of one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, NoReturn

_GLANCE = 0.005
"""Seconds between two looks at whether a process has ended."""

_FREE = 5
"""The descriptors below are the copy's standard streams, which lead nowhere, and its pipes."""


def can_fork() -> bool:
    """Whether a copy of this process would be whole: no thread is copied, its locks are."""
    return sys.platform not in {"win32", "darwin"} and threading.active_count() == 1


class ForkedProcess:
    """A copy of this process, which runs a function and ends; call `wait` or it stays a zombie.

    Of all that this process has opened the copy keeps nothing but its own two pipes.

    Parameters
    ----------
    run
        Receives the questions and where the answers go, each a text stream.

    Attributes
    ----------
    stdin, stdout
        The other ends of the two.

    Raises
    ------
    OSError
        If the system has no process to give.
    """

    def __init__(self, run: Callable[[IO[str], IO[str]], None]) -> None:
        questions, stdin = os.pipe()
        stdout, answers = os.pipe()
        self._returncode: int | None = None
        self._lock = threading.Lock()
        try:
            self._pid = os.fork()
        except OSError:
            for each in (questions, stdin, stdout, answers):
                os.close(each)
            raise
        if self._pid == 0:
            _go_on(run, questions, answers)
        os.close(questions)
        os.close(answers)
        self.stdin: IO[str] | None = os.fdopen(stdin, "w", encoding="ascii")
        self.stdout: IO[str] | None = os.fdopen(stdout, encoding="ascii")

    def poll(self) -> int | None:
        """Return how the process ended as `subprocess.Popen` reports it, ``None`` if it runs."""
        with self._lock:
            if self._returncode is None:
                try:
                    pid, status = os.waitpid(self._pid, os.WNOHANG)
                except ChildProcessError:  # SIGCHLD is ignored: how it ended was not kept
                    pid, status = self._pid, 0
                if pid:
                    self._returncode = os.waitstatus_to_exitcode(status)
            return self._returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how the process ended, once it has.

        Raises
        ------
        subprocess.TimeoutExpired
            If it has not, after so many seconds.
        """
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired(f"process {self._pid}", timeout)
            time.sleep(_GLANCE)
        return code

    def kill(self) -> None:
        """End the process, if it still runs."""
        with self._lock:
            if self._returncode is None:  # else the number may be another's by now
                os.kill(self._pid, signal.SIGKILL)


def _close_from(lowest: int) -> None:
    """Close all descriptors but the lowest: those that are open, for there may be a billion."""
    try:
        is_open = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - no paths
    except OSError:
        os.closerange(lowest, os.sysconf("SC_OPEN_MAX"))
        return
    for descriptor in is_open:
        if descriptor >= lowest:
            with contextlib.suppress(OSError):  # that of the folder itself
                os.close(descriptor)


def _go_on(run: Callable[[IO[str], IO[str]], None], questions: int, answers: int) -> NoReturn:
    """Be the copy: whatever happens, nothing of the original is cleaned up a second time."""
    code = 1
    try:
        for each in (signal.SIGTERM, signal.SIGALRM):  # the original may have its ways with them
            signal.signal(each, signal.SIG_DFL)
        above = [os.dup(each) for each in (questions, answers)]
        while min(above) < _FREE:  # where the original has no standard streams
            above = [os.dup(each) for each in above]
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number, descriptor in enumerate((nowhere, nowhere, nowhere, *above)):
            os.dup2(descriptor, number)
        _close_from(_FREE)
        with contextlib.suppress(OSError):  # the other end has gone
            run(os.fdopen(3, encoding="ascii"), os.fdopen(4, "w", encoding="ascii"))
        code = 0
    finally:
        os._exit(code)
