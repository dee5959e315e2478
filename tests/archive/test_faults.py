"""Each fault befalls the requests that it names, and no others."""

from __future__ import annotations

import pytest
import requests
from tests.archive.faults import Fault
from tests.archive.sending import PLAIN, begin, open_session, send
from tests.archive.server import Archive

INFO = "/api/info/"


def request(archive: Archive, path: str = INFO, method: str = "GET") -> requests.Response:
    return requests.request(method, f"{archive.url}{path}", timeout=30)


def announce(archive: Archive, data: bytes) -> str:
    """Return the address at which bytes are wanted."""
    with open_session(archive) as session:
        upload = begin(session, archive, archive.create_dandiset(), [data])
    return str(upload["parts"][0]["upload_url"])


def test_a_status_is_given_to_the_requests_in_turn(archive: Archive) -> None:
    archive.faults.add(Fault(path="/info", status=503, body='"busy"', skip=1, times=2))

    statuses = [request(archive).status_code for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert list(archive.log.statuses()) == statuses


def test_a_fault_of_another_method_or_path_is_none(archive: Archive) -> None:
    archive.faults.add(
        Fault(method="POST", path="/info", status=500), Fault(path="/nowhere", status=500)
    )

    assert request(archive).status_code == 200


def test_faults_end(archive: Archive) -> None:
    archive.faults.add(Fault(status=500))
    archive.faults.clear()

    assert request(archive).status_code == 200


def test_a_part_is_cut(archive: Archive) -> None:
    archive.faults.add(Fault(method="PUT", cut_after=1000, times=1))
    data = bytes(2**22)
    url = announce(archive, data)

    with pytest.raises(requests.ConnectionError):
        requests.put(url, data=data, timeout=30)
    (cut,) = archive.log.entries("PUT")
    again = requests.put(url, data=data, timeout=30)

    assert (cut.side, cut.status, cut.received) == ("s3", 0, 1000)
    assert again.status_code == 200


def test_an_answer_is_lost_after_the_deed(archive: Archive) -> None:
    dandiset = archive.create_dandiset()
    archive.faults.add(Fault(method="POST", path="/assets/$", lose_answer=True, times=1))

    with pytest.raises(requests.ConnectionError):
        send(archive, dandiset, "a.txt", [b"text"])

    assert list(archive.assets(dandiset)) == ["a.txt"]


def test_bytes_are_corrupted_on_their_way(archive: Archive) -> None:
    dandiset = archive.create_dandiset()
    archive.faults.add(Fault(method="PUT", corrupt=True))

    with pytest.raises(requests.HTTPError, match="400"):
        send(archive, dandiset, "a.txt", [b"text"])

    assert archive.assets(dandiset) == {}


def test_the_store_lies_about_a_digest(archive: Archive) -> None:
    archive.faults.add(Fault(method="PUT", headers={"ETag": f'"{32 * "0"}"'}))

    with pytest.raises(requests.HTTPError, match="400"):
        send(archive, archive.create_dandiset(), "a.txt", [b"text"])


def test_the_archive_lies_about_a_size(archive: Archive) -> None:
    dandiset = archive.create_dandiset()
    send(archive, dandiset, "a.txt", [b"text"])
    archive.faults.add(Fault(method="GET", path="/assets/", rewrite=(r'"size":\d+', '"size":7')))

    (asset,) = request(archive, f"/api/dandisets/{dandiset}/versions/draft/assets/").json()[
        "results"
    ]

    assert asset["size"] == 7


def test_a_delay_holds_a_request_up(archive: Archive) -> None:
    archive.faults.add(Fault(path="/info", delay=10, times=1))

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{archive.url}{INFO}", timeout=0.2)


def test_a_rate_slows_a_body_down(archive: Archive) -> None:
    archive.faults.add(Fault(method="PUT", rate=1000, times=1))
    data = bytes(20_000)
    url = announce(archive, data)

    with pytest.raises(requests.ReadTimeout):
        requests.put(url, data=data, timeout=0.5)


def test_another_process_sets_faults_and_reads_the_log(archive: Archive) -> None:
    control = f"{archive.url}/_faults"
    requests.post(control, json=[{"path": "/info", "status": 500}], timeout=30)
    broken = request(archive)
    requests.delete(control, timeout=30)
    recovered = request(archive)

    log = requests.get(f"{archive.url}/_log", timeout=30).json()

    assert (broken.status_code, recovered.status_code) == (500, 200)
    assert [(each["path"], each["status"]) for each in log] == [(INFO, 500), (INFO, 200)]


def test_a_fault_of_no_kind_is_refused(archive: Archive) -> None:
    answer = requests.post(f"{archive.url}/_faults", json=[{"wether": "bad"}], timeout=30)

    assert answer.status_code == 400
    assert "wether" in answer.text


def test_without_a_fault_all_arrives(archive: Archive) -> None:
    dandiset = archive.create_dandiset()

    asset = send(archive, dandiset, "folder/a.txt", [b"text"], PLAIN)

    assert archive.read(dandiset, "folder/a.txt") == b"text"
    assert asset["size"] == 4
