"""A frame of a video with its keypoints, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Pixels, and what they show.

    Attributes
    ----------
    width, height
        In pixels.
    pixels
        Red, green and blue of each pixel, row by row, a byte each.
    video
        The file that the frame comes from.
    frame
        Its number within the series of files, counted from 0.
    seconds
        Its time in the session; ``None`` if the video has no clock.
    drawn, absent
        The nodes with a position at that time, and those without.
    outside
        Of the drawn ones, those beyond the edge of the frame.
    """

    width: int
    height: int
    pixels: bytes
    video: str = ""
    frame: int = 0
    seconds: float | None = None
    drawn: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
