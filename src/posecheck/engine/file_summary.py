"""What a worker keeps of a file for the rules that look at several."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.collection import FileSummary, Mention
from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.recording import Recording


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
    )


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
    entries: list[tuple[str, str, ExternalFile, bool]] = []
    for video in recording.videos:
        entries += [
            (video.path, f"external_file[{file.index}]", file, True)
            for file in video.external_files or ()
        ]
    for image in recording.images:
        entries += [(image.path, "the ExternalImage", file, False) for file in image.files]
    for container in recording.every_container():
        for field, files in (
            ("original_videos", container.original_videos),
            ("labeled_videos", container.labeled_videos),
        ):
            entries += [
                (container.path, f"{field}[{file.index}]", file, False) for file in files or ()
            ]
    for location, entry, file, is_video in entries:
        path = _path_of(file, folder)
        if path:
            yield Mention(
                location=location,
                entry=entry,
                path=path,
                identity=file.target.identity if file.target is not None else "",
                is_video=is_video,
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
