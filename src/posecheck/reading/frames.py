"""One frame of a recording: the picture, and where each node is at that time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from posecheck.model.errors import UsageError
from posecheck.model.picture import Picture
from posecheck.model.recording import (
    Clock,
    ExternalFile,
    PoseContainer,
    PoseSeries,
    Recording,
)
from posecheck.model.rule import Need
from posecheck.model.video import EVERY_VIDEO, VideoAccess
from posecheck.reading.recording import read_recording
from posecheck.reading.targets import Surroundings
from posecheck.rules.names import fold, pair
from posecheck.storage import Array, Group, StorageError, open_store

if TYPE_CHECKING:
    from posecheck.video.drawing import Point

_NEEDS = frozenset({Need.TARGETS, Need.VIDEO, Need.TIMESTAMPS})
_NEAR = 0.6
"""The share of a frame by which pose and picture may lie apart in time."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A video, the containers that were tracked in it, and its files."""

    containers: tuple[PoseContainer, ...]
    files: tuple[ExternalFile, ...]
    clock: Clock


def picture_frame(
    path: Path, number: int, *, shown: str, videos: VideoAccess = EVERY_VIDEO
) -> Picture:
    """Draw the pose on a frame of the video that it was tracked in.

    Parameters
    ----------
    path, shown
        The NWB file, and how it is printed.
    number
        The frame, counted from 0 over all files of the video.
    videos
        How long decoding may take.

    Returns
    -------
    Picture
        The frame of the first container whose video is at hand, with every container that was
        tracked in the same video.

    Raises
    ------
    UsageError
        If there is no such frame, or no pose with a video at hand.
    """
    # PyAV costs a tenth of a second to import: only where a video is really looked into.
    from posecheck.video.drawing import draw_pose, is_inside  # noqa: PLC0415
    from posecheck.video.opening import VideoError  # noqa: PLC0415
    from posecheck.video.picturing import decode_frame  # noqa: PLC0415

    recording = read_recording(path, shown=shown, needs=_NEEDS, videos=videos)
    scene = _scene_of(recording)
    if scene is None:
        raise UsageError(f"{shown}: no pose in it has a video that is at hand and can be decoded")
    file, within = _file_of(scene, number)
    surroundings = Surroundings(path)
    place = surroundings.path_of(file.target) if file.target is not None else None
    if place is None:
        raise UsageError(f"{file.reference.text} is not at hand")
    try:
        pixels = decode_frame(place, within, seconds=videos.seconds)
    except VideoError as error:
        raise UsageError(f"{file.reference.text}: {error.detail}") from error
    height, width = pixels.shape[:2]
    drawn: list[str] = []
    absent: list[str] = []
    outside: list[str] = []
    seconds = None
    store = open_store(path)
    try:
        seconds = _time_of(scene.clock, number, store.root)
        for container in scene.containers:
            nodes = _by_node(container)
            points = [
                _point(series, scene.clock, number, seconds, store.root) if series else None
                for _, series in nodes
            ]
            edges = container.skeleton.edges if container.skeleton is not None else ()
            draw_pose(pixels, points, edges or ())
            for (name, _), point in zip(nodes, points, strict=True):
                (absent if point is None else drawn).append(name)
                if point is not None and not is_inside(point, width, height):
                    outside.append(name)
    finally:
        store.close()
    return Picture(
        width=width,
        height=height,
        pixels=pixels.tobytes(),
        video=file.reference.text,
        frame=number,
        seconds=seconds,
        drawn=tuple(drawn),
        absent=tuple(absent),
        outside=tuple(outside),
    )


def _scene_of(recording: Recording) -> _Scene | None:
    videos = {video.path: video for video in recording.videos}
    containers = [
        container
        for container in recording.every_container()
        if not container.multi_camera and any(one.columns == 2 for one in container.series)
    ]
    for container in containers:
        video = videos.get(container.source_video or "")
        if video is not None and _is_at_hand(video.external_files):
            together = tuple(one for one in containers if one.source_video == video.path)
            return _Scene(together, video.external_files or (), video.clock)
        if video is None and _is_at_hand(container.original_videos):
            return _Scene((container,), container.original_videos or (), Clock())
    return None


def _is_at_hand(files: Sequence[ExternalFile] | None) -> bool:
    return any(file.video is not None and file.video.fault is None for file in files or ())


def _file_of(scene: _Scene, number: int) -> tuple[ExternalFile, int]:
    """Return the file that holds a frame, and the frame's number within it."""
    before = 0
    for file in scene.files:
        if file.video is None or file.video.fault is not None:
            raise UsageError(f"{file.reference.text} is not at hand, so frames cannot be counted")
        if number < before + file.video.frames:
            return file, number - before
        before += file.video.frames
    raise UsageError(f"there is no frame {number:,}: the video has {before:,}, counted from 0")


def _by_node(container: PoseContainer) -> list[tuple[str, PoseSeries | None]]:
    """Return the series in the order of the skeleton's nodes, which the edges count.

    A node without a series keeps its place; series that are no node follow behind.
    """
    nodes = container.skeleton.nodes if container.skeleton is not None else None
    pairing = pair(container, container.skeleton)
    meant = {series.path: node for series, node in pairing.near} if pairing is not None else {}
    by_name = {fold(meant.get(series.path, series.name)): series for series in container.series}
    named = [(node, by_name.get(fold(node))) for node in nodes or ()]
    placed = {series.path for _, series in named if series is not None}
    return named + [(one.name, one) for one in container.series if one.path not in placed]


def _point(
    series: PoseSeries, clock: Clock, number: int, seconds: float | None, root: Group
) -> Point | None:
    sample = _sample_of(series, clock, number, seconds, root)
    if sample is None or series.data is None or series.columns != 2:
        return None
    data = _array_at(root, series.data.path)
    if data is None or not 0 <= sample < series.frames:
        return None
    x, y = (series.scaled(float(value)) for value in data.read(sample, sample + 1)[0])
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _sample_of(
    series: PoseSeries, clock: Clock, number: int, seconds: float | None, root: Group
) -> int | None:
    """Return the sample taken at the time of a frame; ``None`` if there is none."""
    own = series.clock
    if seconds is None or (
        own.timestamps is not None
        and clock.timestamps is not None
        and own.timestamps.identity == clock.timestamps.identity
    ):
        return number
    if own.timestamps is None:
        if not own.rate or own.rate <= 0:
            return number
        return round((seconds - (own.start or 0.0)) * own.rate)
    stored = _array_at(root, own.timestamps.path)
    if stored is None or not own.timestamps.length:
        return None
    times = np.asarray(stored.read(0, own.timestamps.length), float)
    nearest = int(np.nanargmin(np.abs(times - seconds))) if not np.isnan(times).all() else 0
    step = own.facts.median_step if own.facts is not None else math.nan
    apart = abs(float(times[nearest]) - seconds)
    return nearest if not step > 0 or apart <= _NEAR * step else None


def _time_of(clock: Clock, number: int, root: Group) -> float | None:
    if clock.timestamps is not None:
        stored = _array_at(root, clock.timestamps.path)
        if stored is None or not 0 <= number < clock.timestamps.length:
            return None
        return float(stored.read(number, number + 1)[0])
    if clock.rate is None or clock.rate <= 0:
        return None
    return (clock.start or 0.0) + number / clock.rate


def _array_at(root: Group, path: str) -> Array | None:
    node: Group | Array = root
    for part in path.strip("/").split("/"):
        if not isinstance(node, Group):
            return None
        link = next((link for link in node.links() if link.name == part), None)
        if link is None:
            return None
        try:
            node = node.member(link)
        except StorageError:
            return None
    return node if isinstance(node, Array) else None
