"""What a file system says of blocks that two files share, and that it is believed only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.mounting import BTRFS, mounted_btrfs

from posecheck.files.content import hash_file
from posecheck.files.copies import share_blocks
from posecheck.files.shared_extents import shared_stretches
from posecheck.hdf5_editing.difference import compare_files

_MEGABYTE = 1024**2


@pytest.mark.skipif(not BTRFS, reason="no Btrfs can be mounted here")
def test_a_copy_shares_what_was_not_written_since(tmp_path: Path) -> None:
    with mounted_btrfs(tmp_path / "btrfs") as folder:
        original, copy = folder / "a", folder / "b"
        original.write_bytes(os.urandom(20 * _MEGABYTE))
        assert share_blocks(original, copy)
        assert shared_stretches(original, copy) == [(0, 20 * _MEGABYTE)]
        content = original.read_bytes()
        with copy.open("r+b") as file:
            file.seek(5 * _MEGABYTE + 17)
            file.write(b"edited")
            file.seek(0, os.SEEK_END)
            file.write(b"longer")
        stretches = shared_stretches(original, copy)
        assert stretches[0][0] == 0
        assert 4 * _MEGABYTE < stretches[0][1] <= 5 * _MEGABYTE
        assert stretches[1][0] > 5 * _MEGABYTE
        found = compare_files(original, copy)
        start = 5 * _MEGABYTE + 17
        ranges = list(zip(found.starts.tolist(), found.stops.tolist(), strict=True))
        assert ranges
        assert all(start <= first < last <= start + 6 for first, last in ranges)
        assert found.original_size == len(content)
        assert found.edited_size == len(content) + 6
        assert found.original_sha256 == hash_file(original)
        assert found.edited_sha256 == hash_file(copy)


def test_two_files_with_the_same_bytes_share_nothing(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(bytes(3 * _MEGABYTE))
    assert shared_stretches(tmp_path / "a", tmp_path / "b") == []
    assert shared_stretches(tmp_path / "a", tmp_path / "gone") == []
