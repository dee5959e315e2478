"""In which order files are checked: one that takes long is not left for the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from posecheck.sources.source import Source

_LONG = 16 * 1024**2
"""Bytes from which on a file takes longer to read than everything else about it."""

_PART = 20
"""A file is long if it alone is more than this part of what one worker has to do."""


def longest_first(sources: Sequence[Source], workers: int) -> list[int]:
    """Return the places of the files in the order in which to check them.

    Parameters
    ----------
    sources
        The files.
    workers
        How many are checked at a time.

    Returns
    -------
    list of int
        Those that take long come first, the largest before the others. All others keep their order,
        so that reports can be printed while the run goes on.
    """
    places = list(range(len(sources)))
    if workers < 2 or len(sources) <= workers:
        return places
    sizes = [_size(source) for source in sources]
    least = max(_LONG, sum(sizes) / workers / _PART)
    return sorted(places, key=lambda place: -sizes[place] if sizes[place] > least else 0)


def _size(source: Source) -> int:
    """Return how many bytes a file has, if that is known without asking anybody elsewhere."""
    if source.has_path:
        with contextlib.suppress(OSError):
            return os.stat(source.address).st_size  # noqa: PTH116 - thousands
    return 0
