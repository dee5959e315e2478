"""Look into one video file: what its header says, how many frames it holds, whether one decodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from posecheck.model.video_file import Decode, VideoFacts, VideoFault
from posecheck.model.wording import counted
from posecheck.sources.source import Source
from posecheck.video.container_structure import Structure, survey
from posecheck.video.ffmpeg import TROUBLES, Deadline, Opened, VideoError, open_file, open_stream
from posecheck.video.frame_counts import Count, count_entries, count_packets, first_frame
from posecheck.video.frame_times import pace_of
from posecheck.video.image_files import chosen_to_decode, look_into_image
from posecheck.video.playability import why_unplayable
from posecheck.video.signatures import Sniffed

DEFAULT_SECONDS = 120.0
"""How long the probe of one video may take."""

_GUESSED_RATE = 25
_LOST_FRAMES = 2
_STAMPING = frozenset({"mov", "matroska", "asf", "flv", "mpegts"})
"""Formats that stamp every frame; FFmpeg interpolates in the others."""


def probe(
    source: Source, *, decode: Decode = Decode.PACKETS, seconds: float = DEFAULT_SECONDS
) -> VideoFacts:
    """Look into a video file, or an image.

    Parameters
    ----------
    source
        A regular file whose content is here.
    decode
        `Decode.PACKETS` counts frames without decoding them; `Decode.FULL` decodes them all.
    seconds
        When to give up.

    Returns
    -------
    VideoFacts
        What could be learned; what keeps the rest from being learned is its ``fault``.

    Raises
    ------
    ValueError
        If nothing is to be decoded.
    """
    if decode is Decode.NONE:
        raise ValueError("a probe opens the video, which this choice forbids")
    return _probe(source, Deadline(seconds), decode, decode_images=True)


def probe_sequence(
    sources: Sequence[Source], *, decode: Decode = Decode.PACKETS, seconds: float = DEFAULT_SECONDS
) -> tuple[VideoFacts, ...]:
    """Look into the images of a sequence, within the time that one video may take.

    Parameters
    ----------
    sources
        Regular files whose content is here.
    decode
        `Decode.FULL` decodes every image; `Decode.PACKETS` reads every one whole, and decodes as
        many as `posecheck.video.image_files.chosen_to_decode` chooses.
    seconds
        When to give up on what is left.

    Raises
    ------
    ValueError
        If nothing is to be decoded.
    """
    if decode is Decode.NONE:
        raise ValueError("a probe opens the images, which this choice forbids")
    deadline = Deadline(seconds)
    found: list[VideoFacts] = []
    chosen: frozenset[int] | None = None
    for index, source in enumerate(sources):
        wanted = chosen is None or index in chosen
        facts = _probe(source, deadline, decode, decode_images=wanted)
        if chosen is None and facts.width:
            chosen = chosen_to_decode(len(sources), facts.width * facts.height, decode)
        found.append(facts)
    return tuple(found)


def _probe(
    source: Source, deadline: Deadline, decode: Decode, *, decode_images: bool
) -> VideoFacts:
    probing = _Probing(deadline, decode)
    try:
        deadline.check()
        with open_file(source, deadline, images=True) as opened:
            if opened.sniffed.image:
                return look_into_image(opened, deadline, decode=decode_images)
            probing.look(opened)
    except VideoError as error:
        return replace(probing.facts, fault=error.fault, detail=error.detail)
    return probing.facts


class _Probing:
    """The facts of a file as they come in: what a deadline cuts off leaves the rest standing."""

    def __init__(self, deadline: Deadline, decode: Decode) -> None:
        self.deadline = deadline
        self.facts = VideoFacts()
        self._decode = decode

    def look(self, opened: Opened) -> None:
        structure = survey(opened.file, opened.fenced.size, opened.sniffed.demuxer)
        self.facts = replace(self.facts, container=opened.sniffed.demuxer)
        if opened.sniffed.demuxer == "mov" and "moov" not in structure.parts:
            tail = f"; {structure.overrun}" if structure.overrun else ""
            raise VideoError(VideoFault.NO_MOOV, f"it has no moov atom{tail}")
        try:
            with open_stream(opened) as (container, stream):
                self._read_header(container, stream, opened.sniffed)
                self._read_frames(container, stream, opened, structure)
        except TROUBLES as error:
            self.deadline.check()
            raise _explained(error, structure) from error

    def _read_header(
        self, container: InputContainer, stream: VideoStream, sniffed: Sniffed
    ) -> None:
        context = stream.codec_context
        promised = None
        if stream.duration is not None and stream.time_base is not None:
            promised = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            promised = container.duration / av.time_base
        codec = context.codec.canonical_name
        obstacle, clause = why_unplayable(sniffed.demuxer, codec, context.pix_fmt or "")
        self.facts = replace(
            self.facts,
            codec=codec,
            profile=context.profile or "",
            pixel_format=context.pix_fmt or "",
            width=context.width,
            height=context.height,
            coded_width=context.width,
            coded_height=context.height,
            declared_frame_rate=_declared_rate(stream, sniffed),
            promised_frames=stream.frames or None,
            promised_duration=promised,
            obstacle=obstacle,
            unplayable=clause,
        )

    def _read_frames(
        self,
        container: InputContainer,
        stream: VideoStream,
        opened: Opened,
        structure: Structure,
    ) -> None:
        full = self._decode is Decode.FULL
        count = None if "moof" in structure.parts else count_entries(stream, opened)
        in_parts = not (opened.is_local or full)
        if count is None and in_parts:
            raise VideoError(
                VideoFault.NOT_READ, "no index lists its frames; --decode full reads it"
            )
        if count is not None and stream.codec_context.has_b_frames and _is_uneven(count):
            # The times of decoding do not give those of display.
            count = replace(count, stamps=()) if in_parts else None
        if count is None or full:
            counted = count_packets(container, stream, self.deadline, full=full)
            self.deadline.check()
            count = counted if count is None else replace(count, decoded=counted.decoded)
            picture = counted.picture
            self._take_count(stream, count, opened.sniffed, structure)
        else:
            # Should the deadline pass now, what the index says stands already.
            self._take_count(stream, count, opened.sniffed, structure)
            picture = first_frame(container, stream, self.deadline)
            self.deadline.check()
        if picture is None:
            raise _without_picture(self.facts, count)
        self._take_picture(picture)

    def _take_count(
        self, stream: VideoStream, count: Count, sniffed: Sniffed, structure: Structure
    ) -> None:
        unit = float(stream.time_base) if stream.time_base else 0.0
        pace = pace_of(count.stamps, unit) if sniffed.has_clock else None
        first = None
        if count.stamps and sniffed.has_clock:
            start = stream.start_time if stream.start_time is not None else min(count.stamps)
            first = float(start * unit)
        self.facts = replace(
            self.facts,
            frames=count.frames,
            decoded_frames=count.decoded,
            first_time=first,
            frame_rate=pace.rate if pace else None,
            duration=pace.duration if pace else None,
            least_step=pace.least_step if pace else None,
            median_step=pace.median_step if pace else None,
            greatest_step=pace.greatest_step if pace else None,
            is_variable=pace is not None and pace.is_variable and sniffed.demuxer in _STAMPING,
            is_image=sniffed.demuxer == "gif" and count.frames == 1,
            truncated=_why_truncated(count, structure, self.facts),
        )

    def _take_picture(self, picture: VideoFrame) -> None:
        rotation = round(picture.rotation / 90) % 4 * 90
        width, height = picture.width, picture.height
        turned = rotation in {90, 270}
        self.facts = replace(
            self.facts,
            rotation=rotation,
            coded_width=width,
            coded_height=height,
            width=height if turned else width,
            height=width if turned else height,
            pixel_format=picture.format.name,
        )


def _is_uneven(count: Count) -> bool:
    pace = pace_of(count.stamps, 1.0)
    return pace is not None and pace.is_variable


def _declared_rate(stream: VideoStream, sniffed: Sniffed) -> float | None:
    if not sniffed.has_clock and not sniffed.is_raw:
        return None
    rate: Fraction | None = stream.average_rate or stream.guessed_rate
    if sniffed.is_raw:
        rate = stream.codec_context.framerate
        if rate == _GUESSED_RATE:
            return None  # FFmpeg's own default where a bare stream says nothing
    return float(rate) if rate else None


def _why_truncated(count: Count, structure: Structure, facts: VideoFacts) -> str:
    """Say why a file is held to be cut off; what can be a writer's whim is not enough."""
    promised = facts.promised_frames or 0
    if count.beyond:
        total = count.frames + count.beyond
        return f"{count.beyond:,} of its {counted(total, 'frame')} lie behind the end of the file"
    if structure.overrun and (facts.container != "avi" or count.packets < promised or not promised):
        return structure.overrun
    if count.decoded is not None and count.decoded < count.frames - _LOST_FRAMES:
        return f"of {counted(count.frames, 'frame')} only {count.decoded:,} decode"
    return ""


def _without_picture(facts: VideoFacts, count: Count) -> VideoError:
    if facts.truncated:
        return VideoError(VideoFault.TRUNCATED, f"it is cut off: {facts.truncated}")
    if not count.packets:
        return VideoError(VideoFault.NO_FRAME, "its video stream holds no frame")
    return VideoError(
        VideoFault.UNDECODABLE, f"none of its {counted(count.packets, 'frame')} decodes"
    )


def _explained(error: BaseException, structure: Structure) -> VideoError:
    if isinstance(error, OSError) and not isinstance(error, av.FFmpegError):
        return VideoError(VideoFault.UNREADABLE, error.strerror or str(error))
    if structure.overrun:
        return VideoError(VideoFault.TRUNCATED, f"it is cut off: {structure.overrun}")
    reason = error.strerror if isinstance(error, OSError) else ""
    return VideoError(VideoFault.UNDECODABLE, f"FFmpeg cannot open it ({reason or error})")
