"""What a video file, or an image, says of itself, and what was counted in it: never pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Decode(StrEnum):
    """How far videos are looked into.

    ``packets`` counts the frames without decoding them and decodes a single one; ``full`` decodes
    every frame; ``none`` opens no video.
    """

    PACKETS = "packets"
    FULL = "full"
    NONE = "none"


IMAGE_EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".webp"})
"""Extensions of image files, in lower case: an ImageSeries may list one for each frame."""


class VideoFault(StrEnum):
    """Why nothing of a video can be shown."""

    ZERO_BYTES = "zero-bytes"
    NO_MOOV = "no-moov"
    NOT_A_VIDEO = "not-a-video"
    TRUNCATED = "truncated"
    UNSUPPORTED_FORMAT = "unsupported-format"
    TIMEOUT = "timeout"
    NO_VIDEO_STREAM = "no-video-stream"
    NO_FRAME = "no-frame"
    UNDECODABLE = "undecodable"
    UNREADABLE = "unreadable"
    CRASHED = "crashed"
    NOT_FETCHED = "not-fetched"
    LINKED_OUT = "linked-out"
    NOT_READ = "not-read"


class Obstacle(StrEnum):
    """What keeps browsers from playing a video."""

    CODEC = "codec"
    PIXEL_FORMAT = "pixel-format"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """Facts of one video file, or of one image of a sequence.

    Attributes
    ----------
    is_image
        Whether it is a single image: one frame, and no time of its own.
    fault, detail
        Why nothing of it can be shown, as a kind and as a clause for people; ``None`` and empty if
        a frame decodes.
    container
        FFmpeg's name of the container format: ``mov`` (also MP4), ``avi``, ``matroska`` …;
        ``image`` for an image file.
    codec, profile, pixel_format
        FFmpeg's names.
    width, height
        As it is displayed, in pixels: after rotation, before any stretching.
    rotation
        Degrees, counter-clockwise, by which a player turns the stored picture: 0, 90, 180 or 270.
    coded_width, coded_height
        As it is stored, in pixels.
    declared_frame_rate
        What the header says, in hertz; ``None`` if it says nothing.
    frame_rate
        The average over the frames that were counted, in hertz; ``None`` without time stamps.
    duration
        From the first frame to the end of the last, in seconds.
    first_time
        When the first frame is shown, in seconds of the video's own clock.
    frames
        Frames counted from packets, without those that an edit list hides.
    promised_frames, promised_duration
        What the header says, the latter in seconds; ``None`` if it says nothing.
    decoded_frames
        Frames that decoded; ``None`` unless all were tried.
    least_step, median_step, greatest_step
        Seconds between frames that follow each other; ``None`` without time stamps.
    is_variable
        Whether the frames are unevenly spaced.
    truncated
        Why the file is held to be cut off, as a clause; empty if it is whole.
    obstacle, unplayable
        What keeps browsers from playing it, as a kind and as a clause; ``None`` and empty if they
        do.
    """

    is_image: bool = False
    fault: VideoFault | None = None
    detail: str = ""
    container: str = ""
    codec: str = ""
    profile: str = ""
    pixel_format: str = ""
    width: int = 0
    height: int = 0
    rotation: int = 0
    coded_width: int = 0
    coded_height: int = 0
    declared_frame_rate: float | None = None
    frame_rate: float | None = None
    duration: float | None = None
    first_time: float | None = None
    frames: int = 0
    promised_frames: int | None = None
    promised_duration: float | None = None
    decoded_frames: int | None = None
    least_step: float | None = None
    median_step: float | None = None
    greatest_step: float | None = None
    is_variable: bool = False
    truncated: str = ""
    obstacle: Obstacle | None = None
    unplayable: str = ""

    @property
    def displayed_frames(self) -> int:
        """The frames that a reader gets: decoded, if all were tried, else counted."""
        return self.frames if self.decoded_frames is None else self.decoded_frames

    @property
    def rate(self) -> float | None:
        """The average rate, or else the declared one, in hertz."""
        return self.frame_rate or self.declared_frame_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoAccess:
    """How a run looks into videos.

    Attributes
    ----------
    decode
        How far.
    seconds
        When to give up on one video.
    folder
        Where the workers of one run share what they learned; ``None`` if there is only one.
    linked_from
        Folders outside the dandiset to which linked folders may lead.
    """

    decode: Decode = Decode.PACKETS
    seconds: float = 120.0
    folder: Path | None = None
    linked_from: tuple[Path, ...] = ()


EVERY_VIDEO = VideoAccess()
"""What holds where nobody says otherwise."""
