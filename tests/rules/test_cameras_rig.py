"""A rig of three calibrated cameras, written by ndx-pose and read back, whole and broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.local_files import read_path
from tests.recordings.rig import (
    DISTORTION,
    FRAMES,
    INTRINSIC,
    NODES,
    RATE,
    WIDTH,
    Array,
    View,
    rig,
    write_rig,
)

from posecheck.catalog import load_catalog
from posecheck.engine.evaluation import evaluate
from posecheck.engine.rule_set import build_rule_set
from posecheck.model.finding import Origin
from posecheck.model.recording import Recording
from posecheck.model.rule import Need

BOOK = build_rule_set(
    [rule for rule in load_catalog() if rule.family == "cameras"], {}, Origin("posecheck", "0")
)


def read(path: Path) -> Recording:
    return read_path(path, needs=frozenset(Need))


def reported(recording: Recording) -> set[tuple[str, str]]:
    """Return codes and the last part of the places of what CAM says."""
    report = evaluate(recording, BOOK)
    return {(item.code, item.location.rsplit("/", 1)[-1]) for item in report.findings}


def only(views: Sequence[View], **changes: Any) -> list[View]:
    """Change the first view, and leave the others."""
    first, *others = views
    return [replace(first, **changes), *others]


def test_a_true_rig_gives_nothing(tmp_path: Path) -> None:
    recording = read(write_rig(tmp_path / "rig.nwb", rig()))
    assert reported(recording) == set()
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
        {("CAM007", "left")},
    ),
    "a second short": (lambda v: only(v, frames=FRAMES - 60), {("CAM007", "left")}),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_rig_is_reported(tmp_path: Path, fault: str) -> None:
    change, expected = BROKEN[fault]
    assert reported(read(write_rig(tmp_path / "rig.nwb", change(rig())))) == expected


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
    assert reported(recording) == set()
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
    assert reported(recording) == set()
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


def test_pixels_in_the_world_and_flat_series_are_reported(tmp_path: Path) -> None:
    recording = read(write_rig(tmp_path / "rig.nwb", rig(), unit="pixels"))
    assert reported(recording) == {("CAM001", node) for node in NODES}
