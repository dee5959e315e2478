"""Whether pynwb reads a file when today's ndx-pose is imported.

With the specification that the file carries pynwb may read what it cannot read once the extension
is imported, and the other way round; the schema's result must not depend on that. So the question
goes to a process of its own, which is kept for the next files. Where pynwb is imported already, and
ndx-pose is not, that process can be a copy of this one: nothing is imported twice.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from posecheck.execution.failure import FailureKind
from posecheck.sources.local_source import LocalSource
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.received_bytes import current_count
from posecheck.sources.source import Source
from posecheck.validators.forked_process import ForkedProcess, can_fork
from posecheck.validators.protocol import ValidatorStoppedError

_GRACE = 5
"""Seconds after which the process ends itself, should nobody be there any more to end it."""

_LEAST = 1.0
"""Seconds that a second process has at least."""

_FAULTS = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL")
"""Signals of a process that the bytes of a file brought down: nobody sends them from outside."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A fault ended the process; names the signal."""

    signal: str


class PynwbReading:
    """A process that has imported pynwb and ndx-pose and reads files with them.

    It is started by the first question, if not by `begin`, and ends with `close`, or when this
    process does.

    Parameters
    ----------
    seconds
        How long reading one file may take, where the question does not say.
    """

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | ForkedProcess | None = None

    def __enter__(self) -> Self:
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
                self._process = ForkedProcess(_answer)

    def read(self, file: Path | Source, seconds: float | None = None) -> str | None:
        """Return why pynwb cannot read a file, ``None`` if it can.

        A process that a fault ends is no result if it happens once: what brought it down may have
        been left behind by the file before. The question then goes to a new one.

        Parameters
        ----------
        file
            The file.
        seconds
            How long that may take.

        Raises
        ------
        ValidatorStoppedError
            If the process did not finish in time, needed too much memory, was ended from outside,
            or a file elsewhere could not be had. The next question goes to a new one.
        """
        source = LocalSource.at(file) if isinstance(file, Path) else file
        limit = self._seconds if seconds is None else seconds
        began = time.monotonic()
        answer = self._read_once(source, limit)
        if isinstance(answer, _Fault):
            answer = self._read_once(source, max(_LEAST, limit - (time.monotonic() - began)))
        if isinstance(answer, _Fault):
            return f"it ends the process that reads the file, with {answer.signal}"
        return answer

    def _read_once(self, source: Source, seconds: float) -> str | _Fault | None:
        process = self._started()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            answer = _exchange(process, source, seconds)
        finally:
            timer.cancel()
            timer.join()  # a thread that still ends would forbid a copy of this process
        if answer:
            said = json.loads(answer)
            if said["out_of_memory"]:
                raise ValidatorStoppedError(
                    FailureKind.MEMORY, "it needed more memory than the limit"
                )
            if said["out_of_reach"]:
                raise ValidatorStoppedError(FailureKind.DEATH, said["out_of_reach"])
            reason: str | None = said["reason"]
            return reason
        code = process.wait()
        self.close()
        ended_by = _signal_of(code)
        if late.is_set() or ended_by == "SIGALRM":
            raise ValidatorStoppedError(FailureKind.TIME, f"it took longer than {seconds:g} s")
        if ended_by in _FAULTS:
            return _Fault(ended_by)
        how = ended_by or f"exit code {code}"
        raise ValidatorStoppedError(FailureKind.DEATH, f"its process ended with {how}")

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
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="ascii",
            )
        return self._process


def read_with_pynwb(path: Path) -> str | None:
    """Return why pynwb, with today's ndx-pose, cannot read a file; ``None`` if it can.

    It starts a process for this one question; `PynwbReading` keeps it for many.

    Raises
    ------
    ValidatorStoppedError
        As `PynwbReading.read`.
    """
    with PynwbReading() as reading:
        return reading.read(path)


def _exchange(
    process: subprocess.Popen[str] | ForkedProcess, source: Source, seconds: float
) -> str:
    try:
        questions, answers = _there(process.stdin), _there(process.stdout)
        pickled = base64.b64encode(pickle.dumps((source, current_count()))).decode("ascii")
        questions.write(json.dumps({"source": pickled, "seconds": seconds}) + "\n")
        questions.flush()
        return answers.readline()
    except OSError:
        return ""  # it died before, or while, it took the question


def _there(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise OSError("no pipe to the process")
    return stream


def _answer(questions: IO[str], answers: IO[str]) -> None:
    """Read a source per line and write, as a line, why pynwb cannot read that file, or ``null``."""
    import ndx_pose  # noqa: F401, PLC0415 - its types are to be registered, in this process alone

    from posecheck.validators.pynwb_read import ReadingAttempt  # noqa: PLC0415

    attempt = ReadingAttempt()
    for line in questions:
        question = json.loads(line)
        _end_after(question["seconds"] + _GRACE)
        said = {"reason": None, "out_of_memory": False, "out_of_reach": ""}
        try:
            pickled = base64.b64decode(question["source"])
            source, count = pickle.loads(pickled)  # noqa: S301 - the parent's
            with count.counting() if count is not None else contextlib.nullcontext():
                said["reason"] = attempt.reason(source)
        except MemoryError:
            said["out_of_memory"] = True
        except SourceError as error:
            said["out_of_reach"] = str(error)
        _end_after(0)
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _signal_of(code: int) -> str:
    """Return the name of the signal that ended a process; empty if it ended by itself."""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}" if code < 0 else ""


def _end_after(seconds: float) -> None:
    """Have the system end this process after a while, never if that is zero."""
    if sys.platform != "win32":
        signal.alarm(math.ceil(seconds))


def _main() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever pynwb prints, the answers stay apart from it
    _answer(sys.stdin, answers)


if __name__ == "__main__":
    _main()
