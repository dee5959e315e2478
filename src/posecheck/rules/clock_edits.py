"""What to change in a clock: frame numbers and milliseconds into seconds, copies into links."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from posecheck.model.edit import (
    AddSoftLink,
    DeleteObject,
    Divide,
    Edit,
    Retype,
    SetAttribute,
    SetElement,
)
from posecheck.model.facts import ArrayInfo
from posecheck.model.recording import Recording
from posecheck.rules.shared_edits import Owner, path_of
from posecheck.rules.time_spans import Filmed
from posecheck.rules.timed import Timed


def frame_numbers(recording: Recording, timed: Timed, filmed: Filmed) -> Iterator[Edit]:
    """Turn frame numbers, counted from 0, into the seconds of the video.

    Nothing is yielded where the video states no rate, or begins at another time than 0: then one
    number does not do.
    """
    clock, facts, video = timed.clock, timed.clock.facts, filmed.video
    if clock.timestamps is None:
        if filmed.rate and video.clock.timestamps is None and clock.rate is not None:
            yield from _set_rate(recording, timed, filmed.rate, (clock.start or 0.0) / filmed.rate)
        return
    stored = video.clock.timestamps
    if stored is not None:
        counted = facts is not None and facts.first == 0 and facts.last == facts.count - 1
        if counted and stored.length == clock.timestamps.length and stored.path:
            yield from link(clock.timestamps, stored)
    elif filmed.rate and not video.clock.start:
        yield from divided(clock.timestamps, filmed.rate)


def divided(array: ArrayInfo, divisor: float) -> Iterator[Edit]:
    """Divide timestamps, which become floats where they are whole numbers."""
    if not array.path:
        return
    if not array.dtype.startswith("float"):
        yield Retype(array.path, "float64")
    yield Divide(array.path, divisor)


def faster(recording: Recording, timed: Timed, factor: float) -> Iterator[Edit]:
    """Let a clock run faster by a factor: its timestamps, or its rate and its beginning."""
    clock = timed.clock
    if clock.timestamps is not None:
        yield from divided(clock.timestamps, factor)
    elif clock.rate is not None:
        start = (clock.start or 0.0) / factor
        yield from _set_rate(recording, timed, clock.rate * factor, start)


def link(array: ArrayInfo, target: ArrayInfo) -> Iterator[Edit]:
    """Put a link to equal timestamps in place of a copy; what links the copy is led on."""
    if array.path and target.path:
        yield DeleteObject(array.path)
        yield AddSoftLink(array.path, target.path)


def _set_rate(recording: Recording, timed: Timed, rate: float, start: float) -> Iterator[Edit]:
    owners: Iterable[Owner] = (*recording.every_series(), *recording.videos)
    owner = next((item for item in owners if item.path == timed.path), None)
    if owner is None or not math.isfinite(start):
        return
    path = path_of(owner, "starting_time")
    yield SetAttribute(path, "rate", float(rate))
    if start != (timed.clock.start or 0.0):
        yield SetElement(path, None, start)
