"""One frame of a recording: the picture, and where each node is at that time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posecheck.model.clock import Clock
from posecheck.model.errors import UsageError
from posecheck.model.picture import Picture, PictureRequest
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.rule import Need
from posecheck.model.video_file import EVERY_VIDEO, VideoAccess
from posecheck.reading.picture_scene import Film, Scene, find_scene
from posecheck.reading.recording_reader import read_recording
from posecheck.reading.targets import FileContext
from posecheck.rules.body_part_names import fold, pair
from posecheck.rules.clocks import counts_frames
from posecheck.sources.source import Source
from posecheck.storage import Array, Group, StorageError, open_store

if TYPE_CHECKING:
    from posecheck.video.frame_decoder import Pixels
    from posecheck.video.pose_overlay import Point

_NEEDS = frozenset({Need.TARGETS, Need.VIDEO, Need.TIMESTAMPS})
_NEAR = 0.6
"""The share of a frame by which pose and picture may lie apart in time."""


def picture_frame(
    source: Source, request: PictureRequest, *, videos: VideoAccess = EVERY_VIDEO
) -> Picture:
    """Draw the pose on a frame of the video that it was tracked in.

    Parameters
    ----------
    source
        The NWB file.
    request
        Which frame, of which video.
    videos
        How long decoding may take.

    Returns
    -------
    Picture
        The frame, with every container that was tracked in the same video or the one that was
        asked for.

    Raises
    ------
    UsageError
        If there is no such frame, or no pose with a video at hand.
    """
    # PyAV costs a tenth of a second to import: only where a video is really looked into.
    from posecheck.video import Probes  # noqa: PLC0415
    from posecheck.video.ffmpeg import VideoError  # noqa: PLC0415
    from posecheck.video.frame_decoder import decode_frame  # noqa: PLC0415
    from posecheck.video.pose_overlay import enlarge  # noqa: PLC0415

    recording = read_recording(source, needs=_NEEDS, videos=videos)
    probes = Probes(decode=videos.decode, seconds=videos.seconds, folder=videos.folder)
    scene = find_scene(recording, request, FileContext(source, videos.linked_from), probes.facts_of)
    film, within = _film_of(scene, request.frame)
    try:
        pixels = decode_frame(film.source, within, seconds=videos.seconds)
    except VideoError as error:
        raise UsageError(f"{film.name}: {error.detail}") from error
    size = (pixels.shape[1], pixels.shape[0])
    large, times = enlarge(pixels)
    store = open_store(source)
    try:
        seconds = _time_of(scene.clock, request.frame, store.root)
        poses = [
            _pose_of(container, scene.clock, request.frame, seconds, store.root)
            for container in scene.containers
        ]
    finally:
        store.close()
    _draw(large, times, poses)
    named = [
        (f"{pose.container}/{name}" if len(poses) > 1 else name, point)
        for pose in poses
        for name, point in pose.nodes
    ]
    return Picture(
        width=large.shape[1],
        height=large.shape[0],
        pixels=large.tobytes(),
        times=times,
        video=film.name,
        note=film.note,
        frame=request.frame,
        seconds=seconds,
        drawn=tuple(name for name, point in named if point is not None),
        absent=tuple(name for name, point in named if point is None),
        outside=tuple(
            name
            for name, point in named
            if point is not None and not (0 <= point[0] <= size[0] and 0 <= point[1] <= size[1])
        ),
    )


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where the nodes of a container are at one time, and which of them are joined."""

    container: str
    nodes: tuple[tuple[str, Point | None], ...]
    edges: tuple[tuple[int, int], ...]


def _draw(large: Pixels, times: int, poses: Sequence[_Pose]) -> None:
    """Draw every pose, then the scale, then the names where there is room."""
    from posecheck.video.pose_overlay import Labels, draw_pose, enlarged  # noqa: PLC0415

    placed = [[enlarged(point, times) for _, point in pose.nodes] for pose in poses]
    labels = Labels(large)
    for pose, points in zip(poses, placed, strict=True):
        draw_pose(large, points, pose.edges)
        labels.reserve(points)
    labels.write_scale(times)
    for pose, points in zip(poses, placed, strict=True):
        for (name, _), point in zip(pose.nodes, points, strict=True):
            if point is not None:
                labels.write(point, name)


def _pose_of(
    container: PoseContainer, clock: Clock, number: int, seconds: float | None, root: Group
) -> _Pose:
    nodes = tuple(
        (name, _point(series, clock, number, seconds, root) if series is not None else None)
        for name, series in _by_node(container)
    )
    edges = container.skeleton.edges if container.skeleton is not None else ()
    return _Pose(container.name, nodes, edges or ())


def _film_of(scene: Scene, number: int) -> tuple[Film, int]:
    """Return the file that holds a frame, and the frame's number within it."""
    before = -scene.first
    for film in scene.films:
        if number < before + film.frames:
            return film, number - before
        before += film.frames
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
    if seconds is None and own.timestamps is not None and counts_frames(own):
        seconds = float(number)  # the writer took frame numbers for time
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
