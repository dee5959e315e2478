"""A receipt: what is in it, and where it may be written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.upload.values import NWB, VIDEO, digests, planned

from posecheck.model.errors import UsageError
from posecheck.upload.outcomes import Outcome, TransferStatus, UploadReport
from posecheck.upload.plan.recordings import AllowedFinding
from posecheck.upload.receipt import (
    check_default_place,
    default_place,
    receipt_of,
    write_receipt,
)

BEGAN = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
SENT = tuple(
    Outcome(
        path=path,
        status=TransferStatus.SENT,
        asset_id=f"id {path}",
        blob="blob",
        digests=digests(),
        ended=BEGAN.replace(second=second, microsecond=0),
    )
    for path, second in ((VIDEO, 15), (NWB, 16))
)
REPORT = UploadReport(plan=planned(), outcomes=SENT, verified=True, began=BEGAN, seconds=2.0)


def test_it_says_what_arrived() -> None:
    receipt = receipt_of(REPORT)
    assert receipt["complete"]
    assert receipt["began"] == "2026-03-01T12:30:15.250000Z"
    assert receipt["dandiset"] == "000001"
    assert receipt["files"][0] == {
        "path": NWB,
        "size": 10,
        "modified": "2026-03-01T12:00:00Z",
        "dandi_etag": "a" * 32 + "-1",
        "zarr_checksum": None,
        "sha256": "a" * 64,
        "asset_id": f"id {NWB}",
        "blob": "blob",
        "zarr": None,
        "action": "new",
        "outcome": "sent",
        "ended": "2026-03-01T12:30:16Z",
        "reason": "",
    }


def test_it_keeps_why_an_error_was_allowed() -> None:
    allowed = AllowedFinding(path=NWB, code="VID002", location="/", message="m")
    plan = planned(allowed=(allowed,), because="the video is under embargo")
    receipt = receipt_of(replace(REPORT, plan=plan))
    assert receipt["because"] == "the video is under embargo"
    assert receipt["allowed"][0]["code"] == "VID002"


def test_what_did_not_arrive_makes_it_incomplete() -> None:
    failed = Outcome(path=NWB, status=TransferStatus.FAILED, reason="the storage answered with 500")
    receipt = receipt_of(replace(REPORT, outcomes=(SENT[0], failed)))
    assert not receipt["complete"]
    assert receipt["files"][0]["outcome"] == "failed"
    assert receipt["files"][0]["asset_id"] is None
    assert receipt["files"][0]["ended"] is None
    assert not receipt_of(replace(REPORT, verified=False))["complete"]


def test_it_lies_where_nothing_is_uploaded_from(tmp_path: Path) -> None:
    place = default_place(tmp_path, BEGAN)
    assert place.relative_to(tmp_path).parts == (
        ".posecheck",
        "uploads",
        "20260301T123015.250000Z.json",
    )
    write_receipt(REPORT, place)
    assert json.loads(place.read_text())["receipt"] == 1
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_nothing_is_ever_written_over(tmp_path: Path) -> None:
    place = tmp_path / "receipt.json"
    place.write_text("mine")
    with pytest.raises(UsageError, match="is left alone"):
        write_receipt(REPORT, place)
    assert place.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [place]


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        write_receipt(REPORT, tmp_path / "file" / "receipt.json")


@pytest.mark.parametrize("link", [".posecheck", ".posecheck/uploads"])
def test_no_receipt_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    root, external = tmp_path / "dandiset", tmp_path / "elsewhere"
    external.mkdir()
    (root / link).parent.mkdir(parents=True)
    check_default_place(root)
    (root / link).symlink_to(external)
    with pytest.raises(UsageError, match="no receipt is written through it"):
        check_default_place(root)
