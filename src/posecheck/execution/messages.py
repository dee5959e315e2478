"""What a Dask worker and the process that does its jobs send each other, and how."""

from __future__ import annotations

import os
import pickle
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.execution.limits import Limits

_LENGTH = struct.Struct(">Q")
_MOST_AT_ONCE = 1024**2


@dataclass(frozen=True, slots=True)
class Greeting:
    """The first message to the process.

    Attributes
    ----------
    modules
        What its workers will import.
    folder
        Where its temporary files may lie.
    """

    modules: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class Run:
    """What holds for all jobs of a run, as it is packed.

    Attributes
    ----------
    task
        The packed task.
    limits
        As in `Executor.run`.
    follow_up
        The packed `FollowUp`, which jobs that are sent together share; empty for the pool's own.
    """

    task: bytes
    limits: Limits
    follow_up: bytes = b""


@dataclass(frozen=True, slots=True)
class RunToDo:
    """What holds for all jobs of a run.

    Attributes
    ----------
    name
        Of the run.
    content
        The packed `Run`.
    """

    name: str
    content: bytes


FileStamp = tuple[int, int]
"""The bytes of a file, and the second of its last change: not all machines see finer times."""


def stamp_of(path: str) -> FileStamp | None:
    """Return what tells a file from another one; ``None`` if none is there, or it is a folder."""
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_size, int(status.st_mtime)


@dataclass(frozen=True, slots=True)
class PackedJob:
    """A job.

    Attributes
    ----------
    content
        The packed job.
    path
        The file that must be there; empty if none must.
    stamp
        What `stamp_of` returned of the file where the run began.
    """

    content: bytes
    path: str = ""
    stamp: FileStamp | None = None


@dataclass(frozen=True, slots=True)
class JobsToDo:
    """Jobs that one worker does, one after the other.

    Attributes
    ----------
    number
        What the process answers with.
    run
        The name of their run.
    jobs
        The jobs, by their place among those that were sent to the Dask worker together.
    is_fresh
        Whether a process is to do them that has done nothing before.
    """

    number: int
    run: str
    jobs: dict[int, PackedJob]
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job came to.

    Attributes
    ----------
    number
        As in `JobsToDo`.
    place
        The job's.
    content
        The packed result, `WorkerFailure`, `NotVisible` or `Fault`.
    """

    number: int
    place: int
    content: bytes


@dataclass(frozen=True, slots=True)
class NotVisible:
    """A file is not there.

    Attributes
    ----------
    path
        Its path.
    machine
        Where it was looked for.
    """

    path: str
    machine: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A worker cannot do any job.

    Attributes
    ----------
    reason
        Why, as a sentence.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """posecheck failed on a worker, outside of a job.

    Attributes
    ----------
    reason
        Why, as a clause.
    traceback
        Where.
    """

    reason: str
    traceback: str = ""


def send(descriptor: int, message: Any) -> None:
    """Write a message.

    Raises
    ------
    OSError
        If nobody reads.
    """
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    left = memoryview(_LENGTH.pack(len(content)) + content)
    while left:
        left = left[os.write(descriptor, left[:_MOST_AT_ONCE]) :]


def receive(descriptor: int) -> Any:
    """Read a message.

    Raises
    ------
    EOFError
        If there will be none.
    """
    (length,) = _LENGTH.unpack(_read(descriptor, _LENGTH.size))
    return pickle.loads(_read(descriptor, length))  # noqa: S301 - from the other process of ours


def _read(descriptor: int, count: int) -> bytes:
    parts = []
    while count:
        part = os.read(descriptor, min(count, _MOST_AT_ONCE))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
