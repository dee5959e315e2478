"""What the files of a video say together, or why they say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.image_series import Video
from posecheck.model.video_file import VideoFacts, VideoFault
from posecheck.rules.image_sequences import (
    common_size,
    image_count,
    images_of,
    is_image_sequence,
    named_files,
)
from posecheck.rules.image_series import frame_count, frame_size
from posecheck.rules.video_parts import part_of

_TARGETS = {
    TargetState.MISSING: "the video is not there",
    TargetState.NOT_FETCHED: "video not fetched",
    TargetState.NOT_A_FILE: "the video is not there",
    TargetState.OUTSIDE: "the video lies outside the dandiset, where nothing is opened",
    TargetState.OUTSIDE_REPOSITORY: (
        "the video lies outside the git repository, where nothing is opened"
    ),
    TargetState.OUTSIDE_BY_LINK: "the video lies outside the dandiset, where nothing is opened",
    TargetState.UNKNOWN: "the reference is not one that can be followed",
}
_UNJUDGED = {
    VideoFault.NOT_FETCHED: "video not fetched",
    VideoFault.LINKED_OUT: "the video is a link out of the git repository",
    VideoFault.NOT_READ: "the frames of the video are counted only by reading all of it",
    VideoFault.TIMEOUT: "looking into the video took too long",
    VideoFault.CRASHED: "the video ended the check of another file",
    VideoFault.UNSUPPORTED_FORMAT: "posecheck does not know the video's format",
    VideoFault.UNREADABLE: "the video cannot be opened",
}


@dataclass(frozen=True, slots=True)
class ProbedVideo:
    """One file of a video, and what it holds."""

    file: ExternalFile
    facts: VideoFacts

    @property
    def name(self) -> str:
        """The last part of its reference."""
        return self.file.reference.name or self.file.reference.text


def probed_videos(video: Video) -> Iterator[ProbedVideo]:
    """Yield the files that were looked into and of which a frame decodes."""
    for file in named_files(video):
        if file.video is not None and file.video.fault is None:
            yield ProbedVideo(file, file.video)


def why_not_probed(file: ExternalFile) -> str:
    """Say why a file was not checked, as a clause; empty if it was, be it as no video."""
    if file.video is not None:
        return "" if file.video.fault is None else _UNJUDGED.get(file.video.fault, "")
    if file.target is None:
        return "nobody looked whether the video is there"
    return _TARGETS.get(file.target.state, "videos were not looked into")


def why_unjudged(fault: VideoFault) -> str:
    """Say why a fault says nothing about the file, as a clause; empty where the file is broken."""
    return _UNJUDGED.get(fault, "")


def reasons_not_probed(video: Video) -> tuple[str, ...]:
    """Say why files of a video were not checked, each reason once."""
    reasons = (why_not_probed(file) for file in named_files(video))
    return tuple(dict.fromkeys(filter(None, reasons)))


def counted_frames(video: Video) -> int | None:
    """Return the frames that a series means, counted; ``None`` unless each file could be counted.

    These are the frames of all its files or, where it means a part of one, of that part.
    """
    part = part_of(video)
    return frames_of_files(video) if part is None or part.held is None else part.samples


def frames_of_files(video: Video) -> int | None:
    """Return the frames of all files together; ``None`` unless each could be counted."""
    files = named_files(video)
    probed_files = tuple(probed_videos(video))
    if not files or len(probed_files) != len(files):
        return None
    return sum(probed.facts.displayed_frames for probed in probed_files)


def why_uncounted(video: Video) -> str:
    """Say why `counted_frames` has no answer, as a clause; empty if it has one."""
    if counted_frames(video) is not None:
        return ""
    if not named_files(video):
        return "the video has no file"
    return next(iter(reasons_not_probed(video)), "the video cannot be read")


def length_of(video: Video) -> int | None:
    """Return the frames of a video: counted, else as stated, else the images of a sequence."""
    counted = counted_frames(video)
    if counted is None:
        counted = frame_count(video)
    return image_count(video) if counted is None else counted


def rate_of(video: Video) -> float | None:
    """Return the rate of the first file that states it, in hertz."""
    rates = (probed.facts.rate for probed in probed_videos(video))
    return next((rate for rate in rates if rate), None)


def size_of(video: Video) -> tuple[int, int] | None:
    """Return width and height: of the first file that was looked into, else as ``dimension``.

    Of images, most decide.
    """
    if is_image_sequence(video):
        return common_size(images_of(video)) or frame_size(video)
    for probed in probed_videos(video):
        return probed.facts.width, probed.facts.height
    return frame_size(video)
