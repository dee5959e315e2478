"""Values to plan with, built short."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from posecheck.archive.resources import RemoteAsset, RemoteDandiset
from posecheck.model.asset import Pointer
from posecheck.model.external_file import ExternalFile, Target, TargetState
from posecheck.model.reference import parse_reference
from posecheck.upload.plan.closure import Candidate
from posecheck.upload.plan.files import Action, Digests, LocalFile, PlannedAsset
from posecheck.upload.plan.obstacles import Mention
from posecheck.upload.plan.recordings import PlannedRecording
from posecheck.upload.plan.upload_plan import UploadPlan

NWB = "sub-01/sub-01_ses-1_behavior.nwb"
VIDEO = "sub-01/sub-01_ses-1_behavior/camera.mp4"
_IN_THE_DANDISET = (TargetState.PRESENT, TargetState.MISSING, TargetState.NOT_FETCHED)
SUFFIXES = (".mp4", ".avi", ".png")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def local(path: str = VIDEO, size: int = 10, modified: datetime = NOON) -> LocalFile:
    nanoseconds = int(modified.timestamp()) * 1_000_000_000
    return LocalFile(path=path, location=f"/data/{path}", size=size, modified_ns=nanoseconds)


def digests(content: str = "a") -> Digests:
    return Digests(etag=f"{content * 32}-1", sha256=content * 64, parts=(content * 32,))


def remote(path: str = VIDEO, size: int = 10, content: str = "a", **more: Any) -> RemoteAsset:
    return RemoteAsset(
        path=path,
        asset_id=f"id-of-{path}",
        size=size,
        etag=f"{content * 32}-1",
        blob="blob",
        **{"modified": NOON, **more},
    )


def mention(
    text: str, state: TargetState = TargetState.PRESENT, *, size: int = 10, **more: Any
) -> Mention:
    """A reference of a file in ``sub-01/``."""
    reference = parse_reference(text)
    path = ("sub-01", *reference.parts) if state in _IN_THE_DANDISET else ()
    target = Target(state=state, path=path, size=size, in_bids=bool(more.pop("in_bids", False)))
    file = ExternalFile(index=0, reference=reference, target=target)
    return Mention(location="/acquisition/camera", entry="external_file[0]", file=file, **more)


def candidate(*mentions: Mention, **more: Any) -> Candidate:
    return Candidate(path=NWB, display_path=NWB, mentions=mentions, **more)


def planned(*assets: PlannedAsset, **more: Any) -> UploadPlan:
    """A plan of one recording with its video, both new, unless other assets are given."""
    default = (
        PlannedAsset(local=local(NWB), action=Action.NEW),
        PlannedAsset(local=local(VIDEO), action=Action.NEW),
    )
    recording = PlannedRecording(
        path=NWB,
        display_path=NWB,
        pointers=(Pointer(location="/acquisition/camera", entry="external_file[0]", path=VIDEO),),
    )
    return UploadPlan(
        destination=RemoteDandiset(
            requested_instance="x", instance="x", api="http://x/api", identifier="000001"
        ),
        root="/data",
        assets=assets or default,
        **{"recordings": (recording,), **more},
    )
