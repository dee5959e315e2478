"""What of an upload was not recorded, or is stated by the contract alone."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from http.client import HTTPConnection
from typing import Any

import pytest
import requests
from dandischema.digests.dandietag import PartGenerator
from tests.archive.sending import begin, open_session, send, send_parts
from tests.archive.server import Archive


def test_the_second_of_two_uploads_of_the_same_bytes_is_refused(archive: Archive) -> None:
    dandiset, parts = archive.create_dandiset(), [b"text"]
    with open_session(archive) as session:
        first, second = (begin(session, archive, dandiset, parts) for _ in range(2))
        send_parts(session, archive, first, parts)

        with pytest.raises(requests.HTTPError) as refused:
            send_parts(session, archive, second, parts)

    answer = refused.value.response
    assert answer is not None
    assert answer.status_code == 409
    assert answer.json() == "An identical blob has already been uploaded."
    assert archive.uploads(dandiset) == []


@pytest.mark.parametrize("data", [b"tex", b"texts"], ids=["shorter", "longer"])
def test_a_part_of_another_length_is_refused(archive: Archive, data: bytes) -> None:
    with open_session(archive) as session:
        upload = begin(session, archive, archive.create_dandiset(), [b"text"])

    answer = requests.put(upload["parts"][0]["upload_url"], data=data, timeout=30)

    assert answer.status_code == 403
    assert "SignatureDoesNotMatch" in answer.text


def test_a_folder_cannot_become_a_file(archive: Archive) -> None:
    dandiset = archive.create_dandiset()
    send(archive, dandiset, "a/b.txt", [b"text"])

    with pytest.raises(requests.HTTPError) as refused:
        send(archive, dandiset, "a", [b"other"])

    answer = refused.value.response
    assert answer is not None
    assert answer.status_code == 409
    assert answer.json().endswith("conflicts with existing assets: ['a/b.txt']")


def test_a_part_of_a_range_can_be_fetched(archive: Archive) -> None:
    asset = send(archive, archive.create_dandiset(), "a.txt", [b"0123456789"])

    answer = requests.get(
        f"{archive.url}/api/assets/{asset['asset_id']}/download/",
        headers={"Range": "bytes=2-4"},
        timeout=30,
    )

    assert (answer.status_code, answer.content) == (206, b"234")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        (640 * 2**20, {64 * 2**20: 10}),
        (64 * 2**20 + 1, {64 * 2**20: 1, 1: 1}),
        (700 * 10**9, {70_000_000: 10_000}),
    ],
)
def test_parts_grow_where_they_would_be_too_many(
    archive: Archive, size: int, sizes: dict[int, int]
) -> None:
    dandiset = archive.create_dandiset()
    wanted: dict[str, Any] = {
        "contentSize": size,
        "digest": {"algorithm": "dandi:dandi-etag", "value": f"{'7' * 32}-{sum(sizes.values())}"},
        "dandiset": dandiset,
    }

    with open_session(archive) as session:
        answer = session.post(f"{archive.url}/api/uploads/initialize/", json=wanted, timeout=60)

    assert Counter(part["size"] for part in answer.json()["parts"]) == sizes
    assert sizes == Counter(part.size for part in PartGenerator.for_file_size(size))


def test_the_connection_is_kept_after_nonsense(archive: Archive) -> None:
    dandiset = archive.create_dandiset()
    host, _, port = archive.url.removeprefix("http://").partition(":")
    headers = {"Authorization": f"token {archive.token}", "Content-Type": "application/json"}
    assets = f"/api/dandisets/{dandiset}/versions/draft/assets/"
    blob = send(archive, dandiset, "a.txt", [b"text"])["blob"]
    bodies = {"{no": 400, json.dumps({"metadata": {"path": 5}, "blob_id": blob}): 500}

    with contextlib.closing(HTTPConnection(host, int(port), timeout=30)) as connection:
        connection.connect()
        socket = connection.sock
        for body, status in bodies.items():
            connection.request("POST", assets, body, headers)
            with connection.getresponse() as answer:
                assert answer.status == status
                answer.read()
        assert connection.sock is socket


def test_what_is_on_its_way_keeps_an_embargo(archive: Archive) -> None:
    dandiset = archive.create_dandiset(embargoed=True)
    address = f"{archive.url}/api/dandisets/{dandiset}"
    with open_session(archive) as session:
        begin(session, archive, dandiset, [b"text"])
        refused = session.post(f"{address}/unembargo/", timeout=30)
        session.delete(f"{address}/uploads/", timeout=30).raise_for_status()
        session.post(f"{address}/unembargo/", timeout=30).raise_for_status()

    assert refused.status_code == 400
    assert requests.get(f"{address}/", timeout=30).json()["embargo_status"] == "OPEN"
