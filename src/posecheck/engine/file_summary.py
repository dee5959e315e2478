"""What a worker keeps of a file for the rules that look at several."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.collection import FileSummary, Mention
from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.file_references import ReferenceField
from posecheck.model.recording import Recording
from posecheck.rules.probed_video import why_not_probed

_NO_FILE = frozenset({TargetState.MISSING, TargetState.NOT_A_FILE, TargetState.OUTSIDE})


def summarize(recording: Recording) -> FileSummary | None:
    """Keep what rules over several files need; ``None`` for a file outside a dandiset."""
    placed = recording.dandiset
    if placed is None:
        return None
    subject = recording.subject
    folder = placed.path[:-1]
    return FileSummary(
        file=recording.file,
        path=placed.path,
        in_bids=placed.is_bids,
        object_id=recording.object_id,
        subject_id=subject.subject_id if subject is not None else None,
        session_id=recording.session_id,
        mentions=tuple(_mentions(recording, folder)),
        missed=tuple(_missed(recording, folder)),
        unread=_unread(recording),
        has_pose=bool(recording.containers or recording.trainings),
        ndx_pose_version=recording.specifications.get("ndx-pose"),
        dangling=tuple(_dangling(recording)),
        probed=tuple(_path_of(file, ()) for file in _probed(recording)),
        unplayable=tuple(
            _path_of(file, ())
            for file in _probed(recording)
            if file.video is not None and file.video.fault is not None
        ),
    )


def _dangling(recording: Recording) -> Iterator[tuple[str, ...]]:
    for references in recording.references():
        for file in () if references.field.is_deprecated else references.files:
            if file.target is not None and file.target.state in _NO_FILE:
                yield file.target.path


def _probed(recording: Recording) -> Iterator[ExternalFile]:
    """Yield the videos of which it is known whether they show anything."""
    for video in recording.videos:
        for file in video.external_files or ():
            if file.video is not None and not why_not_probed(file):
                yield file


def _missed(recording: Recording, folder: tuple[str, ...]) -> Iterator[str]:
    for video in recording.videos:
        for file in video.external_files or ():
            if file.reference.name and not _path_of(file, folder):
                yield file.reference.name


def _unread(recording: Recording) -> str:
    """Say where references are stored and cannot be read."""
    for problem in recording.problems:
        member = problem.member or problem.location.rpartition("/")[2]
        if member == "external_file" and not problem.attribute:
            return f"{recording.file}: {problem.location} could not be read"
    return ""


def _mentions(recording: Recording, folder: tuple[str, ...]) -> Iterator[Mention]:
    for references in recording.references():
        for file in references.files:
            path = _path_of(file, folder)
            if path:
                yield Mention(
                    location=references.owner.path,
                    entry=references.entry(file),
                    path=path,
                    identity=file.target.identity if file.target is not None else "",
                    is_video=references.field is ReferenceField.EXTERNAL_FILE,
                )


def _path_of(file: ExternalFile, folder: tuple[str, ...]) -> tuple[str, ...]:
    """Return where a referenced file lies in the dandiset; nothing if it does not."""
    target = file.target
    if target is None:
        return ()
    if target.candidate is not None and target.state is not TargetState.MISSING:
        return target.candidate.path
    there = target.state in {TargetState.PRESENT, TargetState.NOT_FETCHED}
    return target.path if there else ()
