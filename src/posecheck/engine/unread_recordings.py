"""Recordings of which nothing but a problem is known, because they could not be read."""

from __future__ import annotations

from posecheck.engine.discovery import Found
from posecheck.engine.reading_limit import reading_seconds
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.model.finding import WHOLE_FILE
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.values import Value
from posecheck.sources.source import Source


def recording_of_obstacle(found: Found) -> Recording:
    """Return what is known of a file that has an obstacle."""
    problem = Problem(kind=ProblemKind.UNREADABLE, location=WHOLE_FILE, detail=found.obstacle)
    return Recording(file=found.display_path, problems=(problem,))


def recording_of_failure(source: Source, failure: WorkerFailure, limit: float) -> Recording:
    """Return what is known of a file whose worker failed.

    Parameters
    ----------
    source
        The file.
    failure
        What became of the worker.
    limit
        The seconds that it had.
    """
    is_late = failure.kind is FailureKind.TIME
    kind = ProblemKind.TIMED_OUT if is_late else ProblemKind.CRASHED
    values: dict[str, Value] = {"seconds": limit, "cause": failure.kind.value}
    if is_late and failure.seconds < limit:  # it computed too long, before its time was over
        values |= {"seconds": reading_seconds(source, limit), "stage": "reading"}
    problem = Problem(kind=kind, location=WHOLE_FILE, detail=failure.reason, values=values)
    return Recording(file=source.display_path, problems=(problem,))
