"""Every table of time intervals: epochs, trials, invalid times."""

from __future__ import annotations

import math
from collections.abc import Iterator

from posecheck.model.recording import TimeIntervals
from posecheck.reading.inventory import Entry, Inventory
from posecheck.storage import Array, StorageError

_MOST_ROWS = 100_000
"""Intervals that are held in memory at once; of a longer table nothing is read."""


def read_intervals(inventory: Inventory) -> tuple[TimeIntervals, ...]:
    """Read when the intervals of each table begin and end.

    Rows that are no interval (NaN, or an end before the beginning) are left out. A table that
    cannot be read is left out, too: no rule checks it, and a gap that it could explain is reported.
    """
    tables = []
    for entry in inventory.of("TimeIntervals"):
        spans = tuple(_spans(entry))
        if spans:
            tables.append(TimeIntervals(name=entry.name, path=entry.path, spans=spans))
    return tuple(tables)


def _spans(entry: Entry) -> Iterator[tuple[float, float]]:
    starts, stops = _column(entry, "start_time"), _column(entry, "stop_time")
    for start, stop in sorted(zip(starts, stops, strict=False)):
        if math.isfinite(start) and math.isfinite(stop) and start <= stop:
            yield start, stop


def _column(entry: Entry, name: str) -> tuple[float, ...]:
    array = entry.members.get(name)
    if not isinstance(array, Array):
        return ()
    info = array.info
    if info.unread or len(info.shape) != 1 or not 0 < info.length <= _MOST_ROWS:
        return ()
    try:
        values = array.read(0, info.length)
    except StorageError:
        return ()
    if values.dtype.kind not in "iuf":
        return ()
    return tuple(float(value) for value in values)
