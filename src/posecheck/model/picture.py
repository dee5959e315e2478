"""A frame of a video with its keypoints, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posecheck.model.display import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest:
    """What is to be drawn.

    Attributes
    ----------
    frame
        The frame, counted from 0 over all files of the video.
    video
        The video file to take, whatever the NWB file refers to; ``None`` to follow its references.
    container
        The name or path of the only container to draw; empty for the first whose video is at hand,
        and all that were tracked in the same video.
    camera
        The name of its device, or of its ImageSeries; empty for any.
    """

    frame: int
    video: Path | None = None
    container: str = ""
    camera: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Pixels, and what they show.

    Attributes
    ----------
    width, height
        In pixels, as drawn.
    times
        How often each pixel of the frame is repeated in both directions: small frames are enlarged.
    pixels
        Red, green and blue of each pixel, row by row, a byte each.
    video
        The file that the frame comes from.
    note
        Where that file was found, if its reference leads nowhere.
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
    times: int = 1
    video: str = ""
    note: str = ""
    frame: int = 0
    seconds: float | None = None
    drawn: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return one_line(
            self, f"frame {self.frame} of {self.video!r}", f"{self.width} × {self.height} pixels"
        )
