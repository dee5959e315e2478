"""What a file that is read in ranges fetches along, and what it hands out."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pytest

from posecheck.sources.ranged_file import PAGE, Range, RangedFile, RangeReader, SourceError

MEGABYTE = 1024 * 1024


class Counted(RangeReader):
    """Bytes of which it is known how they were read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.content = np.random.default_rng(size).bytes(size)
        self.rounds: list[Sequence[Range]] = []

    def read(self, ranges: Sequence[Range]) -> Sequence[bytes]:
        """Return the bytes of each range."""
        self.rounds.append(ranges)
        return [self.content[start:stop] for start, stop in ranges]

    @property
    def sent(self) -> int:
        """How many bytes were read."""
        return sum(stop - start for ranges in self.rounds for start, stop in ranges)


def test_a_small_file_comes_whole() -> None:
    reader = Counted(900_000)
    file = RangedFile(reader)
    file.prefetch([(0, 10), (500_000, 500_010)])
    assert reader.rounds == [[(0, 900_000)]]
    assert file.read() == reader.content
    assert len(reader.rounds) == 1


def test_one_place_brings_what_lies_around_it() -> None:
    reader = Counted(8 * MEGABYTE)
    file = RangedFile(reader)
    file.prefetch([(5 * MEGABYTE + 100, 5 * MEGABYTE + 200)])
    file.seek(5 * MEGABYTE + 7 * PAGE)
    assert file.read(PAGE) == reader.content[5 * MEGABYTE + 7 * PAGE :][:PAGE]
    assert len(reader.rounds) == 1
    assert reader.sent == 8 * PAGE


def test_many_places_bring_nothing_else() -> None:
    reader = Counted(64 * MEGABYTE)
    RangedFile(reader).prefetch((place, place + 1) for place in range(0, reader.size, MEGABYTE))
    assert len(reader.rounds) == 1
    assert reader.sent == 64 * PAGE


def test_where_most_is_wanted_the_rest_comes_along() -> None:
    reader = Counted(8 * MEGABYTE)
    file = RangedFile(reader)
    file.prefetch((place, place + 1) for place in range(0, 5 * MEGABYTE, 2 * PAGE))
    assert reader.sent == reader.size
    assert file.read() == reader.content
    assert len(reader.rounds) == 1


def test_a_bound_is_not_used_up_by_what_nobody_wants() -> None:
    reader = Counted(900_000)
    file = RangedFile(reader, most_bytes=2 * PAGE)
    file.prefetch([(0, 10)])
    assert reader.sent == PAGE
    assert file.read(10) == reader.content[:10]
    file.seek(PAGE * 50)
    with pytest.raises(SourceError, match="more than 16,384 bytes"):
        file.read(3 * PAGE)


def test_reads_are_those_of_the_bytes() -> None:
    reader = Counted(3 * MEGABYTE + 17)
    file = RangedFile(reader)
    drawn = np.random.default_rng(1)
    for _ in range(2_000):
        start = int(drawn.integers(reader.size + 100))
        length = int(drawn.choice([0, 1, 8, 512, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE]))
        file.seek(start)
        wanted = reader.content[start : start + length]
        if drawn.random() < 0.5:
            assert file.read(length) == wanted
        else:
            buffer = bytearray(length)
            assert file.readinto(buffer) == len(wanted)
            assert buffer[: len(wanted)] == wanted
        assert file.tell() == start + len(wanted)
    assert file.seek(-10, os.SEEK_END) == reader.size - 10
    assert file.read(-1) == reader.content[-10:]
