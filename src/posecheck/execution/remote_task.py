"""A task and its jobs as they came from another machine, which a worker process alone unpacks.

To unpack them takes modules that are long to import: the process that hands them out is to need
none of them.
"""

from __future__ import annotations

import functools
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from posecheck.execution.executor import FollowUp, NextAttempt
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.scratch import unpack


@dataclass(frozen=True, slots=True)
class Packed:
    """What `pack` packed, and the folder that stands in for the temporary one.

    Attributes
    ----------
    content
        What was packed.
    folder
        As of `unpack`.
    """

    content: bytes
    folder: Path

    def unpacked(self) -> Any:
        """Return the value."""
        return unpack(self.content, self.folder)


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """Does a packed job by a packed task, and packs what it comes to.

    Attributes
    ----------
    task
        The task.
    """

    task: Packed

    def __call__(self, job: Packed) -> bytes:
        """Do a job."""
        return pickle.dumps(_unpacked(self.task)(job.unpacked()), pickle.HIGHEST_PROTOCOL)


class RemoteFollowUp:
    """Says how a packed job goes on that failed.

    Parameters
    ----------
    follow_up
        The packed `FollowUp`.
    """

    def __init__(self, follow_up: Packed) -> None:
        self._packed = follow_up
        self._follow_up: FollowUp[Any] | None = None

    def __call__(
        self, index: int, job: Packed, failure: WorkerFailure
    ) -> NextAttempt[Packed] | None:
        """Return the next attempt."""
        if self._follow_up is None:
            self._follow_up = self._packed.unpacked()
            assert self._follow_up is not None  # noqa: S101 - it is what was packed
        following = self._follow_up(index, job.unpacked(), failure)
        if following is None:
            return None
        return replace(following, job=Packed(pickle.dumps(following.job), job.folder))


@functools.lru_cache(maxsize=1)
def _unpacked(task: Packed) -> Any:
    return task.unpacked()
