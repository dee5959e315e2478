"""Flat shapes at a height above the floor, drawn by their distance fields as a camera sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.demo.camera import HEIGHT, WIDTH, Camera, Floats

Color = tuple[int, int, int]
_MARGIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipse:
    """An ellipse, parallel to the floor.

    Attributes
    ----------
    center
        Shape (2,), in millimeters, as all lengths here.
    direction
        The unit vector of its long axis, shape (2,).
    half
        Half its length and half its width.
    height
        Above the floor.
    color
        Red, green and blue, 0 … 255.
    shade
        By how much it darkens from the center to its rim, 0 … 1.
    opacity
        1 for what hides everything below.
    """

    center: Floats
    direction: Floats
    half: tuple[float, float]
    height: float
    color: Color
    shade: float = 0.0
    opacity: float = 1.0

    @property
    def extent(self) -> tuple[Floats, float]:
        """Points, shape (n, 2), and a radius around each that together hold the shape."""
        return self.center[None], max(self.half)

    def distance(self, points: Floats) -> tuple[Floats, Floats]:
        """Measure how far points lie outside, and how far from the center: 1 is the rim.

        Parameters
        ----------
        points
            Shape (..., 2).

        Returns
        -------
        tuple of numpy.ndarray
            The distance, negative inside and exact near the rim; and the share of the radius.
        """
        offset = points - self.center
        along = offset @ self.direction
        across = offset @ np.array([-self.direction[1], self.direction[0]])
        length, width = self.half
        share = np.hypot(along / length, across / width)
        slope = np.hypot(along / length**2, across / width**2)
        return share * (share - 1) / np.maximum(slope, 1e-9), share


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line that gets thinner, parallel to the floor.

    Attributes
    ----------
    points
        Its corners, shape (n, 2), in millimeters.
    half
        Half its width at the beginning and at the end.
    height, color, shade, opacity
        As of an `Ellipse`.
    """

    points: Floats
    half: tuple[float, float]
    height: float
    color: Color
    shade: float = 0.0
    opacity: float = 1.0

    @property
    def extent(self) -> tuple[Floats, float]:
        """Points, shape (n, 2), and a radius around each that together hold the shape."""
        return self.points, max(self.half)

    def distance(self, points: Floats) -> tuple[Floats, Floats]:
        """Measure how far points lie outside, and how far from the line: 1 is the rim.

        Parameters
        ----------
        points
            Shape (..., 2).

        Returns
        -------
        tuple of numpy.ndarray
            The distance, negative inside; and the share of half the width.
        """
        pieces = len(self.points) - 1
        nearest = np.full(points.shape[:-1], np.inf)
        width = np.full(points.shape[:-1], self.half[0])
        for number in range(pieces):
            begin, step = self.points[number], self.points[number + 1] - self.points[number]
            offset = points - begin
            along = np.clip(offset @ step / (step @ step), 0, 1)
            away = np.hypot(offset[..., 0] - along * step[0], offset[..., 1] - along * step[1])
            here = np.interp((number + along) / pieces, (0, 1), self.half)
            closer = away - here < nearest - width
            nearest, width = np.where(closer, away, nearest), np.where(closer, here, width)
        return nearest - width, nearest / width


Shape = Ellipse | Stroke


def paint(picture: Floats, shapes: list[Shape], camera: Camera, depths: Floats) -> None:
    """Draw shapes into a picture, in their order, where nothing stands before them.

    Parameters
    ----------
    picture
        Shape (height, width, 3), 0 … 255; changed in place.
    shapes
        The lowest first.
    camera
        Who looks.
    depths
        The depth of the nearest opaque thing in each pixel, shape (height, width), in millimeters.
    """
    for shape in shapes:
        rows, columns = _window(shape, camera)
        rays = camera.rays[rows, columns]
        if not rays.size:
            continue
        depth = (shape.height - camera.place[2]) / rays[..., 2]
        points = camera.place[:2] + depth[..., None] * rays[..., :2]
        distance, share = shape.distance(points)
        # a pixel is as wide as depth / focal: the rim fades over one pixel
        cover = np.clip(0.5 - distance * camera.focal / depth, 0, 1) * shape.opacity
        cover *= depth < depths[rows, columns]
        color = np.array(shape.color) * (1 - shape.shade * np.minimum(share, 1) ** 2)[..., None]
        picture[rows, columns] += cover[..., None] * (color - picture[rows, columns])


def _window(shape: Shape, camera: Camera) -> tuple[slice, slice]:
    """Return the rows and columns of a picture that the shape can reach."""
    points, radius = shape.extent
    corners = np.array([(x, y) for x in (-radius, radius) for y in (-radius, radius)])
    around = (points[:, None] + corners).reshape(-1, 2)
    pixels, _ = camera.project(np.column_stack((around, np.full(len(around), shape.height))))
    low = np.floor(pixels.min(axis=0)).astype(int) - _MARGIN
    high = np.ceil(pixels.max(axis=0)).astype(int) + 1 + _MARGIN
    (left, top), (right, bottom) = low, high
    return (
        slice(max(top, 0), min(max(bottom, 0), HEIGHT)),
        slice(max(left, 0), min(max(right, 0), WIDTH)),
    )
