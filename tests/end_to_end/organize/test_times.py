"""What organize changed is newer than its source, so that an archive's older file gives way."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.organize.cases import CAMERA
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    bring,
    organize,
    recordings,
    snapshot,
)
from tests.recordings.sessions import Footage, film, spell, write_session

pytestmark = pytest.mark.slow

LONG_AGO = 1_600_000_000_123_456_700


@pytest.fixture
def old(single: Path) -> Path:
    """A session and its video of long ago."""
    for path in (single / "raw").rglob("*.*"):
        os.utime(path, ns=(LONG_AGO, LONG_AGO))
    return single


def organized(lab: Path) -> Path:
    (path,) = recordings(lab / "dandiset").values()
    return path


@pytest.mark.parametrize("files", ["copy", "move"])
def test_an_nwb_file_that_was_rewritten_is_new_and_its_video_is_not(old: Path, files: str) -> None:
    begun = time.time_ns()
    bring(old / "raw", old / "dandiset", "--files", files)
    assert organized(old).stat().st_mtime_ns > begun - 1_000_000_000
    (video,) = (old / "dandiset").rglob("*.mp4")
    assert video.stat().st_mtime_ns == LONG_AGO


def test_one_that_stays_as_it_is_keeps_its_time(old: Path) -> None:
    bring(old / "raw", old / "dandiset")
    path = organized(old)
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    shutil.copytree(old / "dandiset", old / "other")
    shutil.rmtree(old / "other" / "sub-mouse01")
    bring(old / "dandiset" / "sub-mouse01", old / "other")
    (copied,) = recordings(old / "other").values()
    assert copied.stat().st_mtime_ns == LONG_AGO
    assert copied.read_bytes() == path.read_bytes()


def test_a_source_of_a_time_to_come_is_older_all_the_same(old: Path) -> None:
    tomorrow = time.time_ns() + 86_400 * 10**9
    source = old / "raw" / "session1.nwb"
    os.utime(source, ns=(tomorrow, tomorrow))
    bring(old / "raw", old / "dandiset")
    assert organized(old).stat().st_mtime_ns > source.stat().st_mtime_ns


def test_a_video_in_another_container_is_new(old: Path) -> None:
    source = film(old / "mpg" / "top.mpg")
    os.utime(source, ns=(LONG_AGO, LONG_AGO))
    write_session(old / "mpg" / "session.nwb", Footage(files=["top.mpg"]))
    bring(old / "mpg", old / "dandiset", "--remux", "--videos", "copy")
    (video,) = (old / "dandiset").rglob("*.mp4")
    assert video.stat().st_mtime_ns > LONG_AGO + 10**9


@pytest.mark.parametrize("ways", [(), ("--files", "move", "--videos", "move")])
def test_undo_brings_the_times_back(old: Path, ways: tuple[str, ...]) -> None:
    before = snapshot(old)
    bring(old / "raw", old / "dandiset", *ways)
    outcome = organize("--undo", "-d", "dandiset", cwd=old)
    assert outcome.code == 0, outcome.stderr
    assert snapshot(old) == before


class TestAgain:
    """The dandiset's file is newer than its source: its content says whether it is that file."""

    @pytest.mark.parametrize("type_", ["variable", "fixed"])
    def test_the_same_source_is_settled(self, old: Path, type_: str) -> None:
        if type_ == "fixed":
            with h5py.File(old / "raw" / "session1.nwb", "r+") as file:
                spell(CAMERA, "S15", "videos/top1.mp4")(file)
        bring(old / "raw", old / "dandiset")
        before = snapshot(old)
        outcome = organize("raw", "-d", "dandiset", "--yes", cwd=old)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert "Nothing to do" in outcome.stdout
        assert snapshot(old) == before

    def test_what_was_changed_in_the_dandiset_is_reported(self, old: Path) -> None:
        bring(old / "raw", old / "dandiset")
        with h5py.File(organized(old), "r+") as file:
            file["/general/lab"][()] = "Another lab"
        before = snapshot(old)
        outcome = organize("raw", "-d", "dandiset", "--yes", cwd=old)
        assert outcome.code == 1
        assert "target-exists" in outcome.stdout
        assert snapshot(old) == before

    def test_another_version_of_the_source_is_reported_however_old_it_is(self, old: Path) -> None:
        """``rsync --times`` brings a version that was written before the first was organized."""
        source = old / "raw" / "session1.nwb"
        bring(old / "raw", old / "dandiset")
        with h5py.File(source, "r+") as file:
            file["/general/lab"][()] = "Another lab"
        os.utime(source, ns=(LONG_AGO + 10**9, LONG_AGO + 10**9))
        outcome = organize("raw", "-d", "dandiset", "--yes", cwd=old)
        assert outcome.code == 1
        assert "target-exists" in outcome.stdout
        assert_all_resolve(old / "dandiset")
