"""When the samples of a TimeSeries were taken."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.facts import ArrayInfo, TimestampFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When the samples of a TimeSeries were taken: at a rate, or at timestamps.

    Attributes
    ----------
    rate, start
        ``starting_time`` and its ``rate``, in hertz and seconds.
    timestamps
        The stored dataset, wherever a link leads to it.
    facts
        What reading it gave; ``None`` if it was not read.
    unit
        The unit attribute of the one that is stored.
    """

    rate: float | None = None
    start: float | None = None
    timestamps: ArrayInfo | None = None
    facts: TimestampFacts | None = None
    unit: str | None = None


NO_CLOCK = Clock()
"""The clock of an object that stores none."""
