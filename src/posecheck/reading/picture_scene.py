"""Which pose is drawn, and on which video: chosen by names, or the first whose video is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.model.clock import Clock
from posecheck.model.errors import Argument, UsageError
from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import Video
from posecheck.model.picture import PictureRequest
from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording
from posecheck.model.video_file import VideoFacts
from posecheck.reading.targets import FileContext
from posecheck.rules.candidate_files import (
    Agreement,
    Stated,
    stated_by_container,
    statements_of,
    weigh,
)
from posecheck.rules.video_parts import part_of
from posecheck.sources.local_source import LocalSource
from posecheck.sources.source import Source

Probe = Callable[[Source], VideoFacts]
"""Looks into a video file."""


@dataclass(frozen=True, slots=True)
class Film:
    """A video file that can be shown.

    Attributes
    ----------
    source, name
        The file, and how it is printed.
    frames
        Its number of frames.
    note
        Where it was found, if its reference leads nowhere; empty otherwise.
    """

    source: Source
    name: str
    frames: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Containers that were tracked in one video, and the files of that video.

    Attributes
    ----------
    clock
        That of the video.
    first
        The frame of the file that is the first of the series, where that means a part of it.
    """

    containers: tuple[PoseContainer, ...]
    films: tuple[Film, ...]
    clock: Clock
    first: int = 0


def find_scene(
    recording: Recording, request: PictureRequest, file_context: FileContext, probe: Probe
) -> Scene:
    """Choose what is drawn.

    Parameters
    ----------
    recording
        The file, with what its videos hold.
    request
        What the user asked for.
    file_context
        Where files lie beside the NWB file.
    probe
        Looks into a file that no reference leads to.

    Raises
    ------
    UsageError
        If nothing fits, or no video of it is at hand.
    """
    containers = _chosen(recording, request)
    videos = {video.path: video for video in recording.videos}
    if request.video is not None:
        film = _named_by_user(request.video, probe)
        container = containers[0]
        video = videos.get(container.source_video or "")
        return Scene((container,), (film,), video.clock if video is not None else Clock())
    for container in containers:
        video = videos.get(container.source_video or "")
        files = container.original_videos if video is None else video.external_files
        films = tuple(
            _films(files or (), file_context, probe, _stated_by(recording, video, container))
        )
        if not films or len(films) < len(files or ()):
            continue
        if video is None:
            alike = (container,) if request.container else _naming(containers, container)
            return Scene(alike, films, Clock())
        part = part_of(video)
        together = (container,) if request.container else _sharing(containers, container)
        return Scene(together, films, video.clock, part.first if part is not None else 0)
    raise UsageError(
        f"{recording.file}: no pose in it has a video that is at hand and can be decoded; ",
        Argument("video", "FILE"),
        " names one",
    )


def _chosen(recording: Recording, request: PictureRequest) -> tuple[PoseContainer, ...]:
    """Return the containers in two dimensions that the request allows."""
    flat = [
        container
        for container in recording.every_container()
        if not container.multi_camera and any(one.columns == 2 for one in container.series)
    ]
    if not flat:
        raise UsageError(f"{recording.file}: no pose in it lies in the plane of a video")
    if request.container:
        flat = _named(flat, request.container, "container", lambda one: (one.path,))
    if request.camera:
        videos = {video.path: video for video in recording.videos}
        flat = _named(flat, request.camera, "camera", lambda one: _cameras_of(one, videos))
    return tuple(flat)


def _named(
    containers: Sequence[PoseContainer],
    name: str,
    what: str,
    names_of: Callable[[PoseContainer], Iterable[str]],
) -> list[PoseContainer]:
    """Return those of which a path, or its last part, is the name; case does not count."""
    wanted = name.strip("/").casefold()
    found = [
        container
        for container in containers
        if any(
            wanted in {path.strip("/").casefold(), _last(path).casefold()}
            for path in names_of(container)
        )
    ]
    if not found:
        known = dict.fromkeys(_last(path) for one in containers for path in names_of(one))
        there = f"there are {', '.join(known)}" if known else "the file names none"
        raise UsageError(f"there is no {what} {name!r} with pose in two dimensions: {there}")
    return found


def _cameras_of(container: PoseContainer, videos: dict[str, Video]) -> Iterator[str]:
    yield from container.devices
    video = videos.get(container.source_video or "")
    if video is not None:
        yield video.path
        if video.device is not None:
            yield video.device


def _sharing(
    containers: Sequence[PoseContainer], container: PoseContainer
) -> tuple[PoseContainer, ...]:
    return tuple(one for one in containers if one.source_video == container.source_video)


def _naming(
    containers: Sequence[PoseContainer], container: PoseContainer
) -> tuple[PoseContainer, ...]:
    """Return the containers that name the same files themselves, as before ndx-pose 0.2."""

    def texts(one: PoseContainer) -> tuple[str, ...]:
        return tuple(file.reference.text for file in one.original_videos or ())

    return tuple(
        one for one in containers if one.source_video is None and texts(one) == texts(container)
    )


def _stated_by(
    recording: Recording, video: Video | None, container: PoseContainer
) -> Callable[[ExternalFile], Stated]:
    if video is None:
        return lambda file: stated_by_container(container)
    users = [one for one in recording.every_container() if one.source_video == video.path]
    return statements_of(video, users)


def _films(
    files: Sequence[ExternalFile],
    file_context: FileContext,
    probe: Probe,
    stated: Callable[[ExternalFile], Stated],
) -> Iterator[Film]:
    """Yield the files that can be shown: where the reference leads, else beside the NWB file."""
    for file in files:
        if file.target is None:
            continue
        source = file_context.source_of(file.target)
        if source is not None and file.video is not None and file.video.fault is None:
            yield Film(source, file.reference.text, file.video.displayed_frames)
            continue
        source = file_context.source_of_candidate(file.target)
        facts = file.target.candidate.video if file.target.candidate is not None else None
        if source is None and file.video is None:
            source = file_context.beside(file.reference)
            facts = probe(source) if source is not None else None
        if source is None or facts is None or facts.fault is not None:
            continue
        note = f"{file.reference.text} leads nowhere: this is {source.name} beside the NWB file"
        if file.target.candidate is not None:
            weighed = weigh(file.target.candidate, stated(file))
            if weighed.agreement is Agreement.MEANT:
                note = ""
            elif weighed.agreement is Agreement.CONTRADICTS:
                note += f", which contradicts it: {weighed.clause}"
        yield Film(source, source.name, facts.displayed_frames, note)


def _named_by_user(path: Path, probe: Probe) -> Film:
    source = LocalSource.at(path)
    facts = probe(source)
    if facts.fault is not None:
        raise UsageError(Argument("video"), f": {path}: {facts.detail}")
    return Film(source, source.name, facts.displayed_frames)


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]
