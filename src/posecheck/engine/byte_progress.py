"""The bytes that workers receive from elsewhere: counted with each job, reported meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from posecheck.engine.file_check import FileJob
from posecheck.model.progress import ProgressListener
from posecheck.sources.received_bytes import FileCount, ReceivedBytes
from posecheck.sources.source import Source

Result = TypeVar("Result")


class ByteProgress:
    """Reports how many bytes the workers of a run have received; nothing if all files are here.

    Parameters
    ----------
    sources
        The files of the run.
    folder
        Where the counts are kept.
    listener
        Receives them.
    """

    def __init__(self, sources: Sequence[Source], folder: Path, listener: ProgressListener) -> None:
        self._listener = listener
        self._received: ReceivedBytes | None = None
        if any(not source.is_local for source in sources):
            self._received = ReceivedBytes.create(folder / "received", len(sources))

    def count_of(self, place: int) -> FileCount | None:
        """Return what the worker counts with that has the file at a place."""
        return None if self._received is None else self._received.of(place)

    def report(self) -> None:
        """Report how much came until now."""
        if self._received is not None:
            self._listener.receive(self._received.so_far())


def with_bytes_counted(job: FileJob, *, task: Callable[[FileJob], Result]) -> Result:
    """Do a job, and count what is received meanwhile. A worker imports this."""
    with job.count.counting() if job.count is not None else contextlib.nullcontext():
        return task(job)
