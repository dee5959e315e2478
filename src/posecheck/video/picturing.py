"""Decode one frame of a video, as it is displayed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from posecheck.model.video import VideoFault
from posecheck.video.opening import TROUBLES, Deadline, VideoError, open_file, open_stream

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3): red, green, blue."""


def decode_frame(path: Path, number: int, *, seconds: float) -> Pixels:
    """Decode a frame.

    Parameters
    ----------
    path
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
    with open_file(path, deadline) as opened:
        try:
            with open_stream(opened) as (container, stream):
                found = _find(container, stream, number, deadline)
        except TROUBLES as error:
            deadline.check()
            raise VideoError(VideoFault.UNDECODABLE, f"FFmpeg cannot read it ({error})") from error
    deadline.check()
    if found is None:
        raise VideoError(VideoFault.NO_FRAME, f"its frame {number} does not decode")
    turns = round(found.rotation / 90) % 4
    pixels: Pixels = np.rot90(found.to_ndarray(format="rgb24"), turns)
    return np.ascontiguousarray(pixels)


def _find(
    container: InputContainer, stream: VideoStream, number: int, deadline: Deadline
) -> VideoFrame | None:
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
            VideoFault.NO_FRAME, f"it has {frames:,} frames, the last of which is {frames - 1:,}"
        )
    stream.codec_context.flush_buffers()
    if len(stamps) < frames or len(set(stamps)) < frames:
        return _decode_from_start(container, stream, number, deadline)
    wanted = sorted(stamps)[number]
    container.seek(wanted, stream=stream, backward=True)
    for frame in container.decode(stream):
        deadline.check()
        if frame.pts is not None and frame.pts >= wanted:
            return frame if frame.pts == wanted else None
    return None


def _decode_from_start(
    container: InputContainer, stream: VideoStream, number: int, deadline: Deadline
) -> VideoFrame | None:
    """Without a time stamp for each frame there is no shorter way to one of them."""
    container.seek(0)
    for index, frame in enumerate(container.decode(stream)):
        deadline.check()
        if index == number:
            return frame
    return None
