"""What rules may know of arrays of which only a sample was read.

Most rules need every row: that a node is never detected cannot be seen in a part. These get the
recording without what a sample gave, and are skipped as if it had not been read. A rule whose
declaration says ``sample = true`` reports what one row proves, and gets what the sample gave.
"""

from __future__ import annotations

from dataclasses import replace

from posecheck.model.clock import Clock
from posecheck.model.facts import ArrayInfo
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording


def is_sampled(subject: object) -> bool:
    """Whether only a sample was read of any array of a recording, container, series or video."""
    match subject:
        case Recording():
            return any(map(is_sampled, (*subject.every_series(), *subject.videos)))
        case PoseContainer():
            return any(map(is_sampled, (*subject.series, *subject.views)))
        case PoseSeries():
            arrays = (subject.data, subject.confidence_data, subject.clock.timestamps)
            return any(map(_is_part, arrays))
        case Video():
            return _is_part(subject.clock.timestamps)
        case _:
            return False


def without_samples(recording: Recording) -> Recording:
    """Return a recording as if arrays of which only a sample was read had not been read."""
    return replace(
        recording,
        containers=tuple(map(_container, recording.containers)),
        videos=tuple(replace(video, clock=_clock(video.clock)) for video in recording.videos),
    )


def _container(container: PoseContainer) -> PoseContainer:
    return replace(
        container,
        series=tuple(map(_series, container.series)),
        views=tuple(map(_container, container.views)),
    )


def _series(series: PoseSeries) -> PoseSeries:
    data, confidence = series.data, series.confidence_data
    return replace(
        series,
        data=_header(data),
        positions=None if _is_part(data) else series.positions,
        confidence_data=_header(confidence),
        confidence=None if _is_part(confidence) else series.confidence,
        clock=_clock(series.clock),
    )


def _clock(clock: Clock) -> Clock:
    if not _is_part(clock.timestamps):
        return clock
    return replace(clock, timestamps=_header(clock.timestamps), facts=None)


def _header(info: ArrayInfo | None) -> ArrayInfo | None:
    if info is None or info.rows_read is None:
        return info
    return replace(info, unread=f"only {info.rows_read:,} of {info.length:,} rows were read")


def _is_part(info: ArrayInfo | None) -> bool:
    return info is not None and info.rows_read is not None
