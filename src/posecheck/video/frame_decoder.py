"""Decode one frame of a video, as it is displayed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from posecheck.model.video_file import VideoFault
from posecheck.model.wording import counted
from posecheck.sources.source import Source
from posecheck.video.ffmpeg import TROUBLES, Deadline, VideoError, open_file, open_stream
from posecheck.video.image_files import read_image

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3): red, green, blue."""


def decode_frame(source: Source, number: int, *, seconds: float) -> Pixels:
    """Decode a frame.

    Parameters
    ----------
    source
        The video file.
    number
        Which frame, in the order in which they are shown, counted from 0.
    seconds
        When to give up.

    Raises
    ------
    VideoError
        If the video has no such frame or cannot be decoded.
    """
    deadline = Deadline(seconds)
    with open_file(source, deadline, images=True) as opened:
        if opened.sniffed.image:
            if number:
                raise VideoError(VideoFault.NO_FRAME, "it is a single image, frame 0")
            return np.ascontiguousarray(read_image(opened).to_ndarray(format="rgb24"))
        try:
            with open_stream(opened) as (container, stream):
                stamp = _stamp_of(container, stream, number, deadline)
            # Opened again: a bare stream cannot be rewound.
            with open_stream(opened) as (container, stream):
                found = _find(container, stream, number, stamp, deadline)
        except TROUBLES as error:
            deadline.check()
            raise VideoError(VideoFault.UNDECODABLE, f"FFmpeg cannot read it ({error})") from error
    deadline.check()
    if found is None:
        raise VideoError(VideoFault.NO_FRAME, f"its frame {number} does not decode")
    turns = round(found.rotation / 90) % 4
    pixels: Pixels = np.rot90(found.to_ndarray(format="rgb24"), turns)
    return np.ascontiguousarray(pixels)


def _stamp_of(
    container: InputContainer, stream: VideoStream, number: int, deadline: Deadline
) -> int | None:
    """Return the time stamp of a frame; ``None`` where not every frame has one of its own."""
    stamps = []
    frames = 0
    for packet in container.demux(stream):
        deadline.check()
        if packet.size and not packet.is_discard:
            frames += 1
            if packet.pts is not None:
                stamps.append(packet.pts)
    deadline.check()
    if not 0 <= number < frames:
        raise VideoError(
            VideoFault.NO_FRAME,
            f"it has {counted(frames, 'frame')}, the last of which is {frames - 1:,}",
        )
    return sorted(stamps)[number] if len(set(stamps)) == frames else None


def _find(
    container: InputContainer,
    stream: VideoStream,
    number: int,
    stamp: int | None,
    deadline: Deadline,
) -> VideoFrame | None:
    if stamp is not None:
        container.seek(stamp, stream=stream, backward=True)
    for index, frame in enumerate(container.decode(stream)):
        deadline.check()
        if stamp is None:
            if index == number:
                return frame
        elif frame.pts is not None and frame.pts >= stamp:
            return frame if frame.pts == stamp else None
    return None
