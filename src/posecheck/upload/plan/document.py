"""A plan as plain values, for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from posecheck.upload.plan.configuration import ChecksConfiguration
from posecheck.upload.plan.files import Digests, LocalFile, PlannedAsset
from posecheck.upload.plan.recordings import AllowedFinding, Refusal
from posecheck.upload.plan.upload_plan import UploadPlan


def document_of(plan: UploadPlan) -> dict[str, Any]:
    """Return a plan as a document; every path is one in the dandiset but those named ``file``."""
    held = {asset.path for asset in plan.held}
    return {
        "destination": {
            "instance": plan.destination.instance,
            "api": plan.destination.api,
            "dandiset": plan.destination.identifier,
            "embargoed": plan.destination.embargoed,
            "page": plan.destination.page or None,
        },
        "existing": plan.existing,
        "linked_from": plan.linked_from,
        "summary": {
            "to_send": len(plan.to_send),
            "bytes": plan.bytes_to_send,
            "refused": len(plan.refused),
            "gone": len(plan.gone),
            "to_delete": len(plan.to_delete),
            "unreferenced": len(plan.unreferenced),
        },
        "files": [_asset(asset, refused=asset.path not in held) for asset in plan.assets],
        "recordings": [
            {
                "path": recording.path,
                "file": recording.display_path,
                "media": recording.media,
                "archived": list(dict.fromkeys(each.path for each in recording.archived)),
                "left_out": [
                    {"location": each.location, "entry": each.entry, "reference": each.path}
                    for each in recording.left_out
                ],
                "external": [
                    {"location": each.location, "entry": each.entry, "url": each.url}
                    for each in recording.external
                ],
            }
            for recording in plan.recordings
        ],
        "refused": refusals_of(plan.refusals),
        "gone": [asset.path for asset in plan.gone],
        "to_delete": [asset.path for asset in plan.to_delete],
        "unreferenced": plan.unreferenced,
        **allowed_of(plan.allowed, plan.because),
        "configuration": configuration_of(plan.configuration),
        "notes": plan.notes,
    }


def refusals_of(refusals: Iterable[Refusal]) -> list[dict[str, Any]]:
    """Return refusals as a list of objects."""
    return [
        {
            "file": refusal.display_path,
            "path": refusal.path,
            "code": refusal.code,
            "reason": refusal.reason,
            "remedy": refusal.remedy,
        }
        for refusal in refusals
    ]


def allowed_of(allowed: Iterable[AllowedFinding], because: str) -> dict[str, Any]:
    """Return what was allowed, and why, as parts of an object."""
    return {
        "allowed": [
            {
                "path": finding.path,
                "code": finding.code,
                "location": finding.location,
                "message": finding.message,
                "severity": finding.severity,
            }
            for finding in allowed
        ],
        "because": because,
    }


def configuration_of(configuration: ChecksConfiguration | None) -> dict[str, Any] | None:
    """Return what a configuration changes of the checks as an object."""
    if configuration is None:
        return None
    return {
        "file": configuration.file,
        "ignored": [
            {"code": each.code, "reason": each.reason, "files": each.files or None}
            for each in configuration.ignored
        ],
        "choices": dict(configuration.choices),
        "left_out": configuration.left_out,
    }


def checksums_of(file: LocalFile, digests: Digests | None) -> dict[str, str | None]:
    """Return the checksums of a file as parts of an object; a Zarr store has one of its own."""
    archives = digests.etag if digests else None
    return {
        "dandi_etag": None if file.is_store else archives,
        "zarr_checksum": archives if file.is_store else None,
        "sha256": (digests.sha256 if digests else "") or None,
    }


def _asset(asset: PlannedAsset, *, refused: bool) -> dict[str, Any]:
    return {
        "path": asset.path,
        "size": asset.local.size,
        "from": asset.local.origin or None,
        "action": asset.action,
        "reason": asset.reason,
        "refused": refused,
        **checksums_of(asset.local, asset.digests),
        "asset_id": asset.remote.asset_id if asset.remote else None,
    }
