"""Two files, byte by byte: where they differ, and what both are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from posecheck.files.shared_extents import shared_stretches

_BLOCK = 4 * 1024**2
_MOST_EXACT = 100_000
"""Ranges beyond which those that lie close together are taken as one."""
_CLOSE = 512

Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """How an edited file differs from its original.

    Attributes
    ----------
    original, edited
        The two files.
    starts, stops
        Where they differ, as offsets in ascending order. Where the original is longer, its end is
        among them.
    is_exact
        Whether each byte in the ranges differs. Where there are very many, bytes between them that
        do not differ are taken along.
    original_size, edited_size
        Bytes.
    original_sha256, edited_sha256
        As hexadecimal digits.
    """

    original: Path
    edited: Path
    starts: Offsets
    stops: Offsets
    is_exact: bool
    original_size: int
    edited_size: int
    original_sha256: str
    edited_sha256: str

    def touches(self, start: int, size: int) -> bool:
        """Whether a stretch of the original differs.

        Raises
        ------
        OSError
            If the files cannot be read again.
        """
        stop = start + size
        index = int(np.searchsorted(self.starts, stop)) - 1
        if index < 0 or int(self.stops[index]) <= start:
            return False
        return self.is_exact or self._differs(start, stop)

    def _differs(self, start: int, stop: int) -> bool:
        """Compare a stretch once more, which a range covers that is not exact."""
        with self.original.open("rb") as first, self.edited.open("rb") as second:
            first.seek(start)
            second.seek(start)
            left = stop - start
            while left > 0:
                size = min(left, _BLOCK)
                if first.read(size) != second.read(size):
                    return True
                left -= size
        return False


def compare_files(original: Path, edited: Path, keep: IO[bytes] | None = None) -> Difference:
    """Compare two files in one pass.

    Parameters
    ----------
    original, edited
        The two files.
    keep
        Receives the original's bytes in the ranges that differ, one range after the other, so that
        they need not be held in memory.

    Raises
    ------
    OSError
        If one cannot be read, or the bytes cannot be kept.
    """
    ranges: list[tuple[Offsets, Offsets]] = []
    offset = sizes = count = 0
    with (
        original.open("rb") as first,
        edited.open("rb") as second,
        _Digests() as digests,
    ):
        shared = _Shared(shared_stretches(original, edited))
        while True:
            old = first.read(_BLOCK)
            if shared.covers(offset, len(old)):
                new = old
                second.seek(offset + len(old))
            else:
                new = second.read(_BLOCK)
            if not old and not new:
                break
            digests.update(old, new)
            if old is not new and old != new:
                close = 1 if count < _MOST_EXACT else _CLOSE
                starts, stops = _differences(old, new, close)
                if keep is not None:
                    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
                        keep.write(old[start:stop])
                ranges.append((starts + offset, stops + offset))
                count += len(starts)
            offset += len(old)
            sizes += len(new)
        first_digest, second_digest = digests.hexdigests()
    return Difference(
        original=original,
        edited=edited,
        starts=_joined([starts for starts, _ in ranges]),
        stops=_joined([stops for _, stops in ranges]),
        is_exact=count <= _MOST_EXACT,
        original_size=offset,
        edited_size=sizes,
        original_sha256=first_digest,
        edited_sha256=second_digest,
    )


class _Shared:
    """Stretches that both files share, asked for in ascending order."""

    def __init__(self, stretches: Sequence[tuple[int, int]]) -> None:
        self._left = iter(stretches)
        self._now = next(self._left, None)

    def covers(self, offset: int, size: int) -> bool:
        """Whether one of them holds some bytes, if there are any."""
        while self._now is not None and self._now[1] < offset + size:
            self._now = next(self._left, None)
        return bool(size) and self._now is not None and self._now[0] <= offset


class _Digests:
    """The digests of two files, each computed by a thread while the next blocks are read."""

    def __init__(self) -> None:
        self._hashes = hashlib.sha256(), hashlib.sha256()
        self._threads: ThreadPoolExecutor | None = None
        self._running: list[Future[None]] = []

    def __enter__(self) -> _Digests:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown()

    def update(self, old: bytes, new: bytes) -> None:
        """Add a block of each file, once the blocks before are done."""
        if len(old) < _BLOCK:  # of a small file, or the last: no thread is worth it
            self._wait()
            self._hashes[0].update(old)
            self._hashes[1].update(new)
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2)
        self._wait()
        self._running = [
            self._threads.submit(one.update, block)
            for one, block in zip(self._hashes, (old, new), strict=True)
        ]

    def hexdigests(self) -> tuple[str, str]:
        """Return both as hexadecimal digits."""
        self._wait()
        return self._hashes[0].hexdigest(), self._hashes[1].hexdigest()

    def _wait(self) -> None:
        for future in self._running:
            future.result()
        self._running = []


def _differences(old: bytes, new: bytes, close: int) -> tuple[Offsets, Offsets]:
    """Return where two blocks differ; ranges less than ``close`` bytes apart are one."""
    common = min(len(old), len(new))
    first = np.frombuffer(old, np.uint8, common)
    second = np.frombuffer(new, np.uint8, common)
    differ = np.flatnonzero(first != second).astype(np.int64)
    if len(old) > common:
        differ = np.concatenate([differ, np.arange(common, len(old), dtype=np.int64)])
    if not differ.size:
        return differ, differ
    ends = np.flatnonzero(np.diff(differ) > close)
    starts = differ[np.concatenate([[0], ends + 1])]
    stops = differ[np.concatenate([ends, [differ.size - 1]])] + 1
    return starts, stops


def _joined(parts: list[Offsets]) -> Offsets:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
