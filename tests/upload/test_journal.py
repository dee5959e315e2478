"""The journal of open uploads: what a later run reads of what an earlier one wrote down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.upload.values import digests, local

from posecheck.upload.plan.files import Digests
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.multipart import MultipartUpload, Part

API, DANDISET = "https://archive.example/api", "000001"
FILE = replace(local(), size=12)
TWO = Digests(etag=f"{'e' * 32}-2", sha256="f" * 64, parts=("1" * 32, "2" * 32))
UPLOAD = MultipartUpload(
    "5c465a10-3258-490b-9cca-fd1fc45278dc",
    (Part(1, 0, 8, "https://storage/1"), Part(2, 8, 4, "https://storage/2")),
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POSECHECK_STATE_DIR", str(tmp_path))
    return tmp_path / "uploads"


def begun() -> Journal:
    """Return the journal of a run that has begun an upload and sent a part."""
    journal = Journal(API, DANDISET)
    journal.begin(FILE, TWO.etag, UPLOAD)
    journal.add_part(UPLOAD, 1, "1" * 32)
    return journal


def later(api: str = API, dandiset: str = DANDISET) -> Journal:
    """Return the journal of a later run."""
    journal = Journal(api, dandiset)
    journal.load()
    return journal


def test_a_later_run_goes_on_once() -> None:
    begun()
    journal = later()
    assert journal.resume(TWO, 12) == replace(UPLOAD, sent={1: "1" * 32})
    assert journal.resume(TWO, 12) is None
    assert journal.left_open == 1


def test_what_is_finished_is_forgotten(state: Path) -> None:
    begun().close(UPLOAD.upload_id)
    assert list(state.iterdir()) == []
    assert later().resume(TWO, 12) is None


def test_other_bytes_and_other_dandisets_are_others() -> None:
    begun()
    assert later().resume(digests(), 12) is None
    assert later().resume(TWO, 13) is None
    assert later(dandiset="000002").resume(TWO, 12) is None
    assert later(api="https://other.example/api").resume(TWO, 12) is None


def test_a_part_with_other_bytes_is_sent_again() -> None:
    begun()
    other = replace(TWO, parts=("3" * 32, "2" * 32))
    assert later().resume(other, 12) == replace(UPLOAD, sent={})


def test_a_line_that_was_broken_off_costs_that_line(state: Path) -> None:
    begun()
    (path,) = state.iterdir()
    with path.open("a") as file:
        file.write('{"part": 2, "et')
    later().add_part(UPLOAD, 2, "2" * 32)
    found = later().resume(TWO, 12)
    assert found is not None
    assert found.sent == {1: "1" * 32, 2: "2" * 32}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"journal": 1}', '{"journal": 99}'])
def test_a_file_that_is_no_journal_is_passed_over(state: Path, text: str) -> None:
    begun()
    (state / "other.jsonl").write_text(text)
    assert later().left_open == 1


def test_what_the_archive_no_longer_knows_is_forgotten(state: Path) -> None:
    begun()
    journal = later()
    journal.retain(())
    assert journal.resume(TWO, 12) is None
    assert list(state.iterdir()) == []


def test_a_name_that_leads_elsewhere_is_not_written(state: Path) -> None:
    journal = Journal(API, DANDISET)
    journal.begin(FILE, TWO.etag, replace(UPLOAD, upload_id="../../other"))
    assert list(state.parent.rglob("*.jsonl")) == []
