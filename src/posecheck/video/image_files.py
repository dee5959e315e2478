"""Look into image files: an ImageSeries may list one for each frame.

Each file goes to the one decoder that its first bytes name, as a whole and without a demuxer, so
that no path and no pattern of names ever reaches FFmpeg.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from posecheck.model.video_file import Decode, VideoFacts, VideoFault
from posecheck.video.ffmpeg import (
    MOST_PIXELS,
    TROUBLES,
    Deadline,
    Opened,
    VideoError,
)

_MOST_BYTES = 2**29
_MOST_PAGES = 100_000
_BUDGET = 2**28
"""Pixels of a sequence that are decoded, unless all are: some seconds."""

_LEAST_DECODED = 16
_OFFSETS = {273: 279, 324: 325}
"""The TIFF fields that say where strips and tiles lie, and those that say how long they are."""

_CUT_OFF = "it is cut off"
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def look_into_image(opened: Opened, deadline: Deadline, *, decode: bool = True) -> VideoFacts:
    """Measure an image.

    Parameters
    ----------
    opened
        The file, of which an image's decoder is known.
    deadline
        When to give up.
    decode
        Whether to decode it. Of PNG and JPEG the structure gives the size, and that the file is
        whole; of PNG the checksums show that no byte is wrong. Other formats are always decoded.

    Raises
    ------
    VideoError
        If it cannot be shown.
    """
    decoder, content = opened.sniffed.image, _read(opened)
    deadline.check()
    if decoder in _WHOLE:
        _WHOLE[decoder](content)
    size = _measured(decoder, content)
    if size is not None and size[0] * size[1] > MOST_PIXELS:
        detail = f"its {size[0]} × {size[1]} pixels are more than posecheck decodes"
        raise VideoError(VideoFault.UNSUPPORTED_FORMAT, detail)
    pixel_format = ""
    if decode or size is None:
        picture = decode_image(decoder, content)
        size, pixel_format = (picture.width, picture.height), picture.format.name
    deadline.check()
    pages = _pages(content) if decoder == "tiff" else 1
    return VideoFacts(
        is_image=pages == 1,
        container="image",
        codec=decoder,
        pixel_format=pixel_format,
        width=size[0],
        height=size[1],
        coded_width=size[0],
        coded_height=size[1],
        frames=pages,
    )


def read_image(opened: Opened) -> VideoFrame:
    """Decode the image of an opened file.

    Raises
    ------
    VideoError
        If it does not decode.
    """
    return decode_image(opened.sniffed.image, _read(opened))


def decode_image(decoder: str, content: bytes) -> VideoFrame:
    """Decode an image.

    Raises
    ------
    VideoError
        If it does not decode.
    """
    av.logging.set_level(None)
    context = CodecContext.create(decoder, "r")
    if not isinstance(context, VideoCodecContext):
        raise VideoError(VideoFault.UNSUPPORTED_FORMAT, f"{decoder} decodes no pictures")
    context.options = {"max_pixels": str(MOST_PIXELS)}
    try:
        frames = [*context.decode(av.Packet(content)), *context.decode(None)]
    except TROUBLES as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        # FFmpeg decodes some kinds of these formats alone: others are not broken for that.
        known_in_part = decoder in _WHOLE or isinstance(error, av.PatchWelcomeError)
        fault = VideoFault.UNSUPPORTED_FORMAT if known_in_part else VideoFault.UNDECODABLE
        raise VideoError(fault, f"it does not decode ({reason})") from error
    if not frames:
        raise VideoError(VideoFault.UNDECODABLE, "it does not decode")
    return frames[0]


def chosen_to_decode(count: int, pixels: int, decode: Decode) -> frozenset[int]:
    """Choose which images of a sequence are decoded: all, or as many as a budget allows.

    Parameters
    ----------
    count
        The images of the sequence.
    pixels
        Of the first one.
    decode
        `Decode.FULL` chooses all.

    Returns
    -------
    frozenset of int
        Their places, the first and the last among them, at even distances.
    """
    most = max(_LEAST_DECODED, _BUDGET // max(pixels, 1))
    if decode is Decode.FULL or count <= most:
        return frozenset(range(count))
    return frozenset(round(step * (count - 1) / (most - 1)) for step in range(most))


def _read(opened: Opened) -> bytes:
    if opened.fenced.size > _MOST_BYTES:
        raise VideoError(VideoFault.UNSUPPORTED_FORMAT, "it is larger than 512 MB")
    opened.file.seek(0)
    return opened.file.read(_MOST_BYTES)


def _measured(decoder: str, content: bytes) -> tuple[int, int] | None:
    """Return width and height as the structure of a file states; ``None`` for other formats."""
    if decoder == "png":
        return _measure_png(content)
    return _measure_jpeg(content) if decoder == "mjpeg" else None


def _measure_png(content: bytes) -> tuple[int, int]:
    """Check every chunk of a PNG file (ISO 15948, 5.3) and return its size."""
    size, at = None, 8
    while at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            break
        stated = int.from_bytes(content[end - 4 : end])
        if zlib.crc32(memoryview(content)[at + 4 : end - 4]) != stated:
            said = name.decode("ascii", "replace") if name.isalpha() else "part"
            raise VideoError(VideoFault.UNDECODABLE, f"the checksum of its {said} does not match")
        if name == b"IHDR" and length >= 8:
            width, height = struct.unpack_from(">II", content, at + 8)
            size = (width, height)
        if name == b"IEND" and size is not None:
            return size
        at = end
    raise VideoError(VideoFault.TRUNCATED, _CUT_OFF)


def _measure_jpeg(content: bytes) -> tuple[int, int] | None:
    """Walk the segments of a JPEG file (ITU-T T.81, annex B) and return its size."""
    size = None
    for marker, start in _segments(content):
        if marker in _FRAME_MARKERS and start + 7 <= len(content):
            height, width = struct.unpack_from(">HH", content, start + 3)
            size = (width, height)
        if marker == 0xDA:
            if content.find(b"\xff\xd9", start) < 0:
                break
            return size if size is not None and all(size) else None
        if marker is None:
            return None
    raise VideoError(VideoFault.TRUNCATED, _CUT_OFF)


def _segments(content: bytes) -> Iterator[tuple[int | None, int]]:
    """Yield the marker of each segment and where its length stands; ``None`` where it is none."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            yield None, at
            return
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        yield marker, at + 2
        at += 2 if marker in _BARE_MARKERS else 2 + int.from_bytes(content[at + 2 : at + 4])


def _check_webp(content: bytes) -> None:
    """Hold the length of a WebP file against what it states (RFC 9649, 2.4)."""
    if int.from_bytes(content[4:8], "little") + 8 > len(content):
        raise VideoError(VideoFault.TRUNCATED, _CUT_OFF)


def _check_tiff(content: bytes) -> None:
    """See that the first page of a TIFF file lies in it: its directory, and its strips or tiles."""
    order = "<" if content[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(order + "I", content, 4)
        (entries,) = struct.unpack_from(order + "H", content, at)
        tags = {}
        for index in range(entries):
            tag, kind, count = struct.unpack_from(order + "HHI", content, at + 2 + 12 * index)
            if tag in _OFFSETS or tag in _OFFSETS.values():
                tags[tag] = _tiff_numbers(content, order, at + 10 + 12 * index, kind, count)
    except struct.error as error:
        raise VideoError(VideoFault.TRUNCATED, _CUT_OFF) from error
    for offsets, lengths in _OFFSETS.items():
        ends = map(sum, zip(tags.get(offsets, ()), tags.get(lengths, ()), strict=False))
        if max(ends, default=0) > len(content):
            raise VideoError(VideoFault.TRUNCATED, _CUT_OFF)


def _tiff_numbers(content: bytes, order: str, place: int, kind: int, count: int) -> tuple[int, ...]:
    """Return the numbers of a field, which stand in it if they fit into four bytes."""
    letter, width = ("H", 2) if kind == 3 else ("I", 4)
    if count * width > 4:
        (place,) = struct.unpack_from(order + "I", content, place)
    if count * width > len(content):
        raise VideoError(VideoFault.TRUNCATED, _CUT_OFF)
    return struct.unpack_from(f"{order}{count}{letter}", content, place)


def _pages(content: bytes) -> int:
    """Count the pages of a TIFF file (TIFF 6.0, section 2); what loops ends at the limit."""
    order = "<" if content[:2] == b"II" else ">"
    offsets: set[int] = set()
    (at,) = struct.unpack_from(order + "I", content, 4)
    while at and at not in offsets and len(offsets) < _MOST_PAGES and at + 2 <= len(content):
        offsets.add(at)
        (entries,) = struct.unpack_from(order + "H", content, at)
        following = at + 2 + 12 * entries
        if following + 4 > len(content):
            break
        (at,) = struct.unpack_from(order + "I", content, following)
    return max(len(offsets), 1)


_WHOLE = {"tiff": _check_tiff, "webp": _check_webp}
"""Formats of which FFmpeg decodes only some kinds, and what shows that a file is whole."""
