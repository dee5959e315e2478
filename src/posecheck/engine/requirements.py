"""Whether the facts that a rule needs are at hand for a subject, and if not, why.

What is not stored is not missing: a series without confidence has no confidence facts, and the rule
says what it thinks of that. Missing is what is stored and was not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from posecheck.model.clock import Clock
from posecheck.model.external_file import ExternalFile
from posecheck.model.facts import ArrayInfo
from posecheck.model.file_references import references_of
from posecheck.model.finding import OUTSIDE_DANDISET
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining
from posecheck.model.problem import ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind
from posecheck.model.rule import Need

Subject = (
    Recording
    | Video
    | ExternalImage
    | PoseContainer
    | PoseSeries
    | Skeleton
    | Device
    | PoseTraining
)
"""Whatever a rule may be evaluated on."""

_ON_DISK = frozenset(ReferenceKind) - {ReferenceKind.URL, ReferenceKind.BLANK}


_OF_THE_WHOLE_FILE = frozenset({Need.DANDISET, Need.PYNWB, Need.METADATA})


def may_evaluate_in_part(subject: Subject, needs: Iterable[Need]) -> bool:
    """Whether a rule can go on without some facts: on a whole file, it passes over what is unread.

    One dataset that cannot be read must not silence what is wrong with the others.
    """
    return isinstance(subject, Recording) and not _OF_THE_WHOLE_FILE & set(needs)


def missing_need(recording: Recording, subject: Subject, needs: Iterable[Need]) -> str:
    """Return why ``subject`` cannot be evaluated, as a clause; empty if everything is at hand.

    Parameters
    ----------
    recording
        The file that holds the subject: being in a dandiset is the file's.
    subject
        What a rule is to be evaluated on.
    needs
        What the rule declares.
    """
    for need in needs:
        if need is Need.DANDISET:
            reason = "" if recording.dandiset is not None else OUTSIDE_DANDISET
        elif need is Need.PYNWB:
            reason = "" if recording.read_by_pynwb else _why_not_run(recording, need, "pynwb")
        elif need is Need.METADATA:
            reason = "" if recording.extracted_by_dandi else _why_not_run(recording, need, "dandi")
        else:
            reason = next(filter(None, _REASONS[need](subject)), "")
        if reason:
            return reason
    return ""


def _why_not_run(recording: Recording, need: Need, who: str) -> str:
    kinds = (ProblemKind.VALIDATOR_TIMED_OUT, ProblemKind.VALIDATOR_CRASHED)
    for problem in recording.problems_of(*kinds):
        if problem.values.get("gathers") == need:
            return f"{who} was stopped: {problem.detail}"
    return f"{who} was not run"


def _positions(subject: Subject) -> Iterable[str]:
    return (
        _unread(series.name, "data", series.data, series.positions)
        for series in _series_of(subject)
    )


def _confidence(subject: Subject) -> Iterable[str]:
    return (
        _unread(series.name, "confidence", series.confidence_data, series.confidence)
        for series in _series_of(subject)
    )


def _timestamps(subject: Subject) -> Iterable[str]:
    return (
        _unread(name, "timestamps", clock.timestamps, clock.facts)
        for name, clock in _clocks_of(subject)
    )


def _instances(subject: Subject) -> Iterable[str]:
    return (
        _unread(instance.name, "node_locations", instance.locations, instance.facts)
        for training in _trainings_of(subject)
        for frame in training.frames
        for instance in frame.instances
    )


def _targets(subject: Subject) -> Iterable[str]:
    return (
        f"nobody looked whether {entry.reference.text!r} is there"
        for entry in _external_files_of(subject)
        if entry.target is None and entry.reference.kind in _ON_DISK
    )


def _unread(name: str, member: str, stored: ArrayInfo | None, facts: object) -> str:
    if stored is None or facts is not None or 0 in stored.shape:
        return ""
    return f"{name}/{member}: {stored.unread or 'not read'}"


_REASONS: Mapping[Need, Callable[[Subject], Iterable[str]]] = {
    Need.POSITIONS: _positions,
    Need.CONFIDENCE: _confidence,
    Need.TIMESTAMPS: _timestamps,
    Need.CLOCKS: _timestamps,
    Need.INSTANCES: _instances,
    Need.REPROJECTION: _positions,
    Need.TARGETS: _targets,
    # A video may be missing for one file of several: the rule itself says what it lacks.
    Need.VIDEO: lambda subject: (),
}


def _series_of(subject: Subject) -> Iterable[PoseSeries]:
    match subject:
        case PoseSeries():
            return (subject,)
        case PoseContainer():
            views = chain.from_iterable(view.series for view in subject.views)
            return chain(subject.series, views)
        case Recording():
            return subject.every_series()
        case _:
            return ()


def _clocks_of(subject: Subject) -> Iterable[tuple[str, Clock]]:
    timed: Iterable[PoseSeries | Video] = _series_of(subject)
    match subject:
        case Video():
            timed = (subject,)
        case Recording():
            timed = chain(timed, subject.videos)
        case _:
            pass
    return ((item.name, item.clock) for item in timed)


def _trainings_of(subject: Subject) -> Iterable[PoseTraining]:
    match subject:
        case PoseTraining():
            return (subject,)
        case Recording():
            return subject.trainings
        case _:
            return ()


def _external_files_of(subject: Subject) -> Iterable[ExternalFile]:
    match subject:
        case Video() | ExternalImage() | PoseContainer():
            listed = references_of(subject)
        case Recording():
            listed = subject.references()
        case _:
            return ()
    return chain.from_iterable(references.files for references in listed)
