"""Read what an NWB file references, in a worker process: the file may come from a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posecheck.engine.file_check import FileJob, read_steadily
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.model.problem import ProblemKind
from posecheck.model.video_file import Decode, VideoAccess
from posecheck.upload.plan.closure import Candidate, mentions_of
from posecheck.upload.plan.obstacles import Mention

_BLOCKING = (ProblemKind.UNREADABLE, ProblemKind.NOT_NWB, ProblemKind.CHANGED)
_CLOSE_IT = "close it there, since what that program has yet to write would not be sent"


@dataclass(frozen=True, slots=True)
class References:
    """The references of an NWB file, or why they cannot be read."""

    mentions: tuple[Mention, ...] = ()
    obstacle: str = ""


def read_references(job: FileJob, *, linked_from: tuple[Path, ...] = ()) -> References:
    """Read what an NWB file references; called in a worker."""
    videos = VideoAccess(decode=Decode.NONE, linked_from=linked_from)
    recording = read_steadily(job, frozenset(), videos)
    in_use = next(recording.problems_of(ProblemKind.IN_USE), None)
    if in_use is not None:
        return References(obstacle=f"{in_use.detail}; {_CLOSE_IT}")
    blocking = next(recording.problems_of(*_BLOCKING), None)
    if blocking is not None and blocking.location == "/":
        return References(obstacle=f"it cannot be read: {blocking.detail}")
    return References(mentions=tuple(mentions_of(recording)))


def with_references(candidate: Candidate, answer: References | WorkerFailure) -> Candidate:
    """Return a candidate with what a worker read of it."""
    remedy = "Look at it with `posecheck validate`."
    if isinstance(answer, WorkerFailure):
        is_fault = answer.kind is FailureKind.EXCEPTION
        what = "posecheck failed to read it" if is_fault else "it cannot be read"
        read = References(obstacle=f"{what}: {answer.reason}")
    else:
        read = answer
    return Candidate(
        path=candidate.path,
        display_path=candidate.display_path,
        mentions=read.mentions,
        obstacle=read.obstacle,
        remedy=remedy if read.obstacle else "",
    )
