"""Whether pynwb reads a file when today's ndx-pose is imported.

With the specification that the file carries pynwb may read what it cannot read once the extension
is imported, and the other way round; the schema's verdict must not depend on that. So the question
goes to a process of its own, which is kept for the next files. Where pynwb is imported already, and
ndx-pose is not, that process can be a copy of the one that asks: nothing is imported twice.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import IO

from posecheck.model.errors import PosecheckError
from posecheck.validators.forking import ForkedProcess, can_fork

_GRACE = 5
"""Seconds after which the process ends itself, should nobody be there any more to end it."""


class NotAnsweredError(PosecheckError):
    """The process that reads files died or took too long; says which."""


class PynwbReading:
    """A process that has imported pynwb and ndx-pose and reads files with them.

    It is started by the first question, if not by `begin`, and ends with `close`, or when this
    process does.

    Parameters
    ----------
    seconds
        How long reading one file may take.
    """

    def __init__(self, seconds: float = 120.0) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | ForkedProcess | None = None

    def __enter__(self) -> PynwbReading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self) -> None:
        """Make the process a copy of this one, if that is whole and can stand for a new one.

        To be called before a thread is started. What is imported here is imported there, so
        nothing may have imported ndx-pose, nor a module of a folder that nobody vetted.
        """
        if self._process is None and can_fork() and "ndx_pose" not in sys.modules:
            with contextlib.suppress(OSError):  # a new interpreter may do all the same
                self._process = ForkedProcess(partial(_answer, self._seconds))

    def ask(self, path: Path) -> str | None:
        """Return why pynwb cannot read a file, ``None`` if it can.

        Raises
        ------
        NotAnsweredError
            If the process died over the file, or did not finish in time. The next question goes
            to a new one.
        """
        process = self._started()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._seconds, end)
        timer.start()
        try:
            answer = _exchange(process, os.fspath(path))
        finally:
            timer.cancel()
            timer.join()  # a thread that still ends would forbid a copy of this process
        if answer:
            reason: str | None = json.loads(answer)
            return reason
        code = process.wait()
        self.close()
        if late.is_set():
            raise NotAnsweredError(f"pynwb did not read the file in {self._seconds:g} s")
        raise NotAnsweredError(f"the process in which pynwb reads the file died (status {code})")

    def close(self) -> None:
        """End the process, if one runs."""
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                _there(stream).close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _started(self) -> subprocess.Popen[str] | ForkedProcess:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            # -P: a folder of data from strangers may hold a numpy.py
            self._process = subprocess.Popen(  # noqa: S603 (this interpreter, this module)
                [sys.executable, "-P", "-m", __name__, str(self._seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="ascii",
            )
        return self._process


def ask_pynwb(path: Path) -> str | None:
    """Return why pynwb, with today's ndx-pose, cannot read a file; ``None`` if it can.

    It starts a process for this one question; `PynwbReading` keeps it for many.

    Raises
    ------
    NotAnsweredError
        If that process died over the file, or did not finish in time.
    """
    with PynwbReading() as reading:
        return reading.ask(path)


def _exchange(process: subprocess.Popen[str] | ForkedProcess, path: str) -> str:
    try:
        questions, answers = _there(process.stdin), _there(process.stdout)
        questions.write(json.dumps(path) + "\n")
        questions.flush()
        return answers.readline()
    except OSError:
        return ""  # it died before, or while, it took the question


def _there(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise OSError("no pipe to the process")
    return stream


def _answer(seconds: float, questions: IO[str], answers: IO[str]) -> None:
    """Read a path per line and write, as a line, why pynwb cannot read that file, or ``null``."""
    import ndx_pose  # noqa: F401, PLC0415 - its types are to be registered, in this process alone

    from posecheck.validators.reading_attempt import ReadingAttempt  # noqa: PLC0415

    attempt = ReadingAttempt()
    for line in questions:
        _end_after(seconds + _GRACE)
        answer = json.dumps(attempt.reason(Path(json.loads(line))))
        _end_after(0)
        answers.write(answer + "\n")
        answers.flush()


def _end_after(seconds: float) -> None:
    """Have the system end this process after a while, never if that is zero."""
    if sys.platform != "win32":
        signal.alarm(math.ceil(seconds))


def _main() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever pynwb prints, the answers stay apart from it
    _answer(float(sys.argv[1]), sys.stdin, answers)


if __name__ == "__main__":
    _main()
