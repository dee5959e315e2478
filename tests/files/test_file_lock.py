"""Who else has a file open, asked while real processes of the HDF5 library hold it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import environment
from tests.writer import open_for_writing

from posecheck.files.file_lock import SETTING, FileInUseError, FileUse, held_for_reading, use_of

SIGNATURE = b"\x89HDF\r\n\x1a\n"


@pytest.fixture(params=["earliest", "latest"])
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return write(tmp_path / "file.h5", request.param)


def write(path: Path, version: str = "latest", user_block: int = 0) -> Path:
    options = {"userblock_size": user_block} if user_block else {}
    with h5py.File(path, "w", libver=version, **options) as file:
        file["values"] = [1.0, 2.0]
    return path


def test_a_closed_file_is_free(file: Path) -> None:
    assert use_of(file) is FileUse.FREE


def test_a_file_open_for_appending_is_locked(file: Path) -> None:
    with open_for_writing(file):
        assert use_of(file) is FileUse.LOCKED
        said = "open for writing in another program"
        with pytest.raises(FileInUseError, match=said), held_for_reading(file):
            pass
    assert use_of(file) is FileUse.FREE


def test_readers_are_in_nobodys_way(file: Path) -> None:
    with h5py.File(file, "r"):
        assert use_of(file) is FileUse.FREE
        with held_for_reading(file) as use:
            assert use is FileUse.FREE


@pytest.mark.parametrize("user_block", [0, 512, 2048])
def test_a_writer_in_swmr_mode_shows_in_the_superblock(tmp_path: Path, user_block: int) -> None:
    path = write(tmp_path / "file.h5", user_block=user_block)
    with open_for_writing(path, mode="swmr"):
        assert use_of(path) is FileUse.SWMR
    assert use_of(path) is FileUse.FREE


def test_a_writer_without_locks_shows_in_the_superblock(tmp_path: Path) -> None:
    path = write(tmp_path / "file.h5")
    kept = tmp_path / "kept.h5"
    with open_for_writing(path, mode="swmr", locks=False):
        shutil.copy(path, kept)
    # what a copy, or a crash, leaves behind
    assert use_of(kept) is FileUse.SWMR
    content = bytearray(kept.read_bytes())
    content[11] = 1
    kept.write_bytes(content)
    assert use_of(kept) is FileUse.MARKED


def test_while_it_is_held_nobody_begins_to_write(file: Path) -> None:
    program = "import h5py, sys; h5py.File(sys.argv[1], 'a')"
    command = [sys.executable, "-c", program, os.fspath(file)]
    with held_for_reading(file):
        done = subprocess.run(command, env=environment(), capture_output=True, check=False)
        assert done.returncode != 0
        assert b"unable to lock file" in done.stderr
    assert subprocess.run(command, env=environment(), check=False).returncode == 0


def test_checking_holds_nothing(file: Path) -> None:
    assert use_of(file) is FileUse.FREE
    with open_for_writing(file):
        pass


@pytest.mark.parametrize("value", ["FALSE", "false", "0"])
def test_locks_that_are_switched_off_are_not_requested(
    file: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(SETTING, value)
    assert use_of(file) is FileUse.UNKNOWN
    with held_for_reading(file) as use:
        assert use is FileUse.UNKNOWN


@pytest.mark.parametrize("content", [b"", b"no HDF5", SIGNATURE, SIGNATURE + b"\x03"])
def test_of_what_is_no_whole_file_nothing_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.h5"
    path.write_bytes(content)
    assert use_of(path) is FileUse.FREE
    assert use_of(tmp_path) is FileUse.FREE
    assert use_of(tmp_path / "absent") is FileUse.FREE
