"""What of an upload was not recorded, or is told by the contract alone."""

from __future__ import annotations

import pytest
import requests
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
