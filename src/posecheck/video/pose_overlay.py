"""Draw nodes, their names, edges and a scale on a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from posecheck.video.bitmap_font import HEIGHT, Rectangle, size_of_text, write_text
from posecheck.video.frame_decoder import Pixels

_EDGE = (255, 255, 255)
_RIM = (0, 0, 0)
_COLORS = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66)),
    *((0, 114, 178), (213, 94, 0), (204, 121, 167)),
)
"""Okabe and Ito's colors, which people who see colors differently tell apart (Wong 2011)."""

Point = tuple[float, float]

_LONG_SIDE = 640
"""Pixels: frames that are smaller are enlarged, since nobody could read a name on them."""

_DOT = 400
"""Pixels of the long side for each pixel that a dot of a letter is wide."""

_NEAR_PLACES = 8
"""Places of a name that show by themselves which node it belongs to; to others a line leads."""

_SHARE = 0.2
"""The share of the width that the scale takes at most."""


def enlarge(pixels: Pixels) -> tuple[Pixels, int]:
    """Repeat the pixels of a small frame, and return it with how often each is repeated."""
    times = max(1, math.ceil(_LONG_SIDE / max(pixels.shape[:2])))
    large = np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
    return np.ascontiguousarray(large), times


def enlarged(point: Point | None, times: int) -> Point | None:
    """Return where a point lies in an enlarged frame; the middle of the first pixel is at 0."""
    if point is None:
        return None
    return (point[0] + 0.5) * times - 0.5, (point[1] + 0.5) * times - 0.5


class Labels:
    """Names on a picture, of which none covers another.

    Parameters
    ----------
    pixels
        The picture; what is written is written on it.
    """

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self._taken: list[Rectangle] = []

    @property
    def dot(self) -> int:
        """The width in pixels of the dots that letters are made of."""
        height, width = (int(extent) for extent in self._pixels.shape[:2])
        return max(1, round(max(height, width) / _DOT))

    def reserve(self, points: Sequence[Point | None]) -> None:
        """Keep names off the nodes themselves."""
        for x, y in filter(None, points):
            if is_inside((x, y), self._pixels.shape[1], self._pixels.shape[0]):
                reach = 4 * self.dot
                self._taken.append((int(x) - reach, int(y) - reach, int(x) + reach, int(y) + reach))

    def write(self, point: Point, text: str) -> bool:
        """Write a name beside a node, and return whether there was room for it."""
        height, width = self._pixels.shape[:2]
        if not is_inside(point, width, height):
            return False
        x, y = round(point[0]), round(point[1])
        gap, (across, down) = 6 * self.dot, size_of_text(text, self.dot)
        places = (
            (x + gap, y - down // 2),
            (x - gap - across, y - down // 2),
            (x - across // 2, y - gap - down),
            (x - across // 2, y + gap),
            (x + gap, y - gap - down),
            (x + gap, y + gap),
            (x - gap - across, y - gap - down),
            (x - gap - across, y + gap),
            (x - across // 2, y - 2 * gap - 2 * down),
            (x - across // 2, y + 2 * gap + down),
            (x + gap, y - 2 * gap - 2 * down),
            (x - gap - across, y + 2 * gap + down),
        )
        for index, (left, top) in enumerate(places):
            if self._put(text, left, top):
                if index >= _NEAR_PLACES:
                    end = (
                        min(max(point[0], left), left + across),
                        min(max(point[1], top), top + down),
                    )
                    _draw_line(self._pixels, point, end, 0.5)
                return True
        return False

    def write_scale(self, times: int) -> None:
        """Draw a bar of a round number of the frame's own pixels at the lower left."""
        height, width = self._pixels.shape[:2]
        length = _round_below(_SHARE * width / times)
        margin, bar = 4 * self.dot, length * times
        top = height - margin - 3 * self.dot
        self._pixels[top : top + 3 * self.dot, margin : margin + bar] = _RIM
        self._pixels[top + self.dot : top + 2 * self.dot, margin + 1 : margin + bar - 1] = _EDGE
        self._taken.append((margin, top, margin + bar, height))
        self._put(f"{length} px", margin, top - (HEIGHT + 2) * self.dot)

    def _put(self, text: str, left: int, top: int) -> bool:
        across, down = size_of_text(text, self.dot)
        place = (left - 1, top - 1, left + across + 1, top + down + 1)
        height, width = self._pixels.shape[:2]
        if place[0] < 0 or place[1] < 0 or place[2] > width or place[3] > height:
            return False
        if any(_overlap(place, other) for other in self._taken):
            return False
        self._taken.append(place)
        write_text(self._pixels, text, left, top, self.dot)
        return True


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _round_below(length: float) -> int:
    """Return the largest of 1, 2, 5, 10, 20, 50 … that is not above a length, and at least 1."""
    tens = int(10 ** math.floor(math.log10(max(length, 1.0))))
    return max(step * tens for step in (1, 2, 5) if step * tens <= max(length, 1.0))


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
