"""What is fetched beforehand of an HDF5 file whose addresses mislead."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from posecheck.sources.ranged_file import Range, RangedFile, RangeReader
from posecheck.storage.hdf5_prefetch import prefetch_structure

MEGABYTE = 1024 * 1024
HEADER, BLOCK = 512, 4096


class Endless(RangeReader):
    """A file of which a server says that it is large; zeros follow its beginning."""

    def __init__(self, beginning: bytes) -> None:
        self.size = 10**15
        self.sent = 0
        self._beginning = beginning

    def read(self, ranges: Sequence[Range]) -> Sequence[bytes]:
        """Return the bytes of each range."""
        self.sent += sum(stop - start for start, stop in ranges)
        return [self._beginning[start:stop].ljust(stop - start, b"\0") for start, stop in ranges]


def continuations(blocks: Sequence[Range]) -> bytes:
    """Return messages that lead to further blocks, each an address and a length."""
    return b"".join(struct.pack("<HHIQQ", 0x10, 16, 0, *block) for block in blocks)


def claiming(count: int) -> bytes:
    """Return the beginning of a file whose root has a number of blocks of a megabyte."""
    content = bytearray(BLOCK + 24 * count)
    content[:15] = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08"
    struct.pack_into("<Q", content, 64, HEADER)
    first = continuations([(BLOCK, 24 * count)])
    struct.pack_into("<BxxxxxxxI4x", content, HEADER, 1, len(first))
    content[HEADER + 16 : HEADER + 16 + len(first)] = first
    content[BLOCK:] = continuations([((4 + each) * MEGABYTE, MEGABYTE) for each in range(count)])
    return bytes(content)


def test_blocks_that_a_header_claims_are_fetched() -> None:
    reader = Endless(claiming(2))
    prefetch_structure(RangedFile(reader))
    assert reader.sent > 2 * MEGABYTE


def test_a_few_bytes_that_claim_gigabytes_make_nobody_fetch_them() -> None:
    reader = Endless(claiming(2_000))
    prefetch_structure(RangedFile(reader))
    assert reader.sent < MEGABYTE
