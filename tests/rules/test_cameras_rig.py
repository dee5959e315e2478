"""A rig of three calibrated cameras, written by ndx-pose and read back, whole and broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ndx_pose import (
    CalibratedCamera,
    MultiCameraPoseEstimation,
    PoseEstimation,
    PoseEstimationSeries,
    Skeleton,
    Skeletons,
)
from pynwb import NWBHDF5IO, NWBFile
from pynwb.image import ImageSeries

from posecheck.catalog import load_catalog
from posecheck.engine.judging import judge
from posecheck.engine.rulebook import open_rule_book
from posecheck.facts import Camera
from posecheck.model.finding import Origin
from posecheck.model.recording import Recording
from posecheck.model.rule import Need
from posecheck.reading import read_recording

Array = npt.NDArray[np.float64]

NODES = ("nose", "left_ear", "tail_base")
FRAMES, RATE = 240, 60.0
WIDTH, HEIGHT = 1280, 1024
INTRINSIC = np.array([[900.0, 0, 655.5], [0, 905.0, 498.25], [0, 0, 1]])
DISTORTION = np.array([-0.21, 0.06, 0.0011, -0.0007, 0.012])
BOOK = open_rule_book(
    [rule for rule in load_catalog() if rule.family == "cameras"], {}, Origin("posecheck", "0")
)


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


def write_rig(path: Path, views: Sequence[View], **spatial: Any) -> Path:
    """Write a MultiCameraPoseEstimation with its views; ``spatial`` overrides the 3D series'."""
    nwbfile = NWBFile(
        session_description="A mouse runs in an arena under three cameras.",
        identifier="rig",
        session_start_time=datetime(2024, 1, 2, tzinfo=UTC),
    )
    skeleton = Skeleton(name="mouse", nodes=list(NODES), edges=np.array([[0, 1], [0, 2]], np.uint8))
    estimations = []
    for view in views:
        camera = CalibratedCamera(
            name=f"{view.name}_camera",
            intrinsic_matrix=view.intrinsic,
            rotation_matrix=view.rotation,
            translation_vector=view.translation,
            distortion_coefficients=view.distortion,
        )
        nwbfile.add_device(camera)
        video = ImageSeries(
            name=f"{view.name}_video",
            unit="n.a.",
            format="external",
            external_file=[f"{view.name}.mp4"],
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
    timing = {"timestamps": np.arange(FRAMES) / RATE}
    values = {"unit": "millimeters", **timing, **spatial}
    module = nwbfile.create_processing_module("behavior", "pose")
    module.add(Skeletons(skeletons=[skeleton]))
    module.add(
        MultiCameraPoseEstimation(
            name="pose3d",
            pose_estimation_series=[
                PoseEstimationSeries(
                    name=node,
                    data=points,
                    reference_frame="(0, 0, 0) is the middle of the arena's floor, z is up.",
                    **values,
                )
                for node, points in walk().items()
            ],
            pose_estimations=estimations,
            skeleton=skeleton,
        )
    )
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    return path


def read(path: Path) -> Recording:
    return read_recording(path, shown=path.name, needs=frozenset(Need))


def told(recording: Recording) -> set[tuple[str, str]]:
    """Return codes and the last part of the places of what CAM says."""
    report = judge(recording, BOOK)
    return {(item.code, item.location.rsplit("/", 1)[-1]) for item in report.findings}


def only(views: Sequence[View], **changes: Any) -> list[View]:
    """Change the first view, and leave the others."""
    first, *others = views
    return [replace(first, **changes), *others]


def test_a_true_rig_gives_nothing(tmp_path: Path) -> None:
    recording = read(write_rig(tmp_path / "rig.nwb", rig()))
    assert told(recording) == set()
    (container,) = recording.containers
    assert [facts.samples for facts in container.reprojection] == [len(NODES) * FRAMES] * 3
    # jitter of 1 pixel in x and in y: the median of a Rayleigh distribution
    assert all(facts.median == pytest.approx(1.18, abs=0.1) for facts in container.reprojection)


def mirrored(view: View) -> dict[str, Array]:
    return {
        node: np.stack([WIDTH - pixels[:, 0], pixels[:, 1]], 1)
        for node, pixels in view.pixels.items()
    }


def turned_round(view: View) -> dict[str, Array]:
    """Return the pose that maps camera to world, which ndx-pose does not want."""
    back = view.rotation.T
    return {"rotation": back, "translation": -back @ view.translation}


Fault = tuple[Callable[[Sequence[View]], list[View]], set[tuple[str, str]]]

BROKEN: dict[str, Fault] = {
    "K transposed": (lambda v: only(v, intrinsic=INTRINSIC.T), {("CAM004", "left_camera")}),
    "R with determinant -1": (
        lambda v: only(v, rotation=v[0].rotation * np.array([[1], [1], [-1]])),
        {("CAM005", "left_camera")},
    ),
    "R scaled": (lambda v: only(v, rotation=v[0].rotation * 1.01), {("CAM005", "left_camera")}),
    "t in meters": (
        lambda v: [replace(view, translation=view.translation / 1000) for view in v],
        {("CAM008", f"{name}_camera") for name in ("left", "right", "front")},
    ),
    "2D mirrored": (lambda v: only(v, pixels=mirrored(v[0])), {("CAM008", "left_camera")}),
    "cameras exchanged": (
        lambda v: [replace(v[0], pixels=v[1].pixels), replace(v[1], pixels=v[0].pixels), v[2]],
        {("CAM008", "left_camera"), ("CAM008", "right_camera")},
    ),
    "R and t from camera to world": (
        lambda v: only(v, **turned_round(v[0])),
        {("CAM008", "left_camera")},
    ),
    "six coefficients": (
        lambda v: only(v, distortion=np.append(DISTORTION, 0)),
        {("CAM009", "left_camera")},
    ),
    "a second late": (
        lambda v: only(v, start=1.0),
        {("CAM007", "left"), ("CAM008", "left_camera")},
    ),
    "a second short": (lambda v: only(v, frames=FRAMES - 60), {("CAM007", "left")}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_rig_is_told(tmp_path: Path, fault: str) -> None:
    change, expected = BROKEN[fault]
    assert told(read(write_rig(tmp_path / "rig.nwb", change(rig())))) == expected


@pytest.mark.parametrize(
    "spatial",
    [
        {"timestamps": None, "rate": RATE, "starting_time": 0.0},
        {"timestamps": np.arange(FRAMES) / RATE + 0.002},
        {"unit": "meters", "conversion": 0.001},
    ],
    ids=["rate", "jittered-timestamps", "stored-in-millimeters-meant-in-meters"],
)
def test_other_careful_rigs_give_nothing(tmp_path: Path, spatial: dict[str, Any]) -> None:
    recording = read(write_rig(tmp_path / "rig.nwb", rig(), **spatial))
    assert told(recording) == set()
    assert len(recording.containers[0].reprojection) == 3


def test_points_of_a_longer_view_are_found_by_time(tmp_path: Path) -> None:
    """The view was filmed for twice as long, and at another phase of the 3D pose's clock."""
    views = [
        replace(
            view,
            start=-1.0,
            frames=FRAMES + 60,
            pixels={
                node: np.concatenate([np.full((60, 2), 7.0), pixels])
                for node, pixels in view.pixels.items()
            },
        )
        for view in rig()
    ]
    recording = read(write_rig(tmp_path / "rig.nwb", views))
    assert told(recording) == set()
    assert {facts.samples for facts in recording.containers[0].reprojection} == {
        len(NODES) * FRAMES
    }


def test_unknown_clocks_of_unequal_length_are_not_compared(tmp_path: Path) -> None:
    path = write_rig(tmp_path / "rig.nwb", rig(), timestamps=np.full(FRAMES, np.nan))
    assert len(read(path).containers[0].reprojection) == 3  # row by row
    path = write_rig(
        tmp_path / "short.nwb", only(rig(), frames=FRAMES - 1), timestamps=np.full(FRAMES, np.nan)
    )
    assert len(read(path).containers[0].reprojection) == 2


def test_pixels_in_the_world_and_flat_series_are_told(tmp_path: Path) -> None:
    recording = read(write_rig(tmp_path / "rig.nwb", rig(), unit="pixels"))
    assert told(recording) == {("CAM001", node) for node in NODES}
