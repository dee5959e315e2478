"""A recording before it is written: how a careful lab would describe it, for mistakes to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posecheck.demo.camera import HEIGHT, WIDTH, Camera, oblique, overhead
from posecheck.demo.mouse import EDGES, NODES, Walk, walk
from posecheck.demo.tracking import Keypoint, track, triangulate

_IMAGE_FRAME = (
    "(0, 0) is the center of the top-left pixel of the video frame; x increases to the right, "
    "y increases downward."
)
_WORLD_FRAME = (
    "(0, 0, 0) is the center of the arena floor; as the top camera sees it, x points to the right "
    "and y to the top of the frame; z points up from the floor."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A camera, its video, and what was tracked in it.

    Attributes
    ----------
    camera
        The camera.
    file
        Where the MP4 is written, from the folder of the NWB file; ``None`` for nowhere.
    reference
        What ``external_file`` says.
    dimension
        What the ImageSeries says of the video's width and height in pixels.
    keypoints
        What was tracked; none for a video that was only filmed.
    """

    camera: Camera
    file: str | None
    reference: str
    dimension: tuple[int, int] = (WIDTH, HEIGHT)
    keypoints: tuple[Keypoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A session of one mouse.

    Attributes
    ----------
    subject, session
        The identifiers that DANDI's file name is made of.
    walk
        What the mouse did.
    views
        Its videos.
    world
        The same in space, triangulated from the views; none where one camera filmed.
    nodes, edges
        The skeleton.
    unit, reference_frame
        Of every series in pixels.
    scorer
        The model that tracked it.
    """

    subject: str
    session: str
    walk: Walk
    views: tuple[View, ...]
    world: tuple[Keypoint, ...] = ()
    nodes: tuple[str, ...] = NODES
    edges: tuple[tuple[int, int], ...] = EDGES
    unit: str = "pixels"
    reference_frame: str = _IMAGE_FRAME
    world_frame: str = _WORLD_FRAME
    scorer: str = "DLC_resnet50_openfieldMar4shuffle1_200000"

    @property
    def path(self) -> str:
        """Where the NWB file lies in the dandiset, in POSIX spelling."""
        return recording_path(self.subject, self.session)


def draft_overhead(subject: str, session: str, seed: int) -> Draft:
    """Film a walk with one camera from above."""
    return _draft(subject, session, seed, (overhead(),))


def draft_rig(subject: str, session: str, seed: int) -> Draft:
    """Film a walk with three calibrated cameras, and triangulate it."""
    rig = (
        overhead(),
        oblique("left", (-420.0, -330.0, 420.0)),
        oblique("right", (420.0, -330.0, 420.0)),
    )
    return _draft(subject, session, seed, rig)


def recording_path(subject: str, session: str) -> str:
    """Say where DANDI wants the NWB file of a session, from the dandiset's folder."""
    return f"sub-{subject}/sub-{subject}_ses-{session}_behavior.nwb"


def video_path(subject: str, session: str, camera: str) -> str:
    """Say where DANDI wants a video of a session, from the folder of its NWB file."""
    stem = f"sub-{subject}_ses-{session}"
    return f"{stem}_behavior/{stem}_{camera}_video.mp4"


def _draft(subject: str, session: str, seed: int, cameras: Iterable[Camera]) -> Draft:
    cameras = tuple(cameras)
    mouse = walk(seed)
    views = []
    for number, camera in enumerate(cameras):
        name = video_path(subject, session, camera.name)
        keypoints = track(mouse, camera, seed + 100 * number)
        views.append(View(camera=camera, file=name, reference=name, keypoints=keypoints))
    world = triangulate(mouse, cameras, seed + 1000) if len(views) > 1 else ()
    return Draft(subject=subject, session=session, walk=mouse, views=tuple(views), world=world)
