"""Pinhole cameras in the world of the demo, which is measured in millimeters.

The convention is OpenCV's, which ndx-pose's CalibratedCamera follows: a world point is seen at
``R @ point + t``, with x to the right, y down and z away from the camera; pixel (0, 0) is the
center of the top-left pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

WIDTH, HEIGHT = 320, 240
"""The size of every frame in pixels."""


@dataclass(frozen=True)
class Camera:
    """A calibrated camera without lens distortion.

    Attributes
    ----------
    name
        What it is called in the recording.
    place
        Where it stands, shape (3,), in millimeters.
    rotation
        R, shape (3, 3): its axes, as rows.
    focal
        The focal length in pixels.
    """

    name: str
    place: Floats
    rotation: Floats
    focal: float

    @property
    def intrinsic(self) -> Floats:
        """K, shape (3, 3), in pixels; the principal point is the center of the frame."""
        center = ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
        return np.array([[self.focal, 0, center[0]], [0, self.focal, center[1]], [0, 0, 1]])

    @property
    def translation(self) -> Floats:
        """The vector t, shape (3,), in millimeters."""
        return -self.rotation @ self.place

    @cached_property
    def rays(self) -> Floats:
        """The direction of each pixel, shape (height, width, 3), one millimeter deep each."""
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
        pixels = np.stack((x, y, np.ones_like(x)), axis=-1)
        directions: Floats = pixels @ np.linalg.inv(self.intrinsic).T @ self.rotation
        return directions

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Project world points, shape (..., 3), to pixels, shape (..., 2), and depths (...)."""
        in_camera = points @ self.rotation.T + self.translation
        image = in_camera @ self.intrinsic.T
        return image[..., :2] / image[..., 2:], in_camera[..., 2]


def overhead(name: str = "top") -> Camera:
    """Hang a camera over the center of the arena: x runs to the right, world y upward."""
    return Camera(name, np.array([0.0, 0.0, 600.0]), np.diag([1.0, -1.0, -1.0]), focal=450.0)


def oblique(name: str, place: tuple[float, float, float]) -> Camera:
    """Stand a camera at a place, aimed at the center of the arena and level."""
    forward = -np.array(place) / np.linalg.norm(place)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    axes = np.stack((right, np.cross(forward, right), forward))
    return Camera(name, np.array(place), axes, focal=400.0)
