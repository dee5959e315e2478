"""``--sync`` deletes on the archive what is not on this disk: after a question, and after all else.

``dandi upload --sync`` 0.81 deletes a video, too, that a file here references and that is missing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import pytest
from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.sending import send
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    SECOND,
    SECOND_VIDEO,
    files,
    held,
    put,
    receipt,
    upload,
    variables,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def synced(archive: Archive, dandiset: str, two: Path) -> Path:
    """Both recordings are on the archive, and the first alone is still on the disk."""
    put(archive, dandiset, two)
    (two / SECOND).unlink()
    shutil.rmtree((two / SECOND_VIDEO).parent)
    return two


def test_what_is_gone_is_deleted_once_the_rest_has_arrived(
    archive: Archive, dandiset: str, synced: Path
) -> None:
    pad_video(synced / FIRST_VIDEO, 1000)

    done = upload(archive, synced, "--sync")

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(synced)
    assert "Deleted 2 assets on the archive that are not on this disk." in done.stdout
    methods = [entry.method for entry in archive.log.sent() if "/assets/" in entry.path]
    assert methods.index("DELETE") > methods.index("PUT")
    assert sorted(receipt(synced)["deleted"]) == sorted([SECOND, SECOND_VIDEO])


def test_without_it_nothing_is_deleted(archive: Archive, dandiset: str, synced: Path) -> None:
    done = upload(archive, synced)

    assert done.code == 0, done.stdout + done.stderr
    assert len(archive.assets(dandiset)) == 4
    assert "2 assets not on this disk; left alone" in done.stdout


@pytest.mark.parametrize("option", ["--sync", "--sync=do"])
def test_it_deletes_when_nothing_is_to_be_sent(
    archive: Archive, dandiset: str, synced: Path, option: str
) -> None:
    planned = upload(archive, synced, option, "--dry-run")
    assert planned.code == 0, planned.stdout + planned.stderr
    assert archive.log.sent() == []
    assert "delete  2 assets on the archive and not on this disk" in planned.stdout

    done = upload(archive, synced, option)
    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(synced)
    assert sorted(receipt(synced)["deleted"]) == sorted([SECOND, SECOND_VIDEO])


def test_only_what_lies_below_the_named_folders_is_deleted(
    archive: Archive, dandiset: str, synced: Path
) -> None:
    done = upload(archive, synced, "--sync", synced / FIRST)

    assert done.code == 0, done.stdout + done.stderr
    assert len(archive.assets(dandiset)) == 4


@pytest.mark.slow
def test_what_lies_beside_a_refused_recording_stays(
    archive: Archive, dandiset: str, synced: Path
) -> None:
    send(archive, dandiset, "sub-gone/sub-gone.nwb", [b"of another mouse"])
    with h5py.File(synced / FIRST, "r+") as file:
        file["processing/behavior/PoseEstimation/nose/confidence"][...] = 7.0

    stopped = upload(archive, synced, "--sync")
    assert stopped.code == 1, stopped.stdout + stopped.stderr
    assert len(archive.assets(dandiset)) == 5

    done = upload(archive, synced, "--sync", "--skip-refused")
    assert done.code == 1, done.stdout + done.stderr
    assert archive.assets(dandiset).keys() == {FIRST, FIRST_VIDEO, SECOND, SECOND_VIDEO}


def test_a_video_that_is_missing_here_and_referenced_stays(
    archive: Archive, dandiset: str, synced: Path
) -> None:
    (synced / FIRST_VIDEO).unlink()

    done = upload(archive, synced, "--sync", "--skip-refused")

    assert FIRST_VIDEO in archive.assets(dandiset), done.stdout


def test_nothing_is_deleted_when_something_did_not_arrive(
    archive: Archive, dandiset: str, synced: Path
) -> None:
    pad_video(synced / FIRST_VIDEO, 1000)
    archive.faults.add(Fault(method="POST", path="/uploads/initialize/", status=503))

    done = upload(archive, synced, "--sync", retries=0)

    assert done.code == 1, done.stdout + done.stderr
    assert len(archive.assets(dandiset)) == 4
    assert "nothing was deleted on the archive" in " ".join(done.stdout.split())


def test_an_answer_that_is_lost_is_looked_up(archive: Archive, dandiset: str, synced: Path) -> None:
    archive.faults.add(Fault(method="DELETE", lose_answer=True, times=1))

    done = upload(archive, synced, "--sync")

    assert done.code == 0, done.stdout + done.stderr
    assert "Deleted 2 assets" in done.stdout
    assert held(archive, dandiset) == files(synced)


if os.name == "posix":

    @pytest.mark.slow
    @pytest.mark.parametrize("reply", ["y", "n"])
    def test_it_prompts(archive: Archive, dandiset: str, synced: Path, reply: str) -> None:
        from tests.end_to_end.upload.conversing import converse  # noqa: PLC0415

        replies = (("Delete 2 assets", reply),)
        code, shown = converse(archive, synced, "--sync", replies=replies, found=variables(archive))

        assert code == 0, shown
        assert len(archive.assets(dandiset)) == (2 if reply == "y" else 4)
