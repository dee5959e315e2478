"""A rig of three calibrated cameras around an arena, as a careful lab would write it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ndx_pose import (
    CalibratedCamera,
    MultiCameraPoseEstimation,
    PoseEstimation,
    PoseEstimationSeries,
    Skeleton,
    Skeletons,
)
from pynwb import NWBHDF5IO
from pynwb.image import ImageSeries
from tests.recordings.written import start_dandiset, start_session
from tests.video.written_videos import write_video

from posecheck.facts import Camera

Array = npt.NDArray[np.float64]

NODES = ("nose", "left_ear", "tail_base")
FRAMES, RATE = 240, 60.0
WIDTH, HEIGHT = 1280, 1024
INTRINSIC = np.array([[900.0, 0, 655.5], [0, 905.0, 498.25], [0, 0, 1]])
DISTORTION = np.array([-0.21, 0.06, 0.0011, -0.0007, 0.012])
POSE3D = "/processing/behavior/pose3d"

_STEM = "sub-mouse01_ses-20240102_behavior"


@dataclass(frozen=True, kw_only=True)
class View:
    """What is written of one camera and of what it saw."""

    name: str
    intrinsic: Array
    rotation: Array
    translation: Array
    distortion: Array
    pixels: dict[str, Array] = field(default_factory=dict)
    start: float = 0.0
    frames: int = FRAMES


def walk() -> dict[str, Array]:
    """Let a mouse run a loop on the floor of an arena, in millimeters."""
    turn = np.linspace(0, 4 * np.pi, FRAMES)
    middle = np.stack([120 * np.cos(turn), 80 * np.sin(2 * turn), 15 + 5 * np.sin(9 * turn)], 1)
    shifts = ((22.0, 0.0, 8.0), (15.0, 9.0, 14.0), (-35.0, -3.0, 0.0))
    return {node: middle + np.array(shift) for node, shift in zip(NODES, shifts, strict=True)}


def look(place: Sequence[float]) -> tuple[Array, Array]:
    """Return R and t of a camera at a place (mm) that looks at the middle of the arena."""
    eye = np.array(place, float)
    forward = -eye / np.linalg.norm(eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return rotation, -rotation @ eye


def rig() -> list[View]:
    """Return three views that agree within a pixel or two."""
    views = []
    for name, place in (
        ("left", (-700, -300, 420)),
        ("right", (650, -350, 500)),
        ("front", (40, 720, 380)),
    ):
        rotation, translation = look(place)
        camera = Camera(INTRINSIC, rotation, translation, DISTORTION)
        jitter = np.random.default_rng(len(name))
        pixels = {
            node: camera.project(points) + jitter.normal(0, 1.0, (FRAMES, 2))
            for node, points in walk().items()
        }
        views.append(
            View(
                name=name,
                intrinsic=INTRINSIC,
                rotation=rotation,
                translation=translation,
                distortion=DISTORTION,
                pixels=pixels,
            )
        )
    return views


def write_rig_dandiset(folder: Path) -> Path:
    """Write a dandiset of one session under three cameras, with its videos."""
    start_dandiset(folder)
    path = folder / "sub-mouse01" / f"{_STEM}.nwb"
    first, *others = (path.parent / video_of(view.name) for view in rig())
    write_video(first, FRAMES, rate=round(RATE), width=WIDTH, height=HEIGHT)
    for other in others:
        shutil.copyfile(first, other)
    return write_rig(path, rig())


def video_of(view: str) -> str:
    """Return where the video of a view lies, relative to the NWB file."""
    return f"{_STEM}/sub-mouse01_ses-20240102_{view}.mp4"


def write_rig(path: Path, views: Sequence[View], **spatial: Any) -> Path:
    """Write a MultiCameraPoseEstimation with its views; ``spatial`` overrides the 3D series'."""
    nwbfile = start_session("A mouse runs in an arena under three cameras.")
    skeleton = Skeleton(
        name="mouse",
        nodes=list(NODES),
        edges=np.array([[0, 1], [0, 2]], np.uint8),
        subject=nwbfile.subject,
    )
    estimations = []
    for view in views:
        camera = CalibratedCamera(
            name=f"{view.name}_camera",
            description="Camera of the rig, 60 frames per second.",
            intrinsic_matrix=view.intrinsic,
            rotation_matrix=view.rotation,
            translation_vector=view.translation,
            distortion_coefficients=view.distortion,
        )
        nwbfile.add_device(camera)
        video = ImageSeries(
            name=f"{view.name}_video",
            description=f"The arena from the {view.name}.",
            unit="n.a.",
            format="external",
            external_file=[video_of(view.name)],
            starting_frame=[0],
            dimension=[WIDTH, HEIGHT],
            rate=RATE,
            num_samples=view.frames,
            device=camera,
        )
        nwbfile.add_acquisition(video)
        series = [
            PoseEstimationSeries(
                name="".join(word.title() for word in node.split("_")),
                description=f"Position of {node} in the {view.name} video.",
                data=pixels[: view.frames],
                unit="pixels",
                reference_frame="(0, 0) is the top-left corner of the video frame.",
                rate=RATE,
                starting_time=view.start,
            )
            for node, pixels in view.pixels.items()
        ]
        estimations.append(
            PoseEstimation(
                name=view.name,
                pose_estimation_series=series,
                skeleton=skeleton,
                device=camera,
                source_video=video,
            )
        )
    module = nwbfile.create_processing_module("behavior", "Pose estimated from the videos.")
    module.add(Skeletons(skeletons=[skeleton]))
    module.add(
        MultiCameraPoseEstimation(
            name="pose3d",
            description="Keypoints of the mouse, triangulated from three cameras.",
            pose_estimation_series=_spatial_series(spatial),
            pose_estimations=estimations,
            skeleton=skeleton,
            scorer="DLC_resnet50_rigJan2shuffle1_100000",
            source_software="Anipose",
            source_software_version="1.1.22",
        )
    )
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    return path


def _spatial_series(changes: dict[str, Any]) -> list[PoseEstimationSeries]:
    values = {"unit": "millimeters", "timestamps": np.arange(FRAMES) / RATE, **changes}
    series: list[PoseEstimationSeries] = []
    for node, points in walk().items():
        if series and values["timestamps"] is not None:
            values["timestamps"] = series[0]  # a link, where a copy would do
        series.append(
            PoseEstimationSeries(
                name=node,
                description=f"Position of {node} in the arena.",
                data=points,
                reference_frame="(0, 0, 0) is the middle of the arena's floor, z is up.",
                **values,
            )
        )
    return series
