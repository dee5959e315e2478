"""Whether something is absent, or stored and broken."""

from __future__ import annotations

from posecheck.model.recording import Recording


def broken_places(recording: Recording) -> frozenset[str]:
    """Return where a link or a field is stored and cannot be had: the family ``file`` says why."""
    return frozenset(problem.location for problem in recording.problems)
