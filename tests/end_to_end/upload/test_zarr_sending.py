"""How a Zarr store is sent: through dandi's client, last, again only what differs, and proven."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from dandi.support.digests import get_zarr_checksum
from tests.archive.dandi import name_dandiset, run_dandi
from tests.archive.faults import Entry, Fault
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import variables
from tests.recordings.zarr_store import files_of, write_store

from posecheck.archive.dandisets import look_up_dandiset
from posecheck.model.asset import Pointer
from posecheck.upload.collect.local_files import local_file, open_guard
from posecheck.upload.collect.local_stores import local_store
from posecheck.upload.outcomes import TransferStatus, UploadReport
from posecheck.upload.plan.comparison import compare
from posecheck.upload.plan.files import Action, Existing, LocalFile
from posecheck.upload.plan.recordings import PlannedRecording
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.run import upload
from posecheck.upload.session import UploadSession
from posecheck.upload.settings import SessionSettings, Waiting

pytestmark = pytest.mark.slow

STORE = "sub-01/sub-01_behavior.nwb.zarr"
VIDEO = "sub-01/sub-01_behavior/camera.mp4"
CHUNK = "processing/behavior/positions/3"
LARGE = "processing/behavior/confidence/1"
SIZE = 240_000
"""Bytes of each of the large files."""


@pytest.fixture
def root(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dandiset with a store and what it references, and the token where it is looked for."""
    for name, value in variables(archive).items():
        monkeypatch.setenv(name, value)
    root = tmp_path / "dandiset"
    name_dandiset(root, archive.create_dandiset())
    write_store(root / STORE)
    (root / VIDEO).parent.mkdir()
    (root / VIDEO).write_bytes(b"video")
    return root


def send(
    archive: Archive,
    root: Path,
    existing: Existing = Existing.REFRESH,
    waiting: Waiting | None = None,
) -> UploadReport:
    """Plan as the command does once it has read the store, and carry the plan out."""
    settings = SessionSettings(reads=False, retries=1)
    with UploadSession(settings) as session:
        client = session.archive(archive.url, needs_token=True)
        destination = look_up_dandiset(client, "000001")
        remote = client.list_assets("000001")
        guard = open_guard(root)
        files = (local_store(guard, STORE.split("/")), local_file(guard, VIDEO.split("/")))
        assets = []
        for file in files:
            assert isinstance(file, LocalFile)
            digests = session.digests.of(file)
            assets.append(compare(file, remote.get(file.path), digests, existing))
        pointer = Pointer(location="/acquisition/camera", entry="external_file[0]", path=VIDEO)
        plan = UploadPlan(
            destination=destination,
            root=str(root),
            assets=tuple(assets),
            recordings=(PlannedRecording(path=STORE, display_path=STORE, pointers=(pointer,)),),
        )
        return upload(plan, session, waiting=waiting)


def sent_files(archive: Archive) -> list[str]:
    """Return the paths in the store of the files that were sent into Zarrs."""
    entries = archive.log.entries("PUT", "^/dandi-dandisets/zarr/")
    return [_path_in(entry) for entry in entries]


def _path_in(entry: Entry) -> str:
    return entry.path.partition("?")[0].split("/", 4)[-1]


def test_a_store_arrives_after_its_video(archive: Archive, root: Path) -> None:
    report = send(archive, root, waiting=Waiting(checksum=True, validation=True))

    assert report.is_complete, report
    asset = archive.assets("000001")[STORE]
    assert archive.read_zarr("000001", STORE) == files_of(root / STORE)
    assert asset.zarr.checksum == get_zarr_checksum(root / STORE)
    assert (asset.status, asset.problems) == ("Valid", [])
    outcomes = {each.path: each for each in report.outcomes}
    assert outcomes[STORE].zarr == asset.zarr.zarr_id
    assert report.digests[STORE].etag == asset.zarr.checksum
    posted = [entry.path for entry in archive.log.entries("POST")]
    video = next(index for index, path in enumerate(posted) if path.endswith("/assets/"))
    assert posted.index("/api/zarr/") > video


def test_nothing_is_sent_twice(archive: Archive, root: Path) -> None:
    send(archive, root)
    archive.log.clear()

    report = send(archive, root)

    assert report.is_complete
    assert [asset.action for asset in report.plan.assets] == [Action.SAME, Action.SAME]
    assert archive.log.sent() == []


def test_only_what_differs_is_sent_and_what_is_gone_is_deleted(
    archive: Archive, root: Path
) -> None:
    send(archive, root)
    (root / STORE / CHUNK).write_bytes(bytes(80))
    (root / STORE / "processing/behavior/positions/4").unlink()
    archive.log.clear()

    report = send(archive, root)

    assert report.is_complete
    assert sent_files(archive) == [CHUNK]
    assert archive.read_zarr("000001", STORE) == files_of(root / STORE)


@pytest.mark.parametrize("existing", list(Existing))
def test_what_becomes_of_an_older_store_here(
    archive: Archive, root: Path, existing: Existing
) -> None:
    older = shutil.copytree(root / STORE, root / "kept")
    (root / STORE / CHUNK).write_bytes(bytes(80))
    send(archive, root)
    there = archive.read_zarr("000001", STORE)
    shutil.rmtree(root / STORE)
    older.rename(root / STORE)

    report = send(archive, root, existing)

    (store, _) = report.plan.assets
    replaced = existing in {Existing.OVERWRITE, Existing.ERROR}
    assert store.action is (Action.CHANGED if replaced else Action.KEPT)
    wanted = files_of(root / STORE) if replaced else there
    assert archive.read_zarr("000001", STORE) == wanted
    assert report.is_complete is replaced


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="PUT", path=f"/{LARGE}", cut_after=100_000, times=2),
        Fault(method="PUT", path=f"/{LARGE}", corrupt=True, times=1),
        Fault(method="PUT", path=f"/{LARGE}", status=503, times=2),
        Fault(method="POST", path="/api/zarr/$", status=502, times=1),
        Fault(method="POST", path="/finalize/$", lose_answer=True, times=1),
        Fault(method="POST", path="/assets/$", lose_answer=True, times=1),
    ],
    ids=["cut", "corrupt", "busy", "bad-gateway", "finalize-lost", "asset-lost"],
)
def test_faults_that_pass_cost_nothing_but_time(archive: Archive, root: Path, fault: Fault) -> None:
    archive.faults.add(fault)

    report = send(archive, root)

    assert report.is_complete, [outcome.reason for outcome in report.outcomes]
    assert archive.read_zarr("000001", STORE) == files_of(root / STORE)


def test_a_file_that_the_storage_refuses_is_reported(archive: Archive, root: Path) -> None:
    archive.faults.add(Fault(method="PUT", path=f"/{LARGE}", status=404))

    report = send(archive, root)
    archive.faults.clear()
    again = send(archive, root, Existing.SKIP)

    failed = {each.path: each for each in report.outcomes}[STORE]
    assert failed.status is TransferStatus.FAILED
    assert "answered 404" in failed.reason
    assert "X-Amz" not in failed.reason
    assert not report.is_complete
    assert again.is_complete
    assert again.plan.assets[0].reason.startswith("the archive holds a part of it")
    assert archive.read_zarr("000001", STORE) == files_of(root / STORE)


def test_a_checksum_that_differs_is_no_success(archive: Archive, root: Path) -> None:
    archive.faults.add(
        Fault(
            method="GET", path="/api/zarr/[0-9a-f-]*/$", rewrite=("[0-9a-f]{32}-", "0" * 32 + "-")
        )
    )

    report = send(archive, root)

    failed = {each.path: each for each in report.outcomes}[STORE]
    assert failed.status is TransferStatus.FAILED
    assert not report.is_complete


def test_a_zarr_that_was_never_finalized_is(archive: Archive, root: Path) -> None:
    """As after a run that was killed when the last file had arrived."""
    archive.faults.add(Fault(method="POST", path="/finalize/$", status=400))
    first = send(archive, root)
    archive.faults.clear()
    assert archive.assets("000001")[STORE].zarr.status == "Pending"
    archive.log.clear()

    report = send(archive, root)

    assert not first.is_complete
    assert report.is_complete
    assert sent_files(archive) == []
    assert archive.assets("000001")[STORE].zarr.checksum == get_zarr_checksum(root / STORE)


def test_a_store_that_changes_meanwhile_is_not_taken(archive: Archive, root: Path) -> None:
    slow = Fault(method="PUT", path=f"/{LARGE}", rate=SIZE / 2, times=1)
    archive.faults.add(slow)

    def change() -> None:
        archive.faults.wait_for(slow)
        (root / STORE / CHUNK).write_bytes(bytes(80))

    thread = threading.Thread(target=change)
    thread.start()
    report = send(archive, root)
    thread.join()

    failed = {each.path: each for each in report.outcomes}[STORE]
    assert failed.status is TransferStatus.FAILED
    assert "changed since the upload began" in failed.reason


def test_what_dandi_sent_is_the_same_and_the_other_way_round(archive: Archive, root: Path) -> None:
    done = run_dandi(archive, "upload", "-i", archive.url, "-J", "1:2", folder=root)
    assert done.returncode == 0, done.stderr
    archive.log.clear()

    report = send(archive, root)
    done = run_dandi(archive, "upload", "-i", archive.url, "-J", "1:2", folder=root)

    assert report.is_complete
    assert {asset.action for asset in report.plan.assets} == {Action.SAME}
    assert done.returncode == 0, done.stderr
    assert sent_files(archive) == []
