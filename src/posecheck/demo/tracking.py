"""What a pose tracker would make of a walk: noisy positions, confidence, gaps where it is hidden.

Where the shelter hides a body part its position is NaN and its confidence nearly 0; shortly before
and after, the tracker is unsure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posecheck.demo.camera import Camera, Floats
from posecheck.demo.mouse import NODES, Walk

_JITTER = 0.25
_JITTER_IN_SPACE = 0.3
_FEWEST_VIEWS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Keypoint:
    """What was tracked of a body part.

    Attributes
    ----------
    name
        The name of its series.
    positions
        Shape (frames, 2), in pixels, or (frames, 3), in millimeters; NaN where it is hidden.
    confidence
        Shape (frames,), 0 … 1.
    timestamps
        Seconds, shape (frames,), where it is not timed by the video's rate.
    """

    name: str
    positions: Floats
    confidence: Floats
    timestamps: Floats | None = None


def track(walk: Walk, camera: Camera, seed: int) -> tuple[Keypoint, ...]:
    """Track a walk in the video of one camera."""
    dice = np.random.default_rng(seed)
    pixels, _ = camera.project(walk.keypoints)
    return _keypoints(pixels + dice.normal(0, _JITTER, pixels.shape), sees(walk, camera), dice)


def triangulate(walk: Walk, cameras: Sequence[Camera], seed: int) -> tuple[Keypoint, ...]:
    """Track a walk in space: what fewer than two cameras see is missing."""
    dice = np.random.default_rng(seed)
    places = walk.keypoints + dice.normal(0, _JITTER_IN_SPACE, walk.keypoints.shape)
    views = np.sum([sees(walk, camera) for camera in cameras], axis=0)
    return _keypoints(places, views >= _FEWEST_VIEWS, dice)


def sees(walk: Walk, camera: Camera) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return in which frames a camera sees which body part, shape (frames, nodes)."""
    _, depth = camera.project(walk.keypoints)
    before, _ = walk.shelter.depth(camera, (walk.keypoints - camera.place) / depth[..., None])
    visible: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = depth < before
    return visible


def _keypoints(
    positions: Floats,
    visible: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    dice: np.random.Generator,
) -> tuple[Keypoint, ...]:
    keypoints = []
    for index, name in enumerate(NODES):
        in_frame = visible[:, index]
        noise = np.abs(dice.normal(0, 0.012, len(in_frame)))
        doubt = 0.9 * np.exp(-_frames_to(~in_frame) / 2)
        confidence = np.where(in_frame, 0.985 - doubt - noise, 0.08 * noise)
        keypoints.append(
            Keypoint(
                name=name,
                positions=np.where(in_frame[:, None], positions[:, index], np.nan).astype(
                    np.float32
                ),
                confidence=confidence.astype(np.float32),
            )
        )
    return tuple(keypoints)


def _frames_to(event: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """Count the frames from each frame to the nearest event; infinite without any."""
    frames = np.arange(len(event), dtype=np.float64)
    apart = np.abs(frames[:, None] - frames[event])
    distance: Floats = apart.min(axis=1, initial=np.inf)
    return distance
