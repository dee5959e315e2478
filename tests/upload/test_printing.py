"""What a person reads of a plan and of what became of it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from tests.upload.values import NWB, VIDEO, digests, local, planned, remote

from posecheck.model.asset import Pointer
from posecheck.model.wording import with_code
from posecheck.report.console import open_console
from posecheck.report.upload.plan import print_plan
from posecheck.report.upload.result import print_report
from posecheck.upload.outcomes import Outcome, TransferStatus, UploadReport
from posecheck.upload.plan.discrepancies import Discrepancy
from posecheck.upload.plan.files import Action, PlannedAsset
from posecheck.upload.plan.recordings import (
    AllowedFinding,
    ExternalReference,
    PlannedRecording,
    Refusal,
)
from posecheck.upload.plan.upload_plan import UploadPlan


def printed(what: UploadPlan | UploadReport, *, quiet: bool = False) -> str:
    stream = io.StringIO()
    console = open_console(stream, color=False)
    if isinstance(what, UploadPlan):
        print_plan(console, what, quiet=quiet)
    else:
        print_report(console, what, quiet=quiet)
    return stream.getvalue()


def test_a_plan_shows_each_recording_with_its_videos() -> None:
    assert printed(planned()).splitlines() == [
        "Dandiset 000001 on x",
        f"  new     {NWB}  10 B",
        f"    new     {VIDEO}  10 B",
        "new     2 files, 20 B",
    ]
    assert NWB not in printed(planned(), quiet=True)


def test_what_a_link_brings_in_is_reported_with_where_it_lies() -> None:
    linked = replace(local(), origin="/lab/camera.mp4")
    assets = (
        PlannedAsset(local=local(NWB), action=Action.NEW),
        PlannedAsset(local=linked, action=Action.NEW),
    )
    plan = planned(*assets, linked_from=("/lab",))
    assert f"{VIDEO}  10 B  from /lab/camera.mp4" in " ".join(printed(plan).split("\n"))
    assert "linked  1 file to send from /lab" in printed(plan, quiet=True)


def test_references_to_other_servers_are_listed_and_not_called_followed() -> None:
    there = ExternalReference(
        location="/acquisition/camera", entry="external_file[1]", url="https://h/a"
    )
    recording = replace(planned().recordings[0], external=(there,))
    plan = planned(recordings=(recording,))
    assert "References to other servers" in printed(plan)
    assert "  https://h/a\n" in printed(plan)
    ended = " ".join(printed(UploadReport(plan=plan, verified=True)).split())
    assert "; 1 reference to other servers not followed." in ended


def test_a_refusal_is_reported_with_its_remedy_and_its_consequence() -> None:
    refusal = Refusal(
        path=NWB, display_path=NWB, code="VID002", reason="it is gone", remedy="Find it."
    )
    text = printed(planned(refusals=(refusal,)), quiet=True)
    assert f"{NWB}  refused\n  VID002 it is gone\n    → Find it.\n" in text
    assert "refused 1 file: so nothing is sent" in text
    text = printed(planned(refusals=(refusal,), skip_refused=True))
    assert "the others are sent whole" in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (1, "    → Write it:\n        line 0\n"),
        (4, "    → Write it; `posecheck validate` shows the lines.\n"),
    ],
)
def test_a_remedy_is_reported_with_its_code_where_that_is_short(lines: int, said: str) -> None:
    remedy = with_code("Write it:", [f"line {number}" for number in range(lines)])
    refusal = Refusal(
        path=NWB, display_path=NWB, code="LAY009", reason="it is wrong", remedy=remedy
    )
    text = printed(planned(refusals=(refusal,)), quiet=True)
    assert said in text
    assert ("line 0" in text) is (lines == 1)


def test_what_is_left_alone_and_what_was_allowed_are_reported() -> None:
    allowed = AllowedFinding(path=NWB, code="VID002", location="/", message="m")
    text = printed(
        planned(
            PlannedAsset(local=local(), action=Action.KEPT, remote=remote(), reason="it is newer"),
            recordings=(),
            gone=(remote("sub-01/gone.nwb"),),
            unreferenced=("sub-01/extra.avi",),
            allowed=(allowed,),
            because="it follows",
        )
    )
    assert "kept    1 file, 10 B  the archive holds other bytes, which stay" in text
    assert "gone    1 asset not on this disk; left alone" in text
    assert "sub-01/gone.nwb" in text
    assert "sub-01/extra.avi" in text
    assert "allowed 1 error (VID002), because it follows" in text


def test_a_long_plan_is_cut_and_says_by_how_much() -> None:
    videos = [f"sub-01/{number:02}.mp4" for number in range(42)]
    pointers = [Pointer(location="/a", entry="e", path=path) for path in videos[:12]]
    recording = PlannedRecording(path=NWB, display_path=NWB, pointers=tuple(pointers))
    assets = [PlannedAsset(local=local(path), action=Action.NEW) for path in [NWB, *videos]]
    refusals = [
        Refusal(display_path=f"{number}.nwb", reason="bad", remedy="") for number in range(33)
    ]
    plan = planned(*assets, recordings=(recording,), refusals=tuple(refusals))
    lines = printed(plan).splitlines()
    assert "    … and 2 more files that it references" in lines
    assert sum(".mp4" in line for line in lines) == 10 + 30
    assert "… and 3 more files refused; see `posecheck validate`" in lines
    assert sum(line.endswith("refused") for line in lines) == 30
    more = [*assets, PlannedAsset(local=local("sub-01/more.mp4"), action=Action.NEW)]
    text = printed(planned(*more, recordings=(recording,)))
    assert "  … and 1 more file that you named\n" in text


def test_names_cannot_recolor_the_terminal() -> None:
    evil = PlannedAsset(local=local("sub-01/\x1b[31m.mp4"), action=Action.NEW)
    assert "\x1b" not in printed(planned(evil, recordings=()))


SENT = Outcome(path=VIDEO, status=TransferStatus.ASSIGNED, asset_id="1", digests=digests())


def test_the_end_says_what_was_proven() -> None:
    done = Outcome(path=NWB, status=TransferStatus.SENT, asset_id="2", digests=digests())
    report = UploadReport(plan=planned(), outcomes=(SENT, done), verified=True, seconds=2.0)
    assert report.is_complete
    assert printed(report).splitlines() == [
        "Sent 1 file (10 B) in 2.0 s; of 1 more file the archive had the bytes.",
        "Verified: the archive holds these 2 files, byte for byte, and among them every file of "
        "the dandiset that the NWB file references.",
    ]


def test_what_did_not_arrive_is_reported_once() -> None:
    failed = Outcome(
        path=NWB, status=TransferStatus.FAILED, reason=f"{NWB}: the storage answered with 500"
    )
    missing = Discrepancy(path=NWB, code="LAY007", name="not-on-archive", reason="it is not there")
    report = UploadReport(
        plan=planned(), outcomes=(SENT, failed), verified=True, discrepancies=(missing,)
    )
    text = printed(report)
    assert text.count(NWB) == 1
    assert "1 file did not arrive" in text
    assert text.splitlines()[-1] == (
        "Not complete: the archive does not hold 1 file as on this disk; "
        "1 file of the set is there."
    )
    differs = replace(missing, code="LAY008", path=VIDEO, reason="its checksum is x")
    assert f"{VIDEO}  LAY008 its checksum is x" in printed(
        replace(report, discrepancies=(differs,))
    )


def test_why_all_of_it_stopped_is_reported_once() -> None:
    why = "the archive does not accept the token"
    failed = tuple(
        Outcome(path=path, status=TransferStatus.FAILED, reason=why) for path in (VIDEO, NWB)
    )
    text = printed(UploadReport(plan=planned(), outcomes=failed, stopped_by=why))
    assert text.count(why) == 1
    assert "Not verified." in text
    assert "again" not in text


def test_why_metadata_is_missing_is_reported() -> None:
    failed = Outcome(
        path=NWB, status=TransferStatus.FAILED, reason=f"dandi extracts no metadata from {NWB}"
    )
    report = UploadReport(plan=planned(), outcomes=(SENT, failed), verified=True)
    assert f"failed  {failed.reason}" in printed(report, quiet=True)


REFUSED = Refusal(path=NWB, display_path=NWB, reason="it is gone", remedy="Find it.")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"plan": planned(refusals=(REFUSED,))}, "1 file is refused"),
        (
            {"archive_errors": ((NWB, "no age"), (NWB, "no sex"))},
            "validation finds 2 errors; 2 files",
        ),
        ({"unanswered": ("no SHA-256 yet",)}, "not all that was requested is answered; 2 files"),
        (
            {"outcomes": (replace(SENT, status=TransferStatus.FAILED),)},
            "1 file did not arrive as planned",
        ),
    ],
    ids=["refused", "invalid", "unanswered", "failed"],
)
def test_nothing_but_a_whole_proof_is_called_one(what: dict[str, Any], said: str) -> None:
    report = replace(UploadReport(plan=planned(), verified=True), **what)
    end = printed(report).splitlines()[-1]
    assert end.startswith("Not complete: ")
    assert said in end
    assert "Verified" not in printed(report)


def test_of_a_dandiset_that_is_refused_nothing_is_there() -> None:
    report = UploadReport(plan=planned(refusals=(REFUSED,)), verified=True)
    assert printed(report) == "Not complete: 1 file is refused.\n"
