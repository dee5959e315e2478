"""The bytes of a large video go to the archive while its recording is still checked.

``dandi upload`` checks a file before it sends it, and a video not at all.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.command import outcome_of
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    SECOND,
    SECOND_VIDEO,
    files,
    held,
    interrupt,
    running,
    upload,
)

pytestmark = pytest.mark.slow

LARGE = 65 * 1024 * 1024
PARTS = 2
"""How many parts the archive wants of it."""

BEGUN = "/uploads/initialize/"
COMPLETED = "/complete/"


@pytest.fixture
def large(one: Path) -> Path:
    """A recording whose video is large."""
    pad_video(one / FIRST_VIDEO, LARGE)
    return one


def break_edges(path: Path) -> None:
    """Give a recording an error that only the check finds: edges between nodes that are not."""
    with h5py.File(path, "r+") as file:
        file["processing/behavior/Skeletons/mouse/edges"][0] = (0, 99)


def test_it_arrives_once(archive: Archive, dandiset: str, large: Path) -> None:
    done = upload(archive, large)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(large)
    parts = [entry for entry in archive.log.entries("PUT", "partNumber") if entry.status == 200]
    assert len(parts) == PARTS + 1  # and the NWB file
    assert "Sent 2 files (68" in done.stdout


def test_a_refused_recording_has_no_asset(archive: Archive, dandiset: str, large: Path) -> None:
    break_edges(large / FIRST)

    done = upload(archive, large, whole_gate=True)

    assert done.code == 1, done.stdout + done.stderr
    assert archive.log.entries("POST", BEGUN)
    assert archive.assets(dandiset) == {}
    assert not archive.log.entries("POST", "/assets/")
    assert f"some bytes of {FIRST_VIDEO} were sent to the archive" in " ".join(done.stdout.split())


def test_of_several_only_the_refused_one_ends(archive: Archive, dandiset: str, two: Path) -> None:
    for path, seed in ((FIRST_VIDEO, 1), (SECOND_VIDEO, 2)):
        pad_video(two / path, LARGE, seed)
    break_edges(two / FIRST)

    done = upload(archive, two, "--skip-refused")

    assert done.code == 1, done.stdout + done.stderr
    assert set(archive.assets(dandiset)) == {SECOND, SECOND_VIDEO}


@pytest.mark.parametrize("options", [("--dry-run",), ("--verify-only",)])
def test_who_wants_nothing_sent_sends_nothing(
    archive: Archive, dandiset: str, large: Path, options: tuple[str, ...]
) -> None:
    upload(archive, large, *options)
    assert not archive.log.entries("POST", BEGUN)


def test_an_embargoed_dandiset_gets_nothing_before_the_check(archive: Archive, large: Path) -> None:
    """An upload that is left open blocks the release of such a dandiset."""
    archive.create_dandiset(embargoed=True)
    break_edges(large / FIRST)

    done = upload(archive, large, whole_gate=True)

    assert done.code == 1, done.stdout + done.stderr
    assert not archive.log.entries("POST", BEGUN)


def test_what_failed_ahead_is_gone_on_with(archive: Archive, dandiset: str, large: Path) -> None:
    broken = Fault(method="PUT", path="partNumber=2", status=503, times=4)
    archive.faults.add(broken)

    done = upload(archive, large, retries=1)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(large)
    first = [entry for entry in archive.log.entries("PUT", "partNumber=1") if entry.status == 200]
    assert len(first) == 2  # one of the video, one of the NWB file: no part went out twice


def test_ctrl_c_ends_it_too(archive: Archive, dandiset: str, large: Path) -> None:
    slow = Fault(method="PUT", path="partNumber", rate=2_000_000, times=2)
    archive.faults.add(slow)
    with running(archive, large) as process:
        archive.faults.wait_for(slow)
        interrupt(process)
        done = outcome_of(process, 60)

    assert done.code == 130, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert archive.assets(dandiset) == {}
