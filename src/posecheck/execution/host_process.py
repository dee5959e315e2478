"""The process beside a Dask worker that does the jobs of one session, as that worker sees it."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.execution.failure import describe_exit
from posecheck.execution.installed_versions import installed_versions
from posecheck.execution.messages import (
    Answer,
    Greeting,
    JobsToDo,
    PackedJob,
    RunToDo,
    receive,
    send,
)
from posecheck.execution.worker_context import safe_environment

_LONGEST_WAIT = 0.25
"""Seconds until it is looked whether the answer is still wanted."""

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


class HostEndedError(Exception):
    """The process beside the worker ended before it answered."""


class UnwantedError(Exception):
    """Nobody waits for the answer."""


class HostProcess:
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
        self._waiting: dict[int, queue.SimpleQueue[Answer | None]] = {}
        self._runs: set[str] = set()
        self._has_ended = False
        threading.Thread(target=self._read, daemon=True).start()
        with contextlib.suppress(OSError):
            send(self._input.fileno(), Greeting(session.modules, folder))

    def do(
        self,
        run: bytes,
        name: str,
        jobs: dict[int, PackedJob],
        is_wanted: Callable[[], bool],
        *,
        is_fresh: bool = False,
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the place of each job with what it came to, packed.

        Parameters
        ----------
        run, name
            As of `posecheck.execution.dask_worker.do_jobs`.
        jobs
            The jobs by their places.
        is_wanted
            Says whether anybody waits for the answers.
        is_fresh
            As in `JobsToDo`.

        Raises
        ------
        HostEndedError
            If the process ended before it answered.
        UnwantedError
            If nobody waits for the answers.
        """
        number = next(self._numbers)
        answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        with self._lock:
            if self._has_ended:
                raise HostEndedError
            self._waiting[number] = answers
            try:
                if name not in self._runs:
                    send(self._input.fileno(), RunToDo(name, run))
                    self._runs.add(name)
                send(self._input.fileno(), JobsToDo(number, name, jobs, is_fresh))
            except (OSError, ValueError) as error:  # ValueError: it was closed
                raise HostEndedError from error
        for _ in jobs:
            answer = _awaited(answers, is_wanted)
            yield answer.place, answer.content
        with self._lock:
            self._waiting.pop(number, None)

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
                    waiting = self._waiting[answer.number]
                waiting.put(answer)
        except Exception:  # noqa: BLE001 - torn memory may send anything: that is its end
            with self._lock:
                self._has_ended = True
                left = list(self._waiting.values())
                self._waiting.clear()
            self._process.poll()
            for waiting in left:
                waiting.put(None)
            self._output.close()


def _awaited(answers: queue.SimpleQueue[Answer | None], is_wanted: Callable[[], bool]) -> Answer:
    while True:
        try:
            answer = answers.get(timeout=_LONGEST_WAIT)
        except queue.Empty:
            if not is_wanted():
                raise UnwantedError from None
            continue
        if answer is None:
            raise HostEndedError
        return answer
