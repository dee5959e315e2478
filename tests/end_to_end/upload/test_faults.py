"""Whatever goes wrong on the way: no wrong asset, no lost file, a sentence, the right exit code."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pytest
from tests.archive.faults import Fault
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.command import Outcome
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    files,
    held,
    put,
    receipts,
    upload,
)

pytestmark = pytest.mark.slow

ENDPOINTS = {
    "info": ("GET", r"^/api/info/|^/server-info"),
    "token": ("GET", r"^/api/auth/token"),
    "dandiset": ("GET", r"^/api/dandisets/\d+/$"),
    "listing": ("GET", r"/versions/draft/assets/\?"),
    "initialize": ("POST", r"^/api/uploads/initialize/"),
    "part": ("PUT", r"^/dandi-dandisets/"),
    "complete": ("POST", r"/complete/$"),
    "join": ("POST", r"^/dandi-dandisets/"),
    "validate": ("POST", r"/validate/$"),
    "assign": ("POST", r"/versions/draft/assets/$"),
}
"""Every endpoint that an upload of new files asks."""

BEFORE_SENDING = ("info", "token", "dandiset", "listing")


def break_each(**what: object) -> list[Fault]:
    """Return for each endpoint a fault that befalls its first request."""
    return [
        Fault(method=method, path=path, times=1, **what)  # type: ignore[arg-type]
        for method, path in ENDPOINTS.values()
    ]


def assert_whole(archive: Archive, dandiset: str, folder: Path, done: Outcome) -> None:
    """See that everything arrived, as it is here."""
    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(folder)


def assert_reported(archive: Archive, dandiset: str, folder: Path, done: Outcome) -> None:
    """See that something is missing, that this is said, and that nothing wrong is there.

    An NWB file is there only with its video, and whatever is there has the bytes that are here.
    """
    assert done.code in {1, 2}, done.stdout + done.stderr
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    assert any(line.startswith(("failed  ", "Stopped: ", "posecheck: ")) for line in lines)
    assert "Verified" not in done.stdout
    here, there = files(folder), held(archive, dandiset)
    assert all(here[path] == data for path, data in there.items())
    assert FIRST not in there or FIRST_VIDEO in there


@pytest.mark.slow
@pytest.mark.parametrize("status", [500, 503])
def test_each_endpoint_may_fail_once(
    archive: Archive, dandiset: str, one: Path, status: int
) -> None:
    archive.faults.add(*break_each(status=status))

    done = upload(archive, one)

    assert_whole(archive, dandiset, one, done)
    assert list(archive.log.statuses()).count(status) >= len(ENDPOINTS) - 1


@pytest.mark.slow
def test_each_answer_may_be_lost_once(archive: Archive, dandiset: str, one: Path) -> None:
    """The archive did what it was asked, and the client cannot know."""
    archive.faults.add(*break_each(lose_answer=True))

    done = upload(archive, one)

    assert_whole(archive, dandiset, one, done)
    assert list(archive.log.statuses()).count(0) >= len(ENDPOINTS) - 1


@pytest.mark.parametrize(
    ("endpoint", "status"), list(zip(ENDPOINTS, cycle([500, 503]), strict=False))
)
def test_an_endpoint_that_goes_on_failing_is_reported(
    archive: Archive, dandiset: str, one: Path, endpoint: str, status: int
) -> None:
    method, path = ENDPOINTS[endpoint]
    archive.faults.add(Fault(method=method, path=path, status=status))

    done = upload(archive, one, retries=0)

    assert_reported(archive, dandiset, one, done)
    assert f"answered with {status}" in done.stdout + done.stderr
    if endpoint in BEFORE_SENDING:
        assert archive.log.sent() == []
        assert receipts(one) == []

    archive.faults.clear()
    assert FIRST not in archive.assets(dandiset)


@pytest.mark.slow
def test_a_replacement_that_fails_leaves_what_was_there(
    archive: Archive, dandiset: str, one: Path
) -> None:
    put(archive, dandiset, one)
    before = held(archive, dandiset)
    pad_video(one / FIRST_VIDEO, 1000)
    replace = Fault(method="PUT", path="/versions/draft/assets/", status=503)
    archive.faults.add(replace)

    done = upload(archive, one, retries=0)

    assert done.code == 1
    assert "answered with 503" in done.stdout
    assert held(archive, dandiset) == before

    archive.faults.clear()
    archive.faults.add(Fault(method=replace.method, path=replace.path, lose_answer=True, times=1))
    again = upload(archive, one)
    assert_whole(archive, dandiset, one, again)


def test_results_that_cannot_be_had_are_reported(
    archive: Archive, dandiset: str, one: Path
) -> None:
    archive.faults.add(Fault(method="GET", path="/draft/info/$|/validation/$", status=500))

    done = upload(archive, one, "--wait-validation", "--wait-limit", "5", retries=0)

    assert done.code == 1
    assert "answered with 500" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Not complete: not all that was requested is answered; 2 files of the set are there."
    )
    assert held(archive, dandiset) == files(one)


def test_a_part_may_be_cut(archive: Archive, dandiset: str, one: Path) -> None:
    pad_video(one / FIRST_VIDEO, 3_000_000)
    archive.faults.add(Fault(method="PUT", path="partNumber", cut_after=100_000, times=2))

    done = upload(archive, one)

    assert_whole(archive, dandiset, one, done)
    cut = [entry for entry in archive.log.entries("PUT", "partNumber") if entry.status == 0]
    assert len(cut) == 2


def test_a_part_that_is_always_cut_is_reported(archive: Archive, dandiset: str, one: Path) -> None:
    pad_video(one / FIRST_VIDEO, 3_000_000)
    archive.faults.add(Fault(method="PUT", path="partNumber", cut_after=100_000))

    done = upload(archive, one, retries=1)

    assert_reported(archive, dandiset, one, done)
    assert archive.assets(dandiset) == {}


def test_a_slow_archive_is_waited_for(archive: Archive, dandiset: str, one: Path) -> None:
    archive.faults.add(Fault(path="^/api/", delay=0.3), Fault(method="PUT", rate=100_000))

    done = upload(archive, one)

    assert_whole(archive, dandiset, one, done)


def test_bytes_that_arrive_wrong_are_sent_again(archive: Archive, dandiset: str, one: Path) -> None:
    archive.faults.add(Fault(method="PUT", path="partNumber", corrupt=True, times=1))

    done = upload(archive, one)

    assert_whole(archive, dandiset, one, done)


def test_bytes_that_always_arrive_wrong_become_no_asset(
    archive: Archive, dandiset: str, one: Path
) -> None:
    archive.faults.add(Fault(method="PUT", path="partNumber", corrupt=True))

    done = upload(archive, one, retries=1)

    assert_reported(archive, dandiset, one, done)
    assert archive.assets(dandiset) == {}


@pytest.mark.slow
@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_expires_stops_the_upload_and_a_new_one_goes_on(
    archive: Archive, dandiset: str, two: Path, status: int
) -> None:
    """The first files are there by then; they are not sent again."""
    detail = '{"detail":"Invalid token."}'
    archive.faults.add(
        Fault(method="POST", path="^/api/.*assets/$", skip=1, status=status, body=detail)
    )

    done = upload(archive, two, "--jobs", "1:1")

    assert_reported(archive, dandiset, two, done)
    assert done.stdout.splitlines()[-1].startswith("Not verified. Once that is fixed")
    assert "again" not in done.stdout
    there = set(archive.assets(dandiset))
    assert len(there) == 1
    archive.faults.clear()
    archive.log.clear()
    again = upload(archive, two)
    assert_whole(archive, dandiset, two, again)
    # What was sent and not yet assigned is known by its digest: only the rest is sent.
    assert len(archive.log.entries("PUT", "partNumber")) == 2


def test_a_listing_that_lies_is_not_believed(archive: Archive, dandiset: str, one: Path) -> None:
    """After sending, what the archive lists is held against the files."""
    method, path = ENDPOINTS["listing"]
    archive.faults.add(Fault(method=method, path=path, skip=1, rewrite=(r'"size":\d+', '"size":1')))

    done = upload(archive, one)

    assert done.code == 1
    shown = done.stdout.splitlines()
    for path, data in files(one).items():
        assert f"  {path}  LAY008 it has {len(data)} bytes here and 1 in the archive" in shown
    assert shown[-1] == "Not complete: the archive does not hold 2 files as on this disk."


def test_a_checksum_that_lies_of_right_bytes_becomes_no_asset(
    archive: Archive, dandiset: str, one: Path
) -> None:
    """The bytes arrive as they are; the storage says that they did not."""
    lie = {"ETag": f'"{"0" * 32}"'}
    archive.faults.add(Fault(method="PUT", path="partNumber", headers=lie))

    done = upload(archive, one, retries=1)

    assert done.code == 1
    assert "received other bytes than were sent, 2 times" in " ".join(done.stdout.split())
    assert archive.assets(dandiset) == {}


def test_addresses_that_expired_are_requested_again(
    archive: Archive, dandiset: str, one: Path
) -> None:
    expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    archive.faults.add(Fault(method="PUT", path="partNumber", status=403, body=expired, times=1))

    done = upload(archive, one, "--jobs", "1:1", retries=0)

    assert_whole(archive, dandiset, one, done)
    assert len(archive.log.entries("POST", "/uploads/initialize/")) == 3  # one file's twice


def test_who_may_not_begin_an_upload_is_reported_once(
    archive: Archive, dandiset: str, two: Path
) -> None:
    archive.faults.add(
        Fault(method="POST", path="/uploads/initialize/", status=403, body='"Action not allowed"')
    )

    done = upload(archive, two, "--jobs", "1:1")

    assert done.code == 2
    assert "owners" in done.stdout
    assert len(archive.log.entries("POST", "/uploads/initialize/")) == 1
    assert archive.assets(dandiset) == {}


@pytest.mark.slow
def test_parts_that_arrived_are_not_sent_twice(archive: Archive, dandiset: str, one: Path) -> None:
    """A file has a second turn, and goes on where it was."""
    pad_video(one / FIRST_VIDEO, 70_000_000)
    archive.faults.add(Fault(method="PUT", path="partNumber=2", cut_after=1000, times=1))

    done = upload(archive, one, "--jobs", "1:1", retries=0)

    assert_whole(archive, dandiset, one, done)
    first = archive.log.entries("PUT", "partNumber=1(&|$)")
    assert [entry.status for entry in first] == [200, 200]  # of the video, and of the NWB file
    assert len(archive.log.entries("POST", "/uploads/initialize/")) == 2
