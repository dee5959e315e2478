"""Whether a file would be judged the same again, as long as nothing changes on the disk."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.engine.validator_steps import ValidatorResults
from posecheck.model.finding import INTERNAL_ERROR
from posecheck.model.problem import ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind
from posecheck.model.report import FileReport, FileStatus

_JUDGED = frozenset({FileStatus.CHECKED, FileStatus.NOT_NWB})

_PASSING = (
    ProblemKind.UNREADABLE,
    ProblemKind.UNREADABLE_PART,
    ProblemKind.TIMED_OUT,
    ProblemKind.CRASHED,
    ProblemKind.CHANGED,
    ProblemKind.IN_USE,
    ProblemKind.VALIDATOR_TIMED_OUT,
    ProblemKind.VALIDATOR_CRASHED,
)
"""What may be for want of time or memory, or because of what another program does."""

_OF_TODAY = "NWBI.check_session_start_time_future_date"
"""What NWB Inspector says of a session only until it begins."""


def is_lasting(recording: Recording, results: ValidatorResults, report: FileReport) -> bool:
    """Return whether the same would be said again of an unchanged file.

    Parameters
    ----------
    recording
        What was read.
    results
        What the other validators said.
    report
        What is said.
    """
    return not (
        report.status not in _JUDGED
        or results.is_passing
        or any(recording.problems_of(*_PASSING))
        or any(finding.code == INTERNAL_ERROR for finding in report.findings)
        or any(finding.code == _OF_TODAY for finding in results.findings)
        or _has_range_of_ages(recording)
    )


def references_looked_up(recording: Recording) -> Iterator[str]:
    """Yield the references that NWB Inspector follows from the folder of the file."""
    for references in recording.references():
        for file in references.files:
            if file.reference.kind is ReferenceKind.RELATIVE or not file.reference.is_absolute:
                yield file.reference.text


def _has_range_of_ages(recording: Recording) -> bool:
    """Whether NWB Inspector compares two ages, for which it counts back from today."""
    subject = recording.subject
    return subject is not None and "/" in (subject.age or "")
