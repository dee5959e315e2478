"""What a plan to organize does to files: videos and images first, then the NWB files."""

from __future__ import annotations

import json

from posecheck.dandi_layout.markers import DANDISET_FILE
from posecheck.model.errors import Argument
from posecheck.model.storage_format import StorageFormat
from posecheck.organize.plan.document import from_document, to_document
from posecheck.organize.plan.values import (
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.transaction.operation import Operation
from posecheck.transaction.steps import ChangeSet, PlaceFile, Remux, TransferMode, WriteFile


def change_set_of(plan: OrganizePlan) -> ChangeSet:
    """Return what a plan does."""
    new_files: tuple[WriteFile, ...] = ()
    if plan.new_identifier is not None:
        content = _describe_dandiset(plan.new_identifier)
        new_files = (WriteFile(target=(DANDISET_FILE,), content=content),)
    return ChangeSet(
        root=plan.dandiset,
        new_files=new_files,
        phases=(tuple(map(_media, plan.media)), tuple(map(_recording, plan.recordings))),
    )


def save_plan(plan: OrganizePlan) -> bytes:
    """Return a plan as the journal keeps it."""
    return json.dumps(to_document(plan), indent=1, ensure_ascii=True).encode("ascii")


def _read_plan(content: bytes) -> ChangeSet:
    return change_set_of(from_document(json.loads(content)))


ORGANIZE = Operation(
    name="organize",
    participle="organizing",
    auto_mode=Argument("videos", "auto"),
    copy_modes=(Argument("files", "copy"), Argument("videos", "copy")),
    read_plan=_read_plan,
)
"""The operation whose runs these are."""


def _media(planned: PlannedMedia) -> PlaceFile:
    return PlaceFile(
        source=planned.source,
        stamp=planned.stamp,
        target=planned.target,
        mode=planned.mode,
        annexed=planned.annexed,
        remux=Remux(rate=planned.rate) if planned.remux else None,
    )


def _recording(planned: PlannedRecording) -> PlaceFile:
    return PlaceFile(
        source=planned.source,
        stamp=planned.stamp,
        target=planned.target,
        mode=TransferMode.MOVE if planned.mode is FileMode.MOVE else TransferMode.COPY,
        is_hdf5=planned.storage is StorageFormat.HDF5,
        is_zarr=planned.storage is StorageFormat.ZARR,
        changes=planned.rewrites,
    )


def _describe_dandiset(identifier: str) -> bytes:
    """Return a minimal ``dandiset.yaml``, with the three fields that dandi asks for.

    See `dandi.files.bases`, ``_required_dandiset_metadata_fields``.
    """
    full = identifier if ":" in identifier else f"DANDI:{identifier}"
    lines = (
        f"identifier: {json.dumps(full)}",
        f"name: {json.dumps(f'Dandiset {full}')}",
        "description: Not described yet.",
    )
    return ("\n".join(lines) + "\n").encode("utf-8")
