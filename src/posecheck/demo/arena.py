"""Where the animal walks: a bright floor with a wall around it, and an opaque shelter on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.demo.camera import Camera, Floats

FLOOR = (200.0, 150.0)
"""Half the length and half the width of the floor, in millimeters; its center is (0, 0, 0)."""

_SURROUNDINGS = (52, 54, 60)
_BOARDS = (226, 220, 206)
_LINES = (206, 200, 186)
_LINE_EVERY = 50.0
_LINE_HALF = 1.0


@dataclass(frozen=True, slots=True)
class Shelter:
    """An opaque box.

    Attributes
    ----------
    center
        The center of its footprint, shape (2,), in millimeters.
    half
        Half its extent along x and y.
    height
        From the floor to its roof.
    """

    center: Floats
    half: tuple[float, float] = (42.0, 34.0)
    height: float = 46.0

    def depth(self, camera: Camera, rays: Floats) -> tuple[Floats, Floats]:
        """Find where rays of a camera enter the box.

        Parameters
        ----------
        camera
            Where the rays begin.
        rays
            Directions, shape (..., 3), one millimeter deep each.

        Returns
        -------
        tuple of numpy.ndarray
            The depth, shape (...), infinite for a ray that misses the box; and the axis (0, 1, 2)
            of the face that it enters by.
        """
        low = np.array([*(self.center - self.half), 0.0]) - camera.place
        high = np.array([*(self.center + self.half), self.height]) - camera.place
        with np.errstate(divide="ignore"):
            near, far = np.minimum(low / rays, high / rays), np.maximum(low / rays, high / rays)
        enters, leaves = near.max(axis=-1), far.min(axis=-1)
        return np.where(enters < leaves, enters, np.inf), near.argmax(axis=-1)


_FACES = np.array([(44, 96, 118), (54, 112, 136), (70, 140, 166)])
"""The colors of the shelter's faces across x, y and z."""


def scenery(camera: Camera, shelter: Shelter) -> tuple[Floats, Floats]:
    """Draw the arena without an animal.

    Returns
    -------
    tuple of numpy.ndarray
        The picture, shape (height, width, 3), 0 … 255; and the depth of the shelter in each
        pixel, infinite beside it.
    """
    rays = camera.rays
    depth = -camera.place[2] / rays[..., 2]
    depth = np.where(depth > 0, depth, np.inf)
    with np.errstate(invalid="ignore"):
        points = camera.place[:2] + depth[..., None] * rays[..., :2]
    pixel = depth / camera.focal
    beyond = (np.abs(points) - FLOOR).max(axis=-1)
    line = np.abs((points + _LINE_EVERY / 2) % _LINE_EVERY - _LINE_EVERY / 2).min(axis=-1)
    boards = _mixed(np.array(_BOARDS), np.array(_LINES), _cover(line - _LINE_HALF, pixel))
    # light falls off towards the walls, as under a lamp over the center
    boards = boards * (1 - 0.12 * np.sum((points / FLOOR) ** 2, axis=-1) / 2)[..., None]
    picture = _mixed(np.array(_SURROUNDINGS), boards, _cover(beyond, pixel))
    before, face = shelter.depth(camera, rays)
    return np.where(np.isfinite(before)[..., None], _FACES[face], picture), before


def _cover(distance: Floats, pixel: Floats) -> Floats:
    return np.clip(0.5 - distance / pixel, 0, 1)


def _mixed(below: Floats, above: Floats, cover: Floats) -> Floats:
    return below + cover[..., None] * (above - below)
