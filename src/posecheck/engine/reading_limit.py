"""How much of a file posecheck's own reading takes, and how long that may compute."""

from __future__ import annotations

import math

from posecheck.model.data_read import DataRead
from posecheck.sources.source import Source

_LEAST_SECONDS = 20.0
"""What posecheck's own reading of a file may compute in any case."""
_SHARE = 30
"""Of the time for a whole file, what it may compute if that is more: a thirtieth."""
_BYTES_PER_SECOND = 250_000
"""How little is read in a second where a file holds what its size lets expect."""


def reading_seconds(source: Source, seconds: float) -> float:
    """Return what posecheck's own reading of a file may compute, in whole seconds.

    HDF5 that searches damaged bytes without end computes all the while, as does the reading of a
    Zarr store that states far more values than it holds. Waiting for a drive or for a video, which
    another process looks into, does not count.

    Parameters
    ----------
    source
        The file.
    seconds
        What the check of a whole file may take.
    """
    if seconds == math.inf or not source.is_local:
        return seconds  # how large a file elsewhere is, its server would have to be asked
    stamp = source.stamp()
    size = stamp.size if stamp is not None else 0
    return math.ceil(max(_LEAST_SECONDS, seconds / _SHARE) + size / _BYTES_PER_SECOND)


def data_of(source: Source, chosen: DataRead | None) -> DataRead:
    """Return how much of a file's arrays is read: as chosen, else a sample of what is elsewhere."""
    return chosen or (DataRead.FULL if source.is_local else DataRead.SAMPLE)
