"""Who may not change the dandiset learns so before anything is read; who may is never refused.

``dandi upload`` 0.81 asks nobody, and fails file by file after it has read all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.archive.faults import Fault
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import files, held, put, receipts, upload

pytestmark = pytest.mark.slow

QUESTIONS = {
    "account": r"^/api/users/me/",
    "owners": r"^/api/dandisets/\d+/users/",
    "uploads": r"^/api/dandisets/\d+/uploads/",
}
"""What the archive is asked to find out."""


def test_a_stranger_learns_who_they_are_and_who_owns_it(
    archive: Archive, dandiset: str, one: Path
) -> None:
    done = upload(archive, one, token=archive.strangers_token)

    assert done.code == 2, done.stdout + done.stderr
    said = " ".join(done.stderr.split())
    assert "other@nil.nil (Some Other), may not change dandiset 000001" in said
    assert "it is not among its owners; its owner is admin@nil.nil (Super User). Ask them" in said
    assert archive.log.entries("GET", "/assets/") == []
    assert archive.log.sent() == []
    assert receipts(one) == []


def test_a_stranger_may_look_at_the_plan(archive: Archive, dandiset: str, one: Path) -> None:
    done = upload(archive, one, "--dry-run", token=archive.strangers_token)

    assert done.code == 0, done.stdout + done.stderr
    assert "Note: your account on" in done.stdout
    assert "it is not among its owners" in " ".join(done.stdout.split())


def test_a_stranger_may_compare(archive: Archive, dandiset: str, one: Path) -> None:
    put(archive, dandiset, one)

    done = upload(archive, one, "--verify-only", token=archive.strangers_token)

    assert done.code == 0, done.stdout + done.stderr
    assert archive.log.entries("GET", QUESTIONS["account"]) == []


def test_a_stranger_at_an_embargoed_dandiset_learns_who_they_are(
    archive: Archive, one: Path
) -> None:
    archive.create_dandiset(embargoed=True)

    done = upload(archive, one, token=archive.strangers_token)

    assert done.code == 2, done.stdout + done.stderr
    said = " ".join(done.stderr.split())
    assert "is embargoed, and your account other@nil.nil (Some Other) is not among its own" in said


@pytest.mark.parametrize("embargoed", [False, True], ids=["open", "embargoed"])
@pytest.mark.parametrize("who", ["admin", "second owner"])
def test_admins_and_all_owners_may_send(
    archive: Archive, one: Path, who: str, embargoed: bool
) -> None:
    dandiset = archive.create_dandiset(embargoed=embargoed)
    token = archive.admins_token
    if who == "second owner":
        token = archive.strangers_token
        archive.add_owner(dandiset, token)

    done = upload(archive, one, token=token)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_owner_may_send_though_a_question_is_not_answered(
    archive: Archive, dandiset: str, one: Path, question: str, status: int
) -> None:
    archive.faults.add(Fault(method="GET", path=QUESTIONS[question], status=status, body='"no"'))

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)


def test_an_owner_may_send_whom_the_list_names_otherwise(
    archive: Archive, dandiset: str, one: Path
) -> None:
    """Rights that a group has, or a login that has changed: open uploads are owners' to see."""
    archive.faults.add(Fault(path=QUESTIONS["owners"], rewrite=("admin@", "someone-else@")))

    done = upload(archive, one)

    assert done.code == 0, done.stdout + done.stderr
    assert archive.log.entries("GET", QUESTIONS["uploads"]) != []
    assert held(archive, dandiset) == files(one)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_doubt_is_left_to_the_archive(
    archive: Archive, dandiset: str, one: Path, question: str
) -> None:
    archive.faults.add(Fault(method="GET", path=QUESTIONS[question], status=404, body='"no"'))

    done = upload(archive, one, token=archive.strangers_token)

    assert done.code == 2, done.stdout + done.stderr
    assert "it is not among its owners, or no longer" in " ".join(done.stdout.split())
    assert archive.assets(dandiset) == {}
