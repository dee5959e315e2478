"""Put the streams of a video into an MP4 container as they are: no frame is encoded again.

The result depends on the source alone: it carries no date and no program's name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from io import RawIOBase
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from posecheck.model.errors import ApplyError
from posecheck.model.video_file import VideoFault
from posecheck.sources.local_source import LocalSource
from posecheck.video.ffmpeg import TROUBLES, Deadline, Opened, VideoError, open_file, open_stream
from posecheck.video.frame_counts import count_packets

_TAKEN = frozenset({"video", "audio"})
_OPTIONS = {"fflags": "+bitexact", "movflags": "+write_colr"}


def remux(source: Path, target: Path, *, rate: float | None = None) -> None:
    """Write a video's streams into a new MP4 file.

    Parameters
    ----------
    source
        The video.
    target
        A name that nothing has. If this fails, nothing is left there.
    rate
        Pictures per second of a stream that carries no time stamps of its own (raw H.264).

    Raises
    ------
    ApplyError
        If MP4 does not take one of the streams, a time stamp is missing that cannot be derived, or
        not all frames arrived.
    OSError
        If the target cannot be written.
    """
    try:
        before = _count(source)
        with target.open("xb", buffering=0) as file:
            output = _Output(file)
            try:
                _write(source, output, rate)
                after = _count(target)
            except BaseException:
                file.close()
                target.unlink(missing_ok=True)
                if output.failure is not None:
                    raise output.failure from None
                raise
    except VideoError as error:
        raise ApplyError(f"{source} cannot be put into MP4: {error.detail}.") from error
    except TROUBLES as error:
        if isinstance(error, OSError) and not isinstance(error, av.FFmpegError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise ApplyError(
            f"{source} cannot be put into MP4 without encoding it again: {reason}."
        ) from error
    if before != after:
        target.unlink(missing_ok=True)
        raise ApplyError(
            f"{source} cannot be put into MP4: {after} of its {before} frames arrived."
        )


class _Output:
    """A file for FFmpeg, which reports of a failed write only that it failed."""

    def __init__(self, file: RawIOBase) -> None:
        self.failure: OSError | None = None
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def write(self, content: bytes) -> int:
        """Write all of it, and remember why not."""
        try:
            left = memoryview(content)
            while left:
                left = left[self._file.write(left) or 0 :]
        except OSError as error:
            self.failure = error
            raise
        return len(content)


def _count(path: Path) -> int:
    deadline = Deadline(math.inf)
    with (
        open_file(LocalSource.at(path), deadline) as opened,
        open_stream(opened) as (container, stream),
    ):
        return count_packets(container, stream, deadline, full=False).frames


def _write(source: Path, file: _Output, rate: float | None) -> None:
    deadline = Deadline(math.inf)
    with open_file(LocalSource.at(source), deadline) as opened:
        order = _order_of_showing(opened, rate) if opened.sniffed.is_raw else None
        with (
            open_stream(opened) as (container, stream),
            av.open(file, "w", format="mp4", container_options=_OPTIONS) as output,
        ):
            taken = {
                each.index: output.add_stream_from_template(each)
                for each in container.streams
                if each is stream or (each.type in _TAKEN and not _is_cover(each))
            }
            packets = container.demux([container.streams[index] for index in taken])
            stamped = (
                _stamped(packets, order, Fraction(rate).limit_denominator(100_000))
                if order is not None and rate
                else _shifted(packets, container)
            )
            for packet in stamped:
                packet.stream = taken[packet.stream_index]
                output.mux(packet)


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & stream.disposition.__class__.attached_pic)


def _shifted(
    packets: Iterator[Packet[Stream]], container: InputContainer
) -> Iterator[Packet[Stream]]:
    """Let the time stamps begin at zero, where a transport stream begins anywhere."""
    start = Fraction(container.start_time or 0, av.time_base)
    for packet in packets:
        if packet.dts is None and not packet.size:
            continue  # the flush behind the last packet
        shift = round(start / packet.time_base) if packet.time_base else 0
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        yield packet


def _stamped(
    packets: Iterator[Packet[Stream]], order: list[int], rate: Fraction
) -> Iterator[Packet[Stream]]:
    """Give packets the times that follow from a rate."""
    delay = max((index - displayed for index, displayed in enumerate(order)), default=0)
    index = 0
    for packet in packets:
        if not packet.size:
            continue
        packet.time_base = 1 / rate
        packet.dts, packet.pts, packet.duration = index, order[index] + delay, 1
        index += 1
        yield packet


def _order_of_showing(opened: Opened, rate: float | None) -> list[int]:
    """Return for each packet, in the order in which they are stored, when its frame is shown.

    A bare stream does not say; its decoder does.
    """
    if not rate or rate <= 0:
        detail = "it carries no time stamps, and the recording states no rate"
        raise VideoError(VideoFault.UNSUPPORTED_FORMAT, detail)
    displayed: list[int] = []
    with open_stream(opened) as (container, stream):
        count = 0
        for packet in container.demux(stream):
            if packet.size:
                packet.pts = packet.dts = count
                count += 1
            displayed.extend(_places(packet, stream))
    if sorted(displayed) != list(range(count)):
        detail = "it carries no time stamps, and not all of its frames decode"
        raise VideoError(VideoFault.UNSUPPORTED_FORMAT, detail)
    order = [0] * count
    for place, index in enumerate(displayed):
        order[index] = place
    return order


def _places(packet: Packet[VideoStream], stream: VideoStream) -> list[int]:
    return [frame.pts for frame in packet.decode() if frame.pts is not None]
