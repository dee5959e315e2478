"""Real videos, right and wrong, a few frames long; written with PyAV."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

WIDTH, HEIGHT = 96, 64
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}
_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast"},
}


def write_video(
    path: Path,
    frames: int = 30,
    *,
    rate: Fraction | int = 30,
    codec: str = "libx264",
    width: int = WIDTH,
    height: int = HEIGHT,
    rotation: int = 0,
    stamps: Iterable[int] | None = None,
    container: str | None = None,
    container_options: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    pixel_format: str = "yuv420p",
) -> Path:
    """Write a video whose frames differ; ``stamps`` are in thousandths of a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unit = Fraction(1, 1000) if stamps is not None else 1 / Fraction(rate)
    chosen = {**_OPTIONS.get(codec, {}), **(options or {})}
    if codec == "libx265":
        chosen["x265-params"] = "log-level=none"
    with av.open(
        str(path), "w", format=container, container_options=container_options or {}
    ) as output:
        stream = output.add_stream(codec, rate=rate, options=chosen)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        if stamps is not None:
            stream.codec_context.time_base = unit
        if rotation:
            stream.set_display_rotation(rotation)
        times = list(stamps) if stamps is not None else range(frames)
        for index, time in enumerate(times):
            picture = np.full((height, width, 3), 200, np.uint8)
            left = index % (width - 16)
            picture[8:24, left : left + 16] = 40
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = time, unit
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def repeat_video(path: Path, frames: int, *, rate: Fraction | int = 30) -> Path:
    """Write a long video fast: one encoded picture, stored again and again."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = 1
        gray = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        picture = av.VideoFrame.from_ndarray(gray, format="yuv420p")
        picture.pts, picture.time_base = 0, 1 / Fraction(rate)
        packets = [*stream.encode(picture), *stream.encode()]
        (first,) = packets
        content = bytes(first)
        for index in range(frames):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, 1 / Fraction(rate)
            packet.pts = packet.dts = index
            packet.duration = 1
            packet.is_keyframe = True
            output.mux(packet)
    return path


def cut(path: Path, share: float) -> Path:
    """Drop the end of a file, in place."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def write_empty(path: Path) -> Path:
    """Write a video stream without a frame."""
    with av.open(str(path), "w", container_options=FRAGMENTED) as output:
        stream = output.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        output.start_encoding()
    return path


def encode_image(
    codec: str = "png",
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    shift: int = 0,
    pixel_format: str = "rgb24",
) -> bytes:
    """Encode one picture, a dark square on gray, as an image file."""
    picture = np.full((height, width, 3), 200, np.uint8)
    left = shift % max(width - 16, 1)
    picture[8:24, left : left + 16] = 40
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixel_format)
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixel_format
    encoder.time_base = Fraction(1, 30)
    return b"".join(map(bytes, (*encoder.encode(frame), *encoder.encode(None))))


def write_images(folder: Path, count: int, **changes: Any) -> list[Path]:
    """Write a sequence of PNG files, whose names sort as they were taken."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"frame_{index:04d}.png" for index in range(count)]
    for index, path in enumerate(paths):
        path.write_bytes(encode_image(shift=index, **changes))
    return paths
