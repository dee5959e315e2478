"""What lies around an asset is looked up in the listing, in other processes, too."""

from __future__ import annotations

import io
import pickle
import random
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.archive.sending import send
from tests.archive.server import Archive
from tests.recordings.written import STEM, VIDEO, write_recording

from posecheck.archive.dandi_address import parse_dandi_address
from posecheck.archive.listing import Listing, list_version
from posecheck.archive.resources import RemoteAsset
from posecheck.archive.retry import RetryPolicy
from posecheck.engine.file_check import FileJob, describe_file
from posecheck.model.external_file import TargetState
from posecheck.model.reference import parse_reference
from posecheck.sources.archive_source import ArchiveSource, ListedVersion
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.source import FileKind

NWB = "sub-1/sub-1_ses-1_behavior.nwb"


def version_of(*assets: RemoteAsset) -> ListedVersion:
    listing = Listing(
        instance="dandi",
        api="https://api.dandiarchive.org/api",
        dandiset="000409",
        version="draft",
        assets=assets,
    )
    return ListedVersion.of(listing)


def asset(path: str, size: int = 7, zarr: str = "") -> RemoteAsset:
    return RemoteAsset(path=path, asset_id=f"id of {path}", size=size, zarr=zarr)


VERSION = version_of(
    asset(NWB),
    asset("sub-1/sub-1_ses-1_behavior/cam.mp4", 99),
    asset("sub-1/map.zarr", zarr="z"),
    asset("bids/dataset_description.json"),
    asset("bids/sub-1/a.nwb"),
)


def around(path: str) -> ArchiveSource:
    found = VERSION.index.find(path)
    assert found is not None
    return VERSION.source_of(found)


def test_a_place_is_looked_up() -> None:
    surroundings = around(NWB).surroundings()
    assert surroundings.file_name == "sub-1_ses-1_behavior.nwb"
    place = surroundings.resolve(parse_reference("sub-1_ses-1_behavior/cam.mp4"))
    assert place == ("sub-1", "sub-1_ses-1_behavior", "cam.mp4")
    target = surroundings.look_up(place)
    assert (target.state, target.path, target.size) == (TargetState.PRESENT, place, 99)
    assert target.identity
    assert target.of_another_file
    assert (
        surroundings.source_at(place).display_path
        == f"dandi://dandi/000409@draft/{'/'.join(place)}"
    )
    assert surroundings.names_in(("sub-1", "sub-1_ses-1_behavior")) == ("cam.mp4",)


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("sub-1/none.mp4", TargetState.MISSING),
        ("sub-1/sub-1_ses-1_behavior/CAM.mp4", TargetState.MISSING),
        ("sub-1/map.zarr/0", TargetState.MISSING),
        ("sub-1/map.zarr", TargetState.NOT_A_FILE),
        ("sub-1", TargetState.NOT_A_FILE),
    ],
)
def test_what_is_no_file_is_told(path: str, state: TargetState) -> None:
    assert around(NWB).surroundings().look_up(tuple(path.split("/"))).state is state


def test_a_place_in_other_letters_is_found_whatever_part_of_it_has_them() -> None:
    surroundings = around(NWB).surroundings()
    held = ("sub-1", "sub-1_ses-1_behavior", "cam.mp4")
    assert surroundings.twins(("sub-1", "Sub-1_Ses-1_behavior", "CAM.mp4")) == [held]
    assert surroundings.twins(held) == []
    assert surroundings.twins(("sub-1", "none.mp4")) == []


def test_a_reference_out_of_the_dandiset_has_no_place() -> None:
    surroundings = around(NWB).surroundings()
    assert surroundings.resolve(parse_reference("../../outside.mp4")) is None
    assert surroundings.locate(parse_reference("/data/cam.mp4")) == ()


def test_the_dandiset_and_a_bids_dataset_in_it_are_known() -> None:
    placed, in_bids = around(NWB).surroundings(), around("bids/sub-1/a.nwb").surroundings()
    assert placed.dandiset is not None
    assert in_bids.dandiset is not None
    assert (placed.dandiset.path, placed.dandiset.is_bids) == (tuple(NWB.split("/")), False)
    assert in_bids.dandiset.is_bids
    assert in_bids.look_up(("bids", "sub-1", "a.nwb")).in_bids
    assert not in_bids.look_up(("sub-1", "none.mp4")).in_bids


def test_a_source_is_sent_to_a_worker_without_the_listing() -> None:
    many = version_of(*(asset(f"sub-{number}/a.nwb") for number in range(10_000)))
    source = many.source_of(asset("sub-77/a.nwb"))
    sent = pickle.dumps(source)
    assert len(sent) < 2000
    again = pickle.loads(sent)  # noqa: S301 - written here
    assert again == source
    assert again.surroundings().look_up(("sub-9999", "a.nwb")).state is TargetState.PRESENT
    assert (again.name, again.suffix) == ("a.nwb", ".nwb")


@pytest.mark.parametrize("embargoed", [False, True])
def test_a_recording_is_read_with_its_video(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embargoed: bool
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv(archive.token_variable, archive.token)
    folder = write_recording(tmp_path).parent
    dandiset = archive.create_dandiset(embargoed=embargoed)
    for name in (f"{STEM}.nwb", VIDEO):
        send(archive, dandiset, f"sub-mouse01/{name}", [(folder / name).read_bytes()])
    address = parse_dandi_address(f"{archive.url}/dandiset/{dandiset}/draft/files?location=*.nwb")
    version = ListedVersion.of(list_version(address, RetryPolicy(0, threading.Event())))
    archive.log.clear()
    (source,) = version.select(address)
    recording = describe_file(FileJob(source=source))
    (video,) = recording.videos
    assert video.external_files is not None
    (file,) = video.external_files
    assert file.target is not None
    assert (file.target.state, file.target.path[0]) == (TargetState.PRESENT, "sub-mouse01")
    assert file.video is not None
    assert file.video.fault is None
    assert not archive.log.entries("GET", "/versions/")
    assert archive.token not in repr(source)


def test_of_an_asset_alone_nobody_knows_what_lies_around(archive: Archive, tmp_path: Path) -> None:
    path = write_recording(tmp_path)
    dandiset = archive.create_dandiset()
    sent = send(archive, dandiset, NWB, [path.read_bytes()])
    address = parse_dandi_address(f"{archive.url}/api/assets/{sent['asset_id']}/download/")
    version = ListedVersion.of(list_version(address, RetryPolicy(0, threading.Event())))
    (source,) = version.select(address)
    assert source.display_path == address.text
    recording = describe_file(FileJob(source=source))
    assert recording.dandiset is None
    (video,) = recording.videos
    assert video.external_files is not None
    assert video.external_files[0].target is not None
    assert video.external_files[0].target.state is TargetState.UNKNOWN


def test_the_listing_says_what_an_asset_is_and_nobody_is_asked() -> None:
    status = around(NWB).status()
    assert (status.kind, status.stamp.size) == (FileKind.FILE, 7)
    assert around("sub-1/map.zarr").status().kind is FileKind.STORE
    missing = around(NWB).surroundings().source_at(("sub-1", "none.mp4"))
    with pytest.raises(SourceError, match=r"sub-1/none\.mp4 is no asset"):
        missing.status()


def test_an_asset_of_another_size_than_listed_is_not_read(archive: Archive) -> None:
    dandiset = archive.create_dandiset()
    send(archive, dandiset, "a.nwb", [b"seven b"])
    address = parse_dandi_address(f"{archive.url}/dandiset/{dandiset}/draft")
    listing = list_version(address, RetryPolicy(0, threading.Event()))
    (asset,) = listing.assets
    version = ListedVersion.of(listing)
    with version.source_of(asset).open() as file:
        assert file.read() == b"seven b"
    with pytest.raises(SourceError, match="lists 9 bytes, and its storage has 7"):
        version.source_of(replace(asset, size=9)).open()


@pytest.mark.parametrize("embargoed", [False, True])
def test_an_address_that_expired_is_asked_for_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, embargoed: bool
) -> None:
    """The storage's addresses are valid for hours, and a dandiset may take longer."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv(archive.token_variable, archive.token)
    monkeypatch.setattr("tests.archive.store._DOWNLOAD_EXPIRES", 1)
    content = random.Random(7).randbytes(8 * 2**20)  # noqa: S311 - no secret
    dandiset = archive.create_dandiset(embargoed=embargoed)
    send(archive, dandiset, "a.nwb", [content])
    address = parse_dandi_address(f"{archive.url}/dandiset/{dandiset}/draft")
    listing = list_version(address, RetryPolicy(0, threading.Event()))
    (asset,) = listing.assets
    with ListedVersion.of(listing).source_of(asset).open() as file:
        assert file.read(8) == content[:8]
        time.sleep(2.5)
        # The next one must not be over before a busy machine uses it.
        monkeypatch.setattr("tests.archive.store._DOWNLOAD_EXPIRES", 600)
        archive.log.clear()
        file.seek(-8, io.SEEK_END)
        assert file.read(8) == content[-8:]
    assert [entry.status for entry in archive.log.entries("GET", "/download/")] == [302]
    assert 403 in archive.log.statuses()
