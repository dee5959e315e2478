"""Zarrs: what dandi's own client sends arrives, and what the archive's source says is answered."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
import zarr
from dandi.support.digests import get_zarr_checksum
from tests.archive.dandi import name_dandiset, run_dandi
from tests.archive.faults import Fault
from tests.archive.sending import PLAIN, open_session
from tests.archive.server import Archive
from tests.archive.store import Store

STORE = "sub-mouse01/sub-mouse01_behavior.nwb.zarr"


@pytest.fixture
def session(archive: Archive) -> Iterator[requests.Session]:
    with open_session(archive) as opened:
        yield opened


@pytest.fixture
def dandiset(archive: Archive, tmp_path: Path) -> Path:
    """A folder with a small Zarr store, and the name of a dandiset of the archive."""
    folder = tmp_path / "dandiset"
    name_dandiset(folder, archive.create_dandiset())
    root = zarr.open_group(str(folder / STORE), mode="w", zarr_format=2)
    root.create_group("processing").create_array(
        "positions", data=np.arange(100.0), chunks=(10,), compressors=None
    )
    return folder


def upload(archive: Archive, folder: Path) -> str:
    done = run_dandi(archive, "upload", "-i", archive.url, "-J", "1:2", folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def create(archive: Archive, session: requests.Session, dandiset: str, name: str) -> str:
    answer = session.post(
        f"{archive.url}/api/zarr/", json={"name": name, "dandiset": dandiset}, timeout=30
    )
    answer.raise_for_status()
    return str(answer.json()["zarr_id"])


def send_files(
    archive: Archive, session: requests.Session, zarr_id: str, files: dict[str, bytes]
) -> None:
    """Send files into a Zarr, each in one request with its MD5."""
    wanted = [{"path": path, "base64md5": md5_of(data)} for path, data in files.items()]
    answer = session.post(f"{archive.url}/api/zarr/{zarr_id}/files/", json=wanted, timeout=30)
    answer.raise_for_status()
    for url, data in zip(answer.json(), files.values(), strict=True):
        put = requests.put(url, data=data, headers={"Content-MD5": md5_of(data)}, timeout=30)
        put.raise_for_status()


def md5_of(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def describe(archive: Archive, session: requests.Session, zarr_id: str) -> dict[str, Any]:
    answer = session.get(f"{archive.url}/api/zarr/{zarr_id}/", timeout=30)
    described: dict[str, Any] = answer.json()
    return described


def files_sent(archive: Archive) -> list[Any]:
    return archive.log.entries("PUT", r"^/dandi-dandisets/zarr/")


@pytest.mark.slow
def test_dandi_uploads_a_zarr_and_downloads_it_again(
    archive: Archive, dandiset: Path, tmp_path: Path
) -> None:
    upload(archive, dandiset)
    archive.settle()

    identifier = "000001"
    asset = archive.assets(identifier)[STORE]
    assert asset.zarr.checksum == get_zarr_checksum(dandiset / STORE)
    assert (asset.status, asset.problems) == ("Valid", [])
    assert archive.read_zarr(identifier, STORE) == files_of(dandiset / STORE)
    done = run_dandi(
        archive, "download", f"{archive.url}/dandiset/{identifier}/draft", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert files_of(tmp_path / identifier / STORE) == files_of(dandiset / STORE)


@pytest.mark.slow
def test_dandi_sends_again_only_what_changed(archive: Archive, dandiset: Path) -> None:
    upload(archive, dandiset)
    first = archive.assets("000001")[STORE]
    chunks = dandiset / STORE / "processing/positions"
    (chunks / "3").write_bytes(bytes(80))
    (chunks / "4").unlink()

    archive.log.clear()
    upload(archive, dandiset)

    asset = archive.assets("000001")[STORE]
    assert asset.zarr is first.zarr
    assert [urlsplit(entry.path).path[-4:] for entry in files_sent(archive)] == ["ns/3"]
    assert len(archive.log.entries("DELETE", "/files/")) == 1
    assert archive.read_zarr("000001", STORE) == files_of(dandiset / STORE)
    assert asset.zarr.checksum == get_zarr_checksum(dandiset / STORE)


@pytest.mark.slow
def test_dandi_goes_on_where_the_storage_failed(archive: Archive, dandiset: Path) -> None:
    failing = Fault(method="PUT", path="/positions/3", status=404)
    archive.faults.add(failing)
    failed = run_dandi(archive, "upload", "-i", archive.url, "-J", "1:1", folder=dandiset)
    archive.faults.clear()
    before = archive.read_zarr("000001", STORE)

    upload(archive, dandiset)

    assert failed.returncode != 0
    assert before.keys() < files_of(dandiset / STORE).keys()
    assert archive.assets("000001")[STORE].zarr.checksum == get_zarr_checksum(dandiset / STORE)


def test_a_zarr_goes_through_its_states(archive: Archive, session: requests.Session) -> None:
    zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")
    address = f"{archive.url}/api/zarr/{zarr_id}/"

    begun = describe(archive, session, zarr_id)
    send_files(archive, session, zarr_id, {".zgroup": b"{}", "a/0": b"text"})
    finalized = session.post(f"{address}finalize/", timeout=30).status_code
    again = session.post(f"{address}finalize/", timeout=30)
    refused = session.post(f"{address}files/", json=[], timeout=30).status_code
    archive.settle()
    done = describe(archive, session, zarr_id)
    send_files(archive, session, zarr_id, {"a/1": b"more"})

    assert begun == {
        "name": "a.nwb.zarr",
        "dandiset": "000001",
        "zarr_id": zarr_id,
        "status": "Pending",
        "checksum": None,
        "file_count": 0,
        "size": 0,
    }
    assert (finalized, again.status_code, refused) == (204, 400, 400)
    assert "already ingested" in again.json()
    assert (done["status"], done["file_count"], done["size"]) == ("Complete", 2, 6)
    assert done["checksum"].endswith("-2--6")
    assert describe(archive, session, zarr_id) == begun


def test_ingestion_takes_its_time(store: Store) -> None:
    with Archive(store, settle=2) as archive, open_session(archive) as session:
        zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")
        send_files(archive, session, zarr_id, {"a/0": b"text"})
        session.post(f"{archive.url}/api/zarr/{zarr_id}/finalize/", timeout=30)
        statuses = [describe(archive, session, zarr_id)["status"]]
        deadline = time.monotonic() + 30
        while statuses[-1] != "Complete" and time.monotonic() < deadline:
            time.sleep(0.1)
            statuses.append(describe(archive, session, zarr_id)["status"])

    assert statuses[0] == "Uploaded"
    assert statuses[-1] == "Complete"


def test_other_bytes_than_announced_are_refused(
    archive: Archive, session: requests.Session
) -> None:
    zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")
    archive.faults.add(Fault(method="PUT", corrupt=True, times=1))

    with pytest.raises(requests.HTTPError, match="400"):
        send_files(archive, session, zarr_id, {"a/0": b"text"})

    listing = session.get(f"{archive.url}/api/zarr/{zarr_id}/files/", timeout=30).json()
    assert listing == {"next": None, "results": []}


def test_files_are_listed_by_page_and_fetched(archive: Archive, session: requests.Session) -> None:
    zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")
    send_files(archive, session, zarr_id, {f"a/{index}": b"text" for index in range(5)})
    address: str | None = f"{archive.url}/api/zarr/{zarr_id}/files/?limit=2&prefix=a"

    keys = []
    while address is not None:
        page = session.get(address, timeout=30).json()
        keys += [each["Key"] for each in page["results"]]
        address = page["next"]
    data = session.get(
        f"{archive.url}/api/zarr/{zarr_id}/files/?prefix=a/3&download=true", timeout=30
    )

    assert keys == [f"a/{index}" for index in range(5)]
    assert data.content == b"text"


def test_files_are_deleted_all_or_none(archive: Archive, session: requests.Session) -> None:
    zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")
    send_files(archive, session, zarr_id, {"a": b"1", "b": b"2"})
    address = f"{archive.url}/api/zarr/{zarr_id}/files/"

    refused = session.delete(address, json=[{"path": "a"}, {"path": "c"}], timeout=30)
    kept = session.get(address, timeout=30).json()["results"]
    deleted = session.delete(address, json=[{"path": "a"}], timeout=30)
    left = session.get(address, timeout=30).json()["results"]

    assert (refused.status_code, deleted.status_code) == (400, 204)
    assert [each["Key"] for each in kept] == ["a", "b"]
    assert [each["Key"] for each in left] == ["b"]


def test_a_name_is_taken_once(archive: Archive, session: requests.Session) -> None:
    dandiset = archive.create_dandiset()
    zarr_id = create(archive, session, dandiset, "a.nwb.zarr")

    with pytest.raises(requests.HTTPError) as refused:
        create(archive, session, dandiset, "a.nwb.zarr")

    listing = session.get(
        f"{archive.url}/api/zarr/",
        params={"dandiset": dandiset, "name": "a.nwb.zarr"},
        timeout=30,
    ).json()
    assert refused.value.response is not None
    assert "must make a unique set" in refused.value.response.text
    assert [each["zarr_id"] for each in listing["results"]] == [zarr_id]


def test_an_asset_has_a_blob_or_a_zarr_of_its_dandiset(
    archive: Archive, session: requests.Session
) -> None:
    first, second = archive.create_dandiset(), archive.create_dandiset()
    zarr_id = create(archive, session, first, "a.nwb.zarr")
    metadata = {**PLAIN, "path": "a.nwb.zarr"}

    def post(dandiset: str, **content: str) -> requests.Response:
        url = f"{archive.url}/api/dandisets/{dandiset}/versions/draft/assets/"
        return session.post(url, json={"metadata": metadata, **content}, timeout=30)

    both = post(first, zarr_id=zarr_id, blob_id=zarr_id)
    foreign = post(second, zarr_id=zarr_id)
    made = post(first, zarr_id=zarr_id)
    asset = made.json()
    fetched = session.get(f"{archive.url}/api/assets/{asset['asset_id']}/download/", timeout=30)

    assert (both.status_code, foreign.status_code, fetched.status_code) == (400, 400, 400)
    assert (asset["blob"], asset["zarr"], asset["size"]) == (None, zarr_id, 0)
    assert asset["metadata"]["digest"] == {"dandi:dandi-zarr-checksum": None}
    assert asset["metadata"]["encodingFormat"] == "application/x-zarr"


def test_a_zarr_is_its_owners_to_change(archive: Archive, session: requests.Session) -> None:
    zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")
    hidden = create(archive, session, archive.create_dandiset(embargoed=True), "a.nwb.zarr")
    stranger = {"Authorization": f"token {archive.strangers_token}"}
    wanted = [{"path": "a", "base64md5": md5_of(b"1")}]

    def ask(identifier: str, headers: dict[str, str]) -> tuple[int, int]:
        address = f"{archive.url}/api/zarr/{identifier}/"
        seen = requests.get(address, headers=headers, timeout=30)
        sent = requests.post(f"{address}files/", json=wanted, headers=headers, timeout=30)
        return seen.status_code, sent.status_code

    assert ask(zarr_id, stranger) == (200, 403)
    assert ask(zarr_id, {}) == (200, 401)
    assert ask(hidden, stranger) == (404, 404)
    send_files_into_embargo = session.post(
        f"{archive.url}/api/zarr/{hidden}/files/", json=wanted, timeout=30
    )
    assert "x-amz-tagging" in send_files_into_embargo.json()[0]


@pytest.mark.parametrize("path", ["../../blobs/a", "..\\../blobs/a", "a/../../b", ".."])
def test_no_path_leaves_a_zarr(archive: Archive, session: requests.Session, path: str) -> None:
    zarr_id = create(archive, session, archive.create_dandiset(), "a.nwb.zarr")

    answer = session.post(
        f"{archive.url}/api/zarr/{zarr_id}/files/",
        json=[{"path": path, "base64md5": md5_of(b"1")}],
        timeout=30,
    )

    assert answer.status_code == 400
