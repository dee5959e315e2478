"""Functions of posecheck that take a source, called with a path."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from posecheck.model.recording import Recording
from posecheck.model.rule import Need
from posecheck.model.video_file import EVERY_VIDEO, Decode, VideoAccess, VideoFacts
from posecheck.reading import read_recording
from posecheck.sources.local_source import LocalSource
from posecheck.video import probe
from posecheck.video.frame_decoder import Pixels, decode_frame
from posecheck.video.probe import DEFAULT_SECONDS


def read_path(
    path: Path, *, needs: frozenset[Need], videos: VideoAccess = EVERY_VIDEO
) -> Recording:
    return read_recording(LocalSource.at(path, path.name), needs=needs, videos=videos)


def probe_path(
    path: Path, *, decode: Decode = Decode.PACKETS, seconds: float = DEFAULT_SECONDS
) -> VideoFacts:
    return probe(LocalSource.at(path), decode=decode, seconds=seconds)


def decode_path(path: Path, number: int, *, seconds: float) -> Pixels:
    return decode_frame(LocalSource.at(path), number, seconds=seconds)


def local(paths: Iterable[Path]) -> list[LocalSource]:
    return [LocalSource.at(path) for path in paths]
