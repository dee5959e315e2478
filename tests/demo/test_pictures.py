"""The keypoints of the demo lie on the animal that one sees in its videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import pytest

from posecheck.demo.arena import scenery
from posecheck.demo.camera import Floats
from posecheck.demo.draft import Draft, View
from posecheck.demo.mistakes import STORIES
from posecheck.demo.mouse import NODES

pytestmark = pytest.mark.slow

BEHAVIOR = "/processing/behavior"
SPACE = f"{BEHAVIOR}/MultiCameraPoseEstimation"
DRAFTS = {story.subject: story.draft() for story in STORIES if not story.mistakes}
VIEWS = [
    pytest.param(draft, view, id=f"{name}-{view.camera.name}")
    for name, draft in DRAFTS.items()
    for view in draft.views
]
CONFIDENT = 0.5
VISIBLE = 14.0
"""How much, of 255, the animal differs from the floor at least, after compression."""


def decoded(dandiset: Path, draft: Draft, view: View) -> Floats:
    path = (dandiset / draft.path).parent / view.reference
    with path.open("rb") as file, av.open(file, "r") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.array(frames, np.float64)


def tracked(dandiset: Path, draft: Draft, place: str) -> tuple[Floats, Floats]:
    """Read positions, shape (frames, nodes, columns), and confidence, shape (frames, nodes)."""
    with h5py.File(dandiset / draft.path) as file:
        series = [file[f"{place}/{node}"] for node in NODES]
        positions = np.stack([one["data"][()] for one in series], axis=1)
        confidence = np.stack([one["confidence"][()] for one in series], axis=1)
    return positions, confidence


def place_of(draft: Draft, view: View) -> str:
    return f"{SPACE}/{view.camera.name}_pose" if draft.world else f"{BEHAVIOR}/PoseEstimation"


def colors(frames: Floats, positions: Floats) -> Floats:
    """Return the color under each position, shape (frames, nodes, 3)."""
    x, y = np.rint(positions).astype(int).transpose(2, 0, 1)
    found: Floats = frames[np.arange(len(frames))[:, None], y, x]
    return found


def contrast(frames: Floats, positions: Floats, empty: Floats) -> Floats:
    """Return how far the color under each position is from the empty arena's."""
    x, y = np.rint(positions).astype(int).transpose(2, 0, 1)
    found: Floats = np.abs(colors(frames, positions) - empty[y, x]).max(axis=-1)
    return found


@pytest.mark.parametrize(("draft", "view"), VIEWS)
def test_confident_keypoints_lie_on_the_animal(dandiset: Path, draft: Draft, view: View) -> None:
    frames = decoded(dandiset, draft, view)
    positions, confidence = tracked(dandiset, draft, place_of(draft, view))
    empty, _ = scenery(view.camera, draft.walk.shelter)
    sure = confidence > CONFIDENT
    assert sure.mean() > 0.6
    assert np.isfinite(positions[sure]).all()
    shown = contrast(frames, np.nan_to_num(positions), empty)
    assert (shown[sure] > VISIBLE).all()
    # the same keypoints a second later lie on the floor: the measure can fail
    late = contrast(np.roll(frames, -30, axis=0), np.nan_to_num(positions), empty)
    assert (late[sure] > VISIBLE).mean() < 0.25


def test_each_keypoint_lies_on_its_own_part(dandiset: Path) -> None:
    draft = DRAFTS["clean"]
    (view,) = draft.views
    frames = decoded(dandiset, draft, view)
    positions, confidence = tracked(dandiset, draft, place_of(draft, view))
    sampled = colors(frames, np.nan_to_num(positions))
    sure = confidence > CONFIDENT

    def of(node: str) -> Any:
        index = NODES.index(node)
        return sampled[sure[:, index], index]

    def redness(node: str) -> Any:
        return of(node)[:, 0] - of(node)[:, 1]

    assert (of("body").mean(axis=1) < 100).all(), "fur"
    for ear in ("left_ear", "right_ear"):
        assert (redness(ear) > 30).all(), "skin of the ears"
    assert np.median(redness("tail_tip")) > 20, "skin of the tail"
    assert (of("tail_tip").mean(axis=1) > 130).all(), "not fur"


def test_left_is_left_of_the_way(dandiset: Path) -> None:
    for name, draft in DRAFTS.items():
        positions, _ = tracked(dandiset, draft, place_of(draft, draft.views[0]))
        nose, left, right, body = (positions[:, node] for node in range(4))
        ahead, across = nose - body, left - right
        # y runs downward in an image: left of a mouse that walks to the right is up
        turn = ahead[:, 0] * across[:, 1] - ahead[:, 1] * across[:, 0]
        assert (turn[np.isfinite(turn)] < 0).all(), name


@pytest.mark.parametrize(("draft", "view"), VIEWS)
def test_what_is_missing_is_behind_the_shelter(dandiset: Path, draft: Draft, view: View) -> None:
    frames = decoded(dandiset, draft, view)
    positions, confidence = tracked(dandiset, draft, place_of(draft, view))
    missing = np.isnan(positions).any(axis=2)
    assert missing.any(axis=0).all(), "every part is hidden at some time"
    assert (confidence[missing] < 0.1).all()
    truth, _ = view.camera.project(draft.walk.keypoints)
    red, _, blue = colors(frames, truth)[missing].T
    assert (blue - red > 30).mean() > 0.95, "the shelter is blue"


def test_calibration_in_the_file_leads_from_space_to_the_views(dandiset: Path) -> None:
    draft = DRAFTS["rig"]
    places, _ = tracked(dandiset, draft, SPACE)
    for view in draft.views:
        with h5py.File(dandiset / draft.path) as file:
            device = file[f"/general/devices/{view.camera.name}_camera"]
            intrinsic, rotation, translation = (
                device[name][()]
                for name in ("intrinsic_matrix", "rotation_matrix", "translation_vector")
            )
        image = (places @ rotation.T + translation) @ intrinsic.T
        pixels, _ = tracked(dandiset, draft, place_of(draft, view))
        apart = np.linalg.norm(image[..., :2] / image[..., 2:] - pixels, axis=-1)
        assert np.nanmedian(apart) < 1
        assert np.nanmax(apart) < 3
