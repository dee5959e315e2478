"""What a plan says of itself, and its document."""

from __future__ import annotations

import json

from tests.upload.values import NWB, VIDEO, local, planned, remote

from posecheck.model.asset import Pointer
from posecheck.report.json_document import dump
from posecheck.upload.plan.document import document_of
from posecheck.upload.plan.files import Action, PlannedAsset
from posecheck.upload.plan.recordings import PlannedRecording, Refusal

REFUSAL = Refusal(path=NWB, display_path=NWB, reason="its video is gone", remedy="Find it.")


def test_a_refusal_stops_everything() -> None:
    plan = planned(refusals=(REFUSAL,))
    assert plan.is_stopped
    assert plan.to_send == ()


def test_a_video_that_two_recordings_share_goes_with_the_one_that_is_not_refused() -> None:
    other = "sub-01/other.nwb"
    pointer = Pointer(location="/acquisition/camera", entry="external_file[0]", path=VIDEO)
    plan = planned(
        PlannedAsset(local=local(NWB), action=Action.NEW),
        PlannedAsset(local=local(VIDEO), action=Action.NEW),
        PlannedAsset(local=local(other), action=Action.NEW),
        recordings=(
            PlannedRecording(path=NWB, display_path=NWB, pointers=(pointer,)),
            PlannedRecording(path=other, display_path=other, pointers=(pointer,)),
        ),
        refusals=(REFUSAL,),
        skip_refused=True,
    )
    assert {asset.path for asset in plan.to_send} == {VIDEO, other}
    assert plan.bytes_to_send == 20


def test_a_video_that_was_named_stands_by_itself() -> None:
    alone = PlannedAsset(local=local("sub-01/alone.mp4"), action=Action.NEW)
    assert planned(alone, recordings=()).to_send == (alone,)


def test_the_document_holds_what_matters() -> None:
    changed = PlannedAsset(local=local(), action=Action.CHANGED, remote=remote())
    plan = planned(changed, refusals=(REFUSAL,), gone=(remote("sub-01/gone.nwb"),))
    document = json.loads(dump(document_of(plan)))
    assert document["summary"] == {
        "to_send": 0,
        "bytes": 0,
        "refused": 1,
        "gone": 1,
        "to_delete": 0,
        "unreferenced": 0,
    }
    assert document["files"][0] | {"asset_id": ""} == {
        "path": VIDEO,
        "size": 10,
        "from": None,
        "action": "changed",
        "reason": "",
        "refused": True,
        "dandi_etag": None,
        "zarr_checksum": None,
        "sha256": None,
        "asset_id": "",
    }
    assert document["refused"][0]["reason"] == "its video is gone"
