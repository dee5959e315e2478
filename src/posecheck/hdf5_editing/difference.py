"""Two files, byte by byte: where they differ, and what both are."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import numpy as np

_BLOCK = 4 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How an edited file differs from its original.

    Attributes
    ----------
    ranges
        Where they differ, exactly, as offset and original bytes, in ascending order. Where the
        original is longer, its end is among them.
    original_size, edited_size
        Bytes.
    original_sha256, edited_sha256
        As hexadecimal digits.
    """

    ranges: tuple[tuple[int, bytes], ...]
    original_size: int
    edited_size: int
    original_sha256: str
    edited_sha256: str

    def touches(self, start: int, size: int) -> bool:
        """Whether a stretch of the original differs."""
        index = bisect.bisect_left(self.ranges, start + size, key=itemgetter(0)) - 1
        if index < 0:
            return False
        offset, content = self.ranges[index]
        return offset + len(content) > start


def compare_files(original: Path, edited: Path) -> Difference:
    """Compare two files in one pass.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    first_hash, second_hash = hashlib.sha256(), hashlib.sha256()
    ranges: list[tuple[int, bytes]] = []
    offset = sizes = 0
    with original.open("rb") as first, edited.open("rb") as second:
        while True:
            old, new = first.read(_BLOCK), second.read(_BLOCK)
            if not old and not new:
                break
            first_hash.update(old)
            second_hash.update(new)
            if old != new:
                ranges.extend(_differences(old, new, offset))
            offset += len(old)
            sizes += len(new)
    return Difference(
        ranges=tuple(ranges),
        original_size=offset,
        edited_size=sizes,
        original_sha256=first_hash.hexdigest(),
        edited_sha256=second_hash.hexdigest(),
    )


def _differences(old: bytes, new: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield what differs of two blocks, exactly."""
    common = min(len(old), len(new))
    first = np.frombuffer(old, np.uint8, common)
    second = np.frombuffer(new, np.uint8, common)
    differ = np.flatnonzero(first != second)
    for run in np.split(differ, np.flatnonzero(np.diff(differ) > 1) + 1):
        if run.size:
            start, stop = int(run[0]), int(run[-1]) + 1
            yield offset + start, old[start:stop]
    if len(old) > common:
        yield offset + common, old[common:]
