"""Open a video with FFmpeg, fenced in: one file, one demuxer, a deadline, a largest picture."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import av
import av.logging
from av.container import InputContainer
from av.video.stream import VideoStream

from posecheck.model.video_file import VideoFault
from posecheck.sources.source import FileKind, Source
from posecheck.video.signatures import HEAD_BYTES, Sniffed, sniff

MOST_PIXELS = 2**28
"""The largest picture that is decoded."""

_OPTIONS = {
    # MOV may name other files that hold its samples.
    "enable_drefs": "0",
    "use_absolute_path": "0",
    "protocol_whitelist": "",
    "max_streams": "64",
    "max_pixels": str(MOST_PIXELS),
}

_LENIENT: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
)
"""PyAV 19 replaces what is no text in a container's metadata by itself, and knows no option."""

TROUBLES = (av.FFmpegError, OSError, ValueError, RuntimeError, ArithmeticError, LookupError)
"""What PyAV raises at files that are no good."""


class VideoError(Exception):
    """A video cannot be shown: ``fault`` is the kind, ``detail`` a clause for people."""

    def __init__(self, fault: VideoFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


class Deadline:
    """A moment at which a probe gives up.

    Parameters
    ----------
    seconds
        How long it may take from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    @property
    def passed(self) -> bool:
        """Whether it has passed."""
        return time.monotonic() > self._ends

    def check(self) -> None:
        """Give up if it has passed.

        Raises
        ------
        VideoError
            With `VideoFault.TIMEOUT`.
        """
        if self.passed:
            raise VideoError(VideoFault.TIMEOUT, f"it took longer than {self.seconds:g} s")


class FencedFile:
    """The file as FFmpeg sees it: it can be read until the deadline, and not be written.

    Attributes
    ----------
    size
        Bytes.
    """

    def __init__(self, file: IO[bytes], size: int, deadline: Deadline) -> None:
        self.size = size
        self._file = file
        self._deadline = deadline
        self.seek = file.seek
        self.tell = file.tell

    def read(self, count: int) -> bytes:
        """Read up to ``count`` bytes; after the deadline the file is at its end.

        An exception would have to find its way through FFmpeg, which calls again: whoever waits for
        FFmpeg checks the deadline when it comes back.
        """
        return b"" if self._deadline.passed else self._file.read(count)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that may be a video.

    Attributes
    ----------
    file
        For posecheck's own look at it.
    fenced
        The same for FFmpeg.
    sniffed
        What its first bytes say; the demuxer is empty for an image alone.
    is_local
        Whether it lies on this machine, where reading all of it costs little.
    """

    file: IO[bytes]
    fenced: FencedFile
    sniffed: Sniffed
    is_local: bool = True


@contextlib.contextmanager
def open_file(source: Source, deadline: Deadline, *, images: bool = False) -> Iterator[Opened]:
    """Open a file and choose its demuxer.

    Parameters
    ----------
    source
        A regular file.
    deadline
        When reading it ends.
    images
        Whether a single image is welcome, too: it then has a decoder, and no demuxer.

    Raises
    ------
    VideoError
        If it cannot be read, is empty, or is no video of a format that posecheck knows.
    """
    try:
        status = source.status()
        if status.kind is not FileKind.FILE:
            # A pipe would wait for ever.
            raise VideoError(VideoFault.NOT_A_VIDEO, "it is not a regular file")
        if not status.stamp.size:
            raise VideoError(VideoFault.ZERO_BYTES, "it has zero bytes")
        conflict = source.size_conflict(status.stamp.size)
        if conflict:
            raise VideoError(VideoFault.UNDECODABLE, conflict)
        with io.BufferedReader(source.open()) as file:
            sniffed = sniff(file.read(HEAD_BYTES), source.suffix.lstrip("."))
            if sniffed.what:
                raise VideoError(VideoFault.NOT_A_VIDEO, f"it is {sniffed.what}")
            if sniffed.image and not images:
                raise VideoError(VideoFault.NOT_A_VIDEO, "it is a single image")
            if not sniffed.demuxer and not sniffed.image:
                detail = "posecheck knows no video format that begins as it does"
                raise VideoError(VideoFault.UNSUPPORTED_FORMAT, detail)
            size = file.seek(0, io.SEEK_END)
            yield Opened(file, FencedFile(file, size, deadline), sniffed, source.is_local)
    except OSError as error:
        raise VideoError(VideoFault.UNREADABLE, error.strerror or str(error)) from error


@contextlib.contextmanager
def open_stream(opened: Opened) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Let FFmpeg open a file, and choose its video stream.

    Raises
    ------
    VideoError
        If there is no video stream in it.
    av.FFmpegError and others of `TROUBLES`
        If FFmpeg does not understand it.
    """
    av.logging.set_level(None)
    opened.file.seek(0)
    container = av.open(
        opened.fenced,
        "r",
        format=opened.sniffed.demuxer,
        options=_OPTIONS,
        io_open=_refuse,
        **_LENIENT,
    )
    with container:
        # A cover picture counts as a stream, too.
        streams = [
            stream
            for stream in container.streams.video
            if not stream.disposition & stream.disposition.__class__.attached_pic
        ]
        if not streams:
            raise VideoError(VideoFault.NO_VIDEO_STREAM, "it has no video stream")
        stream = streams[0]
        if stream.codec_context is None:
            detail = "FFmpeg has no decoder for its codec"
            raise VideoError(VideoFault.UNSUPPORTED_FORMAT, detail)
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        yield container, stream


def _refuse(url: str, flags: int, options: object) -> IO[bytes]:
    raise PermissionError("a video may not open other files")
