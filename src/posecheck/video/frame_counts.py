"""Count the frames of a stream: from the container's index, or packet by packet."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from posecheck.video.ffmpeg import Deadline, Opened

_TRIES = 600
_CHUNK_HEAD = {"mov": 0, "avi": 8}
"""Bytes between the place that an index entry names and the frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted.

    Attributes
    ----------
    frames
        Frames that are shown.
    packets
        All packets, also empty ones (AVI repeats a frame so) and those that an edit list hides.
    stamps
        A time stamp of each frame, in the stream's unit; empty where there are none.
    beyond
        Frames of the index that do not lie within the file.
    decoded
        Frames that decoded; ``None`` if not all were tried.
    picture
        The first frame that decoded, if any was tried.
    """

    frames: int = 0
    packets: int = 0
    stamps: tuple[int, ...] = ()
    beyond: int = 0
    decoded: int | None = None
    picture: VideoFrame | None = None


def count_entries(stream: VideoStream, opened: Opened) -> Count | None:
    """Count the frames from the index, without reading any.

    An entry counts if what it describes lies within the file. MP4 (but for fragments) and AVI keep
    one index of all frames; a video of an hour need not be read for it.

    Returns
    -------
    Count or None
        ``None`` where the index does not list every frame. Its time stamps are those of
        decoding: with B-frames they are the times of showing, shifted.
    """
    demuxer, size = opened.sniffed.demuxer, opened.fenced.size
    if demuxer not in _CHUNK_HEAD:
        return None
    head = _CHUNK_HEAD[demuxer]
    frames = packets = beyond = 0
    stamps = []
    for entry in stream.index_entries:
        packets += 1
        if not entry.size or entry.is_discard:
            continue
        if entry.pos + entry.size + head > size:
            beyond += 1
            continue
        frames += 1
        stamps.append(entry.timestamp)
    if not packets or (demuxer == "avi" and packets != stream.frames):
        return None
    return Count(frames=frames, packets=packets, stamps=tuple(stamps), beyond=beyond)


def count_packets(
    container: InputContainer, stream: VideoStream, deadline: Deadline, *, full: bool
) -> Count:
    """Count the frames packet by packet; decode the first one, or all.

    Raises
    ------
    VideoError
        If the deadline passes.
    """
    frames = packets = decoded = 0
    stamps = []
    picture = None
    # With one thread a frame comes out as soon as it can.
    stream.thread_type = "AUTO" if full else "NONE"
    for packet in container.demux(stream):
        deadline.check()
        if full or (picture is None and packets < _TRIES):
            for frame in _decode(packet):
                decoded += 1
                picture = picture or frame
        if packet.dts is None and packet.pts is None and not packet.size:
            continue  # the flush behind the last packet
        packets += 1
        if not packet.size or packet.is_discard or _is_hidden(packet, stream):
            continue
        frames += 1
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            stamps.append(stamp)
    return Count(
        frames=frames,
        packets=packets,
        stamps=tuple(stamps),
        decoded=decoded if full else None,
        picture=picture,
    )


def first_frame(
    container: InputContainer, stream: VideoStream, deadline: Deadline
) -> VideoFrame | None:
    """Decode the first frame that can be decoded, within the first few hundred.

    Raises
    ------
    VideoError
        If the deadline passes.
    """
    stream.thread_type = "NONE"
    for packet in itertools.islice(container.demux(stream), _TRIES):
        deadline.check()
        for frame in _decode(packet):
            return frame
    return None


def _decode(packet: Packet[VideoStream]) -> list[VideoFrame]:
    try:
        return packet.decode()
    except (av.FFmpegError, ValueError):
        return []  # a broken frame is missing from the count of decoded ones


def _is_hidden(packet: Packet[VideoStream], stream: VideoStream) -> bool:
    """Whether a VP8 packet only prepares later frames (RFC 6386, 9.1: show_frame)."""
    return stream.codec_context.name == "vp8" and not bytes(packet)[0] & 0x10
