"""Where two files share blocks, as the file system reports it: there they need no comparing.

A copy that was made by sharing blocks (reflink) has those of its original until it is written to.
Linux tells by ``FS_IOC_FIEMAP`` (Documentation/filesystems/fiemap.rst of the kernel). Elsewhere,
and where a file system does not tell, nothing is known to be shared.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_FIEMAP = 0xC020660B
_SYNC = 0x1
_HEAD = struct.Struct("=QQIIII")
_EXTENT = struct.Struct("=QQQQQIIII")
_LAST, _SHARED = 0x1, 0x2000
_UNCLEAR = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""Unknown, not allocated yet, encoded, encrypted, not aligned, inline, tail, unwritten."""
_COUNT = 512

Extent = tuple[int, int, int]
"""Where it begins in the file, where on the disk, and how long it is."""


def shared_stretches(one: Path, other: Path) -> list[tuple[int, int]]:
    """Return where two files have the same blocks at the same offset.

    Parameters
    ----------
    one, other
        The files.

    Returns
    -------
    list of tuple
        Offsets, from and to, in ascending order; nothing where that is not known.
    """
    if sys.platform != "linux":
        return []
    try:
        if one.stat().st_dev != other.stat().st_dev:
            return []
        return _joined(_common(_extents(one), _extents(other)))
    except OSError:
        return []


def _extents(path: Path) -> list[Extent]:
    """Return the extents that a file shares with another.

    Raises
    ------
    OSError
        If the file system does not tell.
    """
    import fcntl  # noqa: PLC0415 - POSIX alone has it

    found: list[Extent] = []
    start = 0
    descriptor = os.open(path, os.O_RDONLY)
    try:
        while True:
            request = bytearray(_HEAD.size + _COUNT * _EXTENT.size)
            _HEAD.pack_into(request, 0, start, 2**64 - 1 - start, _SYNC, 0, _COUNT, 0)
            fcntl.ioctl(descriptor, _FIEMAP, request)
            mapped = _HEAD.unpack_from(request)[3]
            for index in range(mapped):
                logical, physical, length, _, _, flags, *_ = _EXTENT.unpack_from(
                    request, _HEAD.size + index * _EXTENT.size
                )
                start = logical + length
                if flags & _SHARED and not flags & _UNCLEAR:
                    found.append((logical, physical, length))
                if flags & _LAST:
                    return found
            if not mapped:
                return found
    finally:
        os.close(descriptor)


def _common(first: list[Extent], second: list[Extent]) -> Iterator[tuple[int, int]]:
    """Yield where extents of two files begin at the same places, in the files and on the disk."""
    left, right = iter(first), iter(second)
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        start = max(one[0], other[0])
        stop = min(one[0] + one[2], other[0] + other[2])
        if start < stop and one[1] - one[0] == other[1] - other[0]:
            yield start, stop
        if one[0] + one[2] <= other[0] + other[2]:
            one = next(left, None)
        else:
            other = next(right, None)


def _joined(stretches: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in stretches:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined
