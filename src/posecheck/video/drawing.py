"""Draw nodes and edges on a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from posecheck.video.picturing import Pixels

_EDGE = (255, 255, 255)
_RIM = (0, 0, 0)
_COLORS = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66)),
    *((0, 114, 178), (213, 94, 0), (204, 121, 167)),
)
"""Okabe and Ito's colors, which people who see colors differently tell apart (Wong 2011)."""

Point = tuple[float, float]


def draw_pose(
    pixels: Pixels, points: Sequence[Point | None], edges: Sequence[tuple[int, int]]
) -> None:
    """Draw on a frame, in place.

    Parameters
    ----------
    pixels
        The frame.
    points
        x and y of each node in pixels; ``None`` for one that is missing.
    edges
        Pairs of indices of nodes; what leads nowhere is left out.
    """
    height, width = pixels.shape[:2]
    radius = max(2.0, 0.008 * max(height, width))
    for first, second in edges:
        if 0 <= first < len(points) and 0 <= second < len(points):
            one, other = points[first], points[second]
            if one is not None and other is not None:
                _draw_line(pixels, one, other, max(0.5, radius / 4))
    for index, point in enumerate(points):
        if point is not None:
            _draw_disc(pixels, point, radius + 1, _RIM)
            _draw_disc(pixels, point, radius, _COLORS[index % len(_COLORS)])


def is_inside(point: Point, width: int, height: int) -> bool:
    """Whether a point lies in the frame."""
    return 0 <= point[0] <= width and 0 <= point[1] <= height


def _draw_line(pixels: Pixels, one: Point, other: Point, half: float) -> None:
    height, width = pixels.shape[:2]
    reach = 4.0 * max(width, height)
    if not all(abs(value) <= reach for value in (*one, *other)):
        return  # a wild guess far outside would be drawn for ever
    steps = max(2, math.ceil(2 * max(abs(one[0] - other[0]), abs(one[1] - other[1]))))
    for share in np.linspace(0.0, 1.0, steps):
        x = one[0] + (other[0] - one[0]) * share
        y = one[1] + (other[1] - one[1]) * share
        _draw_disc(pixels, (x, y), half, _EDGE)


def _draw_disc(pixels: Pixels, center: Point, radius: float, color: tuple[int, int, int]) -> None:
    height, width = pixels.shape[:2]
    x, y = center
    if not (-radius <= x <= width + radius and -radius <= y <= height + radius):
        return
    left, right = max(0, math.floor(x - radius)), min(width, math.ceil(x + radius) + 1)
    top, bottom = max(0, math.floor(y - radius)), min(height, math.ceil(y + radius) + 1)
    # The middle of the pixel at column 0 lies at 0.
    rows = np.arange(top, bottom)[:, np.newaxis] - y
    columns = np.arange(left, right)[np.newaxis, :] - x
    pixels[top:bottom, left:right][rows**2 + columns**2 <= radius**2] = color
