"""The recording that a careful lab would write, with pynwb, ndx-pose and a real video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import numpy.typing as npt
from hdmf.backends.hdf5.h5_utils import H5DataIO
from ndx_pose import PoseEstimation, PoseEstimationSeries, Skeleton, Skeletons
from pynwb import NWBHDF5IO, NWBFile
from pynwb.file import Subject
from pynwb.image import ImageSeries

NODES = ("nose", "left_ear", "right_ear", "tail_base")
EDGES = ((0, 1), (0, 2), (0, 3))
FRAMES = 120
RATE = 30.0
WIDTH, HEIGHT = 96, 64

STEM = "sub-mouse01_ses-20240102_behavior"
VIDEO = f"{STEM}/sub-mouse01_ses-20240102_camera.mp4"
"""The video, relative to the NWB file, as DANDI names it."""

BEHAVIOR = "/processing/behavior"
POSE = "/processing/behavior/PoseEstimation"
SKELETON = "/processing/behavior/Skeletons/mouse"
CAMERA_VIDEO = "/acquisition/camera_video"

_REFERENCE_FRAME = (
    "(0, 0) is the top-left corner of the video frame; x increases to the right, y increases "
    "downward."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keypoint:
    """What is written of one node; the defaults of `write_recording` are careful."""

    name: str
    positions: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]
    timestamps: npt.NDArray[np.float64] | None = None
    reference_frame: str = _REFERENCE_FRAME


def write_video(path: Path, frames: int = FRAMES) -> Path:
    """Write a small H.264 video in which a gray square moves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=round(RATE), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
            left = index % (WIDTH - 16)
            picture[24:40, left : left + 16] = 90
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def careful_keypoints(nodes: Sequence[str] = NODES, frames: int = FRAMES) -> tuple[Keypoint, ...]:
    """Let every node walk a circle of its own inside the frame, detected well."""
    phase = np.linspace(0, 4 * np.pi, frames, dtype=np.float32)
    keypoints = []
    for index, node in enumerate(nodes):
        x = WIDTH / 2 + (12 + 4 * index) * np.cos(phase + index)
        y = HEIGHT / 2 + (10 + 3 * index) * np.sin(phase + index)
        confidence = 0.9 + 0.09 * np.cos(3 * phase + index)
        keypoints.append(
            Keypoint(
                name=node,
                positions=np.stack((x, y), axis=1).astype(np.float32),
                confidence=confidence.astype(np.float32),
            )
        )
    return tuple(keypoints)


def write_recording(
    folder: Path,
    *,
    nodes: Sequence[str] = NODES,
    edges: Sequence[tuple[int, int]] = EDGES,
    keypoints: Sequence[Keypoint] | None = None,
    clock: Literal["rate", "timestamps"] = "rate",
) -> Path:
    """Write a dandiset of one session: the NWB file, and its video where DANDI wants it.

    Parameters
    ----------
    folder
        The dandiset's root; it need not exist.
    nodes, edges
        The skeleton's.
    keypoints
        What is written of each node; by default one careful keypoint per node.
    clock
        How series without timestamps of their own are timed: by a rate, or by one regular
        timestamps array that the others link.

    Returns
    -------
    Path
        The NWB file.
    """
    path = folder / "sub-mouse01" / f"{STEM}.nwb"
    start_dandiset(folder)
    write_video(path.parent / VIDEO)
    nwbfile = start_session("A mouse explores an open field for four seconds.")
    model = nwbfile.create_device_model(
        name="acA1300",
        manufacturer="Basler",
        model_number="acA1300-200um",
        description="USB 3.0 monochrome camera.",
    )
    camera = nwbfile.create_device(
        name="camera", description="Overhead camera, 30 frames per second.", model=model
    )
    video = ImageSeries(
        name="camera_video",
        description="Overhead video of the open field.",
        unit="n.a.",
        format="external",
        external_file=[VIDEO],
        starting_frame=[0],
        num_samples=FRAMES,
        dimension=[WIDTH, HEIGHT],
        rate=RATE,
        starting_time=0.0,
        device=camera,
    )
    nwbfile.add_acquisition(video)
    skeleton = Skeleton(
        name="mouse",
        nodes=list(nodes),
        edges=np.array(edges, np.uint8).reshape(-1, 2),
        subject=nwbfile.subject,
    )
    pose = PoseEstimation(
        name="PoseEstimation",
        description="Keypoints of the mouse, estimated with DeepLabCut from the overhead video.",
        pose_estimation_series=keypoint_series(keypoints or careful_keypoints(nodes), clock),
        skeleton=skeleton,
        source_video=video,
        device=camera,
        scorer="DLC_resnet50_openfieldJan2shuffle1_100000",
        source_software="DeepLabCut",
        source_software_version="2.3.8",
    )
    module = nwbfile.create_processing_module(
        name="behavior", description="Pose estimated from the behavior video."
    )
    module.add(Skeletons(skeletons=[skeleton]))
    module.add(pose)
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    return path


def start_dandiset(folder: Path) -> None:
    """Make a folder the root of a dandiset."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dandiset.yaml").write_text("identifier: DANDI:000000\nname: Mice in an open field\n")


def start_session(description: str) -> NWBFile:
    """Return an NWB file with the metadata of its session and subject, still without data."""
    nwbfile = NWBFile(
        session_description=description,
        identifier="5f0d6c0e-8a0c-4a3f-9d7b-0d2f3c9f7c11",
        session_start_time=datetime(2024, 1, 2, 9, 30, tzinfo=UTC),
        session_id="20240102",
        experimenter=["Doe, Jane"],
        lab="Behavior Lab",
        institution="University of Somewhere",
        experiment_description="Free exploration of an open field.",
        keywords=["pose estimation", "open field"],
    )
    nwbfile.subject = Subject(
        subject_id="mouse01",
        species="Mus musculus",
        sex="F",
        age="P90D",
        description="Wild type.",
    )
    return nwbfile


def keypoint_series(keypoints: Sequence[Keypoint], clock: str) -> list[PoseEstimationSeries]:
    """Return what is written of each node, timed by a rate or by shared timestamps."""
    series: list[PoseEstimationSeries] = []
    shared: PoseEstimationSeries | None = None
    for keypoint in keypoints:
        timing: dict[str, Any]
        if keypoint.timestamps is not None:
            timing = {"timestamps": keypoint.timestamps}
        elif clock == "rate":
            timing = {"rate": RATE, "starting_time": 0.0}
        elif shared is not None:
            timing = {"timestamps": shared}
        else:
            timing = {"timestamps": _packed(np.arange(len(keypoint.positions)) / RATE)}
        written = PoseEstimationSeries(
            name=keypoint.name,
            description=f"Position of {keypoint.name} in the overhead video.",
            data=_packed(keypoint.positions),
            unit="pixels",
            reference_frame=keypoint.reference_frame,
            confidence=_packed(keypoint.confidence),
            confidence_definition="Softmax output of the deep neural network, 0 to 1.",
            **timing,
        )
        if shared is None and clock == "timestamps":
            shared = written
        series.append(written)
    return series


def _packed(values: npt.NDArray[Any]) -> H5DataIO:
    return H5DataIO(values, compression="gzip", shuffle=True, chunks=True)
