"""What a worker keeps of a file's check on the disk, so that it is there when the worker is not.

posecheck's own reading comes first and is kept whole. Each step of the other validators is added
as it is taken. What a worker leaves behind that was ended in the middle of a step can be read up to
the step before.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.engine.validator_steps import Progress, Step
from posecheck.model.recording import Recording
from posecheck.model.stamp import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file at one moment.

    Attributes
    ----------
    stamp
        What changes along with its content; ``None`` if it was not there.
    use
        Whether another program had it open, by the name of `posecheck.files.file_lock.FileUse`.
    """

    stamp: Stamp | None
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReading:
    """What posecheck itself read from a file.

    Attributes
    ----------
    recording
        All that it read.
    state
        The file as it was before.
    """

    recording: Recording
    state: FileState


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the check of one file is kept.

    Attributes
    ----------
    folder, number
        The folder of the run, and the file's number in it.
    """

    folder: Path
    number: int

    @property
    def _reading(self) -> Path:
        return self.folder / f"{self.number}.reading"

    @property
    def _steps(self) -> Path:
        return self.folder / f"{self.number}.steps"

    def keep_reading(self, reading: OwnReading, started: float) -> None:
        """Keep posecheck's own reading, and from when on the worker was busy with the file.

        Raises
        ------
        OSError
            If the disk has no room.
        """
        self._reading.write_bytes(pickle.dumps(reading, pickle.HIGHEST_PROTOCOL))
        self._steps.write_bytes(pickle.dumps(started))

    def begin_again(self, progress: Progress, started: float) -> None:
        """Keep the progress of an earlier attempt, and when the next one started.

        Raises
        ------
        OSError
            If the disk has no room.
        """
        content = b"".join(map(pickle.dumps, (started, *progress.steps)))
        temporary = self._steps.with_suffix(".new")
        temporary.write_bytes(content)
        temporary.replace(self._steps)

    def reading(self) -> OwnReading:
        """Return posecheck's own reading.

        Raises
        ------
        OSError, pickle.UnpicklingError
            If it was not kept.
        """
        reading: OwnReading = pickle.loads(self._reading.read_bytes())  # noqa: S301 - a worker's
        return reading

    def progress(self) -> tuple[Progress, float] | None:
        """Return the steps so far, and when the attempt started.

        It is ``None`` as long as posecheck's own reading is not kept.
        """
        try:
            content = self._steps.read_bytes()
        except OSError:
            return None
        started, *steps = _unpacked(content) or [None]
        return None if started is None else (Progress(steps=tuple(steps)), started)

    def discard(self) -> None:
        """Remove what was kept."""
        for path in (self._reading, self._steps):
            with contextlib.suppress(OSError):
                path.unlink()


class StepWriter:
    """Adds steps to a checkpoint, from whichever thread; use it as a context manager.

    Parameters
    ----------
    checkpoint
        Where to; nowhere if it is ``None``.
    progress
        The steps so far.
    """

    def __init__(self, checkpoint: Checkpoint | None, progress: Progress | None = None) -> None:
        self.progress = progress or Progress()
        self._lock = threading.Lock()
        self._file: int | None = None
        if checkpoint is not None:
            with contextlib.suppress(OSError):
                flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._file = os.open(checkpoint._steps, flags)

    def __enter__(self) -> StepWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)

    def add(self, step: Step) -> None:
        """Take a step."""
        with self._lock:
            self.progress = self.progress.after(step)
            if self._file is not None:
                # A disk that is full costs what a hang would cost, and nothing else.
                with contextlib.suppress(OSError):
                    os.write(self._file, pickle.dumps(step, pickle.HIGHEST_PROTOCOL))


def _unpacked(content: bytes) -> list[Any]:
    """Return the objects up to the first that is torn."""
    return list(_objects(content))


def _objects(content: bytes) -> Iterator[Any]:
    stream = io.BytesIO(content)
    while True:
        try:
            yield pickle.load(stream)  # noqa: S301 - a worker's
        except Exception:  # noqa: BLE001 - the end, or whatever a worker left that was ended
            return
