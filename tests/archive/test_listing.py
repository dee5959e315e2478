"""One listing of a version of a dandiset, and what is looked up in it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from tests.archive.faults import Fault
from tests.archive.sending import send
from tests.archive.server import Archive

from posecheck.archive.dandi_address import parse_dandi_address
from posecheck.archive.dandisets import list_dandisets
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.listing import Listing, list_version
from posecheck.archive.login import connect_to_archive
from posecheck.archive.resources import RemoteDandiset
from posecheck.archive.retry import RetryPolicy
from posecheck.model.errors import UsageError

PATHS = ("sub-1/sub-1_behavior.nwb", "sub-1/sub-1_behavior/sub-1_camera.mp4", "sub-2/a.nwb")


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch, archive: Archive) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv(archive.token_variable, raising=False)


def fill(archive: Archive, **how: Any) -> str:
    dandiset = archive.create_dandiset(**how)
    for path in PATHS:
        send(archive, dandiset, path, [path.encode()])
    return dandiset


def list_at(archive: Archive, place: str) -> Listing:
    address = parse_dandi_address(f"dandi://{archive.url.removeprefix('http://')}/{place}")
    return list_version(address, RetryPolicy(2, threading.Event()))


def sizes(listing: Listing) -> Mapping[str, int]:
    return {asset.path: asset.size for asset in listing.assets}


def test_a_draft_is_listed_in_one_request(archive: Archive) -> None:
    dandiset = fill(archive)
    archive.log.clear()
    listing = list_at(archive, f"{dandiset}@draft/sub-1/")
    assert sizes(listing) == {path: len(path) for path in PATHS}
    (asked,) = archive.log.entries("GET", "/assets/")
    assert "metadata" not in asked.path
    assert all(asset.blob and not asset.zarr and asset.asset_id for asset in listing.assets)
    assert listing.token == ""
    read = parse_dandi_address(listing.address_of(listing.assets[0]))
    assert (read.dandiset, read.version, read.name) == (dandiset, "draft", listing.assets[0].path)
    assert [asset.path for asset in listing.assets if read.selects(asset)] == [read.name]


def test_pages_follow_each_other(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    dandiset = fill(archive)
    monkeypatch.setattr("posecheck.archive.client._PAGES", (2,))
    archive.log.clear()
    assert len(list_at(archive, dandiset).assets) == 3
    assert len(archive.log.entries("GET", "/assets/")) == 2


def test_without_a_version_the_newest_published_one_is_listed(archive: Archive) -> None:
    dandiset = fill(archive)
    assert list_at(archive, dandiset).version == "draft"
    number = archive.publish(dandiset)
    send(archive, dandiset, "sub-3/new.nwb", [b"new"])
    published = list_at(archive, dandiset)
    assert (published.version, len(published.assets)) == (number, 3)
    assert len(list_at(archive, f"{dandiset}@draft").assets) == 4
    assert list_at(archive, f"{dandiset}@{number}") == published


def test_what_is_not_there_is_a_sentence(archive: Archive) -> None:
    dandiset = fill(archive)
    with pytest.raises(UsageError, match="has no dandiset 000009"):
        list_at(archive, "000009")
    with pytest.raises(UsageError, match=r"has no version 0\.1\.2: of the published ones none is"):
        list_at(archive, f"{dandiset}@0.1.2")
    unknown = "00000000-0000-0000-0000-000000000000"
    address = parse_dandi_address(f"{archive.url}/api/assets/{unknown}/download/")
    with pytest.raises(UsageError, match=f"has no asset {unknown}"):
        list_version(address, RetryPolicy(0, threading.Event()))


def test_an_embargoed_one_is_listed_with_a_token(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    dandiset = fill(archive, embargoed=True)
    with pytest.raises(AccessError, match="is embargoed: without a token it is not visible"):
        list_at(archive, dandiset)
    monkeypatch.setenv(archive.token_variable, archive.token)
    listing = list_at(archive, dandiset)
    assert len(listing.assets) == 3
    assert listing.token == archive.token
    assert archive.token not in repr(listing)


def test_a_single_asset_is_found_by_its_id(archive: Archive) -> None:
    dandiset = fill(archive)
    asset = archive.assets(dandiset)[PATHS[0]]
    address = parse_dandi_address(f"{archive.url}/api/assets/{asset.asset_id}/download/")
    listing = list_version(address, RetryPolicy(0, threading.Event()))
    assert [each.path for each in listing.assets] == [PATHS[0]]
    assert listing.address_of(listing.assets[0]) == address.text


def test_a_page_that_fails_is_asked_for_again(archive: Archive) -> None:
    dandiset = fill(archive)
    archive.faults.add(Fault(method="GET", path="/versions/draft/assets/", status=503, times=1))
    assert len(list_at(archive, dandiset).assets) == 3


def dandisets_of(archive: Archive) -> list[RemoteDandiset]:
    """Return what the archive lists."""
    retry = RetryPolicy(2, threading.Event())
    with closing(connect_to_archive(archive.url, retry, needs_token=False)) as client:
        return list(list_dandisets(client))


def test_all_dandisets_are_listed_page_by_page(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [archive.create_dandiset() for _ in range(5)]
    archive.publish(made[1])
    monkeypatch.setattr("posecheck.archive.dandisets._PAGE", 2)
    archive.log.clear()
    found = dandisets_of(archive)
    assert [each.identifier for each in found] == made
    assert [bool(each.published) for each in found] == [False, True, False, False, False]
    assert len(archive.log.entries("GET", r"/dandisets/\?")) == 3


def test_embargoed_dandisets_are_listed_for_their_owners(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    visible, hidden = archive.create_dandiset(), archive.create_dandiset(embargoed=True)
    assert [each.identifier for each in dandisets_of(archive)] == [visible]
    monkeypatch.setenv(archive.token_variable, archive.token)
    found = dandisets_of(archive)
    assert {each.identifier: each.embargoed for each in found} == {visible: False, hidden: True}


def test_a_list_with_something_else_than_dandisets_is_a_sentence(archive: Archive) -> None:
    archive.create_dandiset()
    archive.faults.add(
        Fault(path=r"/dandisets/\?", rewrite=(r'"identifier":"\d+"', '"identifier":"../1"'))
    )
    with pytest.raises(ArchiveError, match="which is no identifier"):
        dandisets_of(archive)
