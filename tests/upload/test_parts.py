"""Parts of a file: read again when they must be, and counted as long as somebody wants them."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from posecheck.archive.errors import StoppedError
from posecheck.upload.collect.digests import ChangedError
from posecheck.upload.send.parts import ByteCounter, PartReader


def test_a_part_is_read_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"0123456789")
    counted: list[int] = []
    with closing(PartReader(path, 2, 5, counted.append, lambda: False)) as piece:
        piece.rewind()
        assert (len(piece), piece.read(3), piece.read(3), piece.read(3)) == (5, b"234", b"56", b"")
        piece.rewind()
        assert piece.read() == b"23456"
        assert piece.md5() == hashlib.md5(b"23456", usedforsecurity=False).hexdigest()
    assert sum(counted) == 5


def test_a_part_that_is_gone_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"0123")
    with closing(PartReader(path, 2, 5, lambda _: None, lambda: False)) as piece:
        piece.rewind()
        assert piece.read(5) == b"23"
        with pytest.raises(ChangedError, match="became shorter"):
            piece.read(3)


def test_a_part_that_nobody_wants_is_not_sent_on(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"0123")
    is_over = False
    with closing(PartReader(path, 0, 4, lambda _: None, lambda: is_over)) as piece:
        piece.rewind()
        piece.read(2)
        is_over = True
        with pytest.raises(StoppedError):
            piece.read(2)
        with pytest.raises(StoppedError):
            piece.rewind()


def test_what_comes_late_is_not_counted() -> None:
    counted: list[int] = []
    counter = ByteCounter(counted.append)
    counter.count(5)
    counter.undo()
    counter.count(7)
    assert sum(counted) == 0


def test_all_that_is_out_is_answered(tmp_path: Path) -> None:
    """Who sends looks for more once all is sent; an end that comes then loses the answer."""
    path = tmp_path / "video.mp4"
    path.write_bytes(b"0123")
    is_over = False
    with closing(PartReader(path, 0, 4, lambda _: None, lambda: is_over)) as piece:
        piece.rewind()
        piece.read(4)
        is_over = True
        assert piece.read(4) == b""
