"""What has a clock: the series with samples, and the videos."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from posecheck.model.clock import Clock
from posecheck.model.facts import ArrayInfo, TimestampFacts
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording


@dataclass(frozen=True, slots=True)
class Timed:
    """Something that has a clock: a series with samples, or a video.

    Attributes
    ----------
    name, path
        Its own.
    samples
        Its number of samples; 0 where a video does not say.
    container
        What holds the series; ``None`` for a video.
    video
        The video itself; ``None`` for a series.
    """

    name: str
    path: str
    clock: Clock
    samples: int
    container: PoseContainer | None = None
    video: Video | None = None

    @property
    def location(self) -> str:
        """Where its clock is stored: the timestamps dataset, or the series that has a rate."""
        stored = self.clock.timestamps
        return stored.path if stored is not None and stored.path else self.path

    @property
    def is_behavior(self) -> bool:
        """Whether it is pose or the video of an animal: stimuli and imaging pause by design."""
        video = self.video
        return video is None or not (video.is_physiology or video.section.startswith("stimulus"))


def every_timed(recording: Recording) -> Iterator[Timed]:
    """Yield every series with samples, and then every video."""
    for container in recording.every_container():
        for series in container.sampled:
            yield Timed(series.name, series.path, series.clock, series.frames, container)
    for video in recording.videos:
        samples = video.num_samples or (video.data.length if video.data else 0)
        yield Timed(video.name, video.path, video.clock, samples, video=video)


def distinct_clocks(recording: Recording) -> Iterator[Timed]:
    """Yield what has a clock, and of all that share one timestamps dataset only the first."""
    keys = set()
    for timed in every_timed(recording):
        stored = timed.clock.timestamps
        if stored is not None:
            if array_key(stored) in keys:
                continue
            keys.add(array_key(stored))
        yield timed


def read_timestamps(recording: Recording) -> Iterator[tuple[Timed, TimestampFacts]]:
    """Yield each timestamps dataset that was read and holds a sample, with what uses it first."""
    for timed in distinct_clocks(recording):
        facts = timed.clock.facts
        if timed.clock.timestamps is not None and facts is not None and facts.count:
            yield timed, facts


def array_key(array: ArrayInfo) -> str:
    """Return what is equal for two arrays that are one stored object."""
    return array.identity or array.path


def bounded(seconds: float) -> float:
    """Keep what may have overflowed a number that every report can hold."""
    return seconds if math.isfinite(seconds) else sys.float_info.max
