"""VID, the series: an ImageSeries in external mode is complete, and consistent in itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from posecheck.model.edit import DeleteAttribute, DeleteObject, Edit, SetAttribute
from posecheck.model.image_series import Video
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind
from posecheck.model.rule import Hit, Params
from posecheck.rules.image_sequences import is_image_sequence
from posecheck.rules.shared_edits import path_of, put
from posecheck.rules.video_parts import part_of

_NOT_BEHAVIOR = frozenset({"OpticalSeries", "ImageMaskSeries"})
_NUM_SAMPLES_SINCE = (2, 11)
_RAW_DIMENSIONS = frozenset({3, 4})
"""Frames, rows and columns, and colours or depth."""
_VERSION = re.compile(r"(?:NWB-)?([0-9]{1,4})\.([0-9]{1,4})", re.ASCII)


def vid001(video: Video, params: Params) -> Iterator[Hit]:
    """Report a behaviour video whose frames lie inside the file."""
    data = video.data
    if data is None or not video.has_frames or video.external_files:
        return
    if is_behavior(video):
        yield Hit(video.path, frames=data.length, bytes=data.bytes, megabytes=data.bytes / 1e6)


def vid009(video: Video, params: Params) -> Iterator[Hit]:
    """Report ``format`` and ``external_file`` that disagree."""
    if _named(video) and video.format != "external":
        hit = Hit(video.path, "absent" if video.format is None else "", format=video.format)
        # Beside frames inside the file (VID010), only a person knows which are meant.
        yield hit if video.has_frames else hit.with_edits(put(video, "format", "external"))
    if video.format == "external" and video.external_files is None:
        if video.has_frames:
            # A list of bytes may be pictures that are encoded.
            is_raw = video.data is not None and len(video.data.shape) in _RAW_DIMENSIONS
            edits = (put(video, "format", "raw"),) if is_raw else ()
            yield Hit(video.path, "inside").with_edits(*edits)
        else:
            yield Hit(video.path, "no-file")


def vid010(video: Video, params: Params) -> Iterator[Hit]:
    """Report frames inside the file beside references to frames outside."""
    if video.data is not None and video.has_frames and _named(video):
        yield Hit(video.path, shape=video.data.shape, bytes=video.data.bytes)


def vid011(video: Video, params: Params) -> Iterator[Hit]:
    """Report a ``starting_frame`` that has not one entry per file."""
    if not _named(video):
        return
    files = len(video.external_files or ())
    if video.starting_frame:
        entries = len(video.starting_frame)
        if entries != files:
            hit = Hit(video.path, entries=entries, files=files)
            yield hit.with_edits(*_started_as_counted(video))
    elif files == 1:
        yield Hit(video.path, "single").with_edits(_start_at(video, (0,)))
    else:
        yield Hit(video.path, "absent", files=files).with_edits(*_started_as_counted(video))


def vid012(video: Video, params: Params) -> Iterator[Hit]:
    """Report a ``starting_frame`` that does not begin at 0 or does not increase."""
    if not _named(video) or not video.starting_frame:
        return
    starts = video.starting_frame
    edits = tuple(_started_as_counted(video))
    if starts[0] != 0 and part_of(video) is None:
        whole = (
            (_start_at(video, (0,)),)
            if len(starts) == len(video.external_files or ()) == 1
            else edits
        )
        yield Hit(video.path, "first", first=starts[0]).with_edits(*whole)
    for index, (before, after) in enumerate(itertools.pairwise(starts), start=1):
        if after <= before:
            yield Hit(video.path, index=index, before=before, after=after).with_edits(*edits)
            return
    yield from _counted_otherwise(video, starts)


def _counted_otherwise(video: Video, starts: tuple[int, ...]) -> Iterator[Hit]:
    """Report the first file that does not start where the frames before it end."""
    files = video.external_files or ()
    if len(files) != len(starts) or starts[0] != 0:
        return
    for index, file in enumerate(files[:-1]):
        if file.video is None or file.video.fault is not None or file.video.truncated:
            return  # what follows cannot be held against it
        frames, stated = file.video.displayed_frames, starts[index + 1] - starts[index]
        if frames != stated:
            yield Hit(
                video.path,
                "counted",
                index=index + 1,
                start=starts[index + 1],
                wanted=starts[index] + frames,
                file=file.reference.name,
                frames=frames,
            ).with_edits(*_started_as_counted(video))
            return


def vid013(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report videos of unknown length, where the file's schema could hold it."""
    version = _VERSION.match(recording.nwb_version or "")
    if not version or (int(version[1]), int(version[2])) < _NUM_SAMPLES_SINCE:
        return
    for video in recording.videos:
        timed_by_rate = video.clock.rate is not None and video.clock.timestamps is None
        if _named(video) and timed_by_rate and video.num_samples is None:
            counts = _counts(video)
            # Files that do not follow each other (VID012) are not so many frames together.
            known = counts is not None and _starts_as_counted(video, counts)
            edits = (put(video, "num_samples", sum(counts or ()), "uint32"),) if known else ()
            yield Hit(video.path, rate=video.clock.rate).with_edits(*edits)


def vid022(video: Video, params: Params) -> Iterator[Hit]:
    """Report a behaviour video without its camera."""
    # A labeled video is drawn by software: no camera took it.
    drawn = bool(video.labeled_of) and not video.source_of
    if is_behavior(video) and video.device is None and not drawn:
        yield Hit(video.path)


def vid023(video: Video, params: Params) -> Iterator[Hit]:
    """Report physiology kept in a video file."""
    if video.is_physiology and _named(video):
        yield Hit(video.path, type=video.neurodata_type)


def vid024(video: Video, params: Params) -> Iterator[Hit]:
    """Report a video of which nobody knows when its frames were taken."""
    # A stimulus template has no time of its own: its presentation has.
    if _top(video.section) == "stimulus":
        return
    if video.clock.rate is None and video.clock.timestamps is None:
        yield Hit(video.path)


def vid032(video: Video, params: Params) -> Iterator[Hit]:
    """Report a ``starting_frame`` that counts no file."""
    if video.format == "external" or video.external_files is not None:
        return
    if video.has_starting_frame_dataset or video.starting_frame:
        # Without frames inside, the files may have been lost, and these numbers tell of them.
        edits = _without_starting_frame(video) if video.has_frames else ()
        yield Hit(video.path).with_edits(*edits)


def vid033(video: Video, params: Params) -> Iterator[Hit]:
    """Report a ``num_samples`` that the timestamps contradict."""
    timestamps = video.clock.timestamps
    if video.num_samples is None or timestamps is None or not timestamps.shape:
        return
    if video.num_samples != timestamps.length:
        counts = _counts(video)
        # Without the videos, nothing tells for certain which of the two numbers is wrong.
        right = counts is not None and sum(counts) == timestamps.length
        hit = Hit(
            video.path,
            "counted" if right else "",
            num_samples=video.num_samples,
            timestamps=timestamps.length,
        )
        edit = put(video, "num_samples", timestamps.length, "uint32")
        # Videos with another number of frames speak against the timestamps.
        yield hit.with_edits(edit) if right or counts is None else hit


def vid034(video: Video, params: Params) -> Iterator[Hit]:
    """Report several files that one rate must time."""
    files = _named(video)
    if is_image_sequence(video):
        return  # each image is one frame: the rate times them as it does the frames of a video
    if files > 1 and video.clock.rate is not None and video.clock.timestamps is None:
        yield Hit(video.path, files=files, rate=video.clock.rate)


def frame_count(video: Video) -> int | None:
    """Return how many frames the file says that a video has; ``None`` if it does not say."""
    if video.num_samples is not None:
        return video.num_samples
    if video.clock.timestamps is not None and video.clock.timestamps.shape:
        return video.clock.timestamps.length
    return video.data.length if video.data is not None and video.has_frames else None


def frame_size(video: Video) -> tuple[int, int] | None:
    """Return width and height as ``dimension`` gives them; ``None`` for none or a placeholder."""
    size = video.dimension
    return (size[0], size[1]) if size is not None and len(size) == 2 and min(size) > 0 else None


def is_behavior(video: Video) -> bool:
    """Distinguish a video of an animal from imaging and from what was shown to the animal."""
    if video.is_physiology:
        return False
    if video.source_of or video.labeled_of:
        return True
    if _NOT_BEHAVIOR & {video.neurodata_type, *video.lineage}:
        return False
    # processing/ophys holds motion-corrected imaging as plain ImageSeries (CorrectedImageStack).
    return _top(video.section) in {"acquisition", "processing"} and (
        video.section != "processing/ophys"
    )


def _counts(video: Video) -> tuple[int, ...] | None:
    """Return the frames of each file; ``None`` unless each was counted to its end."""
    counts = []
    for file in video.external_files or ():
        if file.video is None or file.video.fault is not None or file.video.truncated:
            return None
        counts.append(file.video.displayed_frames)
    return tuple(counts) or None


def _starts_as_counted(video: Video, counts: Sequence[int]) -> bool:
    """Return whether each file is said to start where those before it end, or nothing is said."""
    stated = video.starting_frame
    return stated is None or tuple(stated) == tuple(itertools.accumulate(counts[:-1], initial=0))


def _started_as_counted(video: Video) -> Iterator[Edit]:
    """Let each file start where the frames of those before it end, if they are known."""
    files = video.external_files or ()
    if len(files) == 1:
        return  # a part of it may be meant (VID036)
    counts = _counts(video)
    if counts is not None:
        yield _start_at(video, tuple(itertools.accumulate(counts[:-1], initial=0)))


def _start_at(video: Video, starts: tuple[int, ...]) -> Edit:
    return SetAttribute(path_of(video, "external_file"), "starting_frame", starts, "int32")


def _without_starting_frame(video: Video) -> Iterator[Edit]:
    if "starting_frame" in video.datasets:
        yield DeleteObject(f"{video.path}/starting_frame")  # of a link, the link
    else:
        yield DeleteAttribute(video.path, "starting_frame")


def _top(section: str) -> str:
    return section.partition("/")[0]


def _named(video: Video) -> int:
    """Count the entries of external_file that name something; a blank one is VID031's."""
    files = video.external_files or ()
    return sum(file.reference.kind is not ReferenceKind.BLANK for file in files)
