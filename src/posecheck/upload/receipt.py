"""What was uploaded, as a file to keep: the proof for later.

A receipt holds nothing secret: no token, no signed address, and of this machine nothing but paths
in the dandiset, and where a link leads for which a recording was refused.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from posecheck.archive.resources import RemoteAsset
from posecheck.files.folders import is_real_folder
from posecheck.model.errors import Argument, UsageError
from posecheck.model.version import __version__
from posecheck.upload.outcomes import Outcome, UploadReport
from posecheck.upload.plan.document import (
    allowed_of,
    checksums_of,
    configuration_of,
    refusals_of,
)
from posecheck.upload.plan.files import Digests, PlannedAsset
from posecheck.upload.plan.upload_plan import UploadPlan

FORMAT = 1
"""Raised when a field changes its meaning."""

_FOLDER = (".posecheck", "uploads")


def receipt_of(report: UploadReport) -> dict[str, Any]:
    """Return what a receipt says of an upload."""
    plan = report.plan
    outcomes = {outcome.path: outcome for outcome in report.outcomes}
    return {
        **head_of(plan, report.began),
        "seconds": round(report.seconds, 3),
        "interrupted": report.interrupted,
        "left_open": report.left_open,
        "deleted": list(report.deleted),
        "stopped_by": report.stopped_by,
        "verified": report.verified,
        "complete": report.is_complete,
        "files": [
            file_of(
                asset,
                outcomes.get(asset.path),
                report.remote.get(asset.path),
                report.digests.get(asset.path),
            )
            for asset in plan.held
        ],
        "discrepancies": [
            {
                "path": each.path,
                "code": each.code,
                "kind": each.name,
                "reason": each.reason,
            }
            for each in report.discrepancies
        ],
        "archive_errors": [{"path": path, "error": error} for path, error in report.archive_errors],
        "unanswered": list(report.unanswered),
    }


def head_of(plan: UploadPlan, began: datetime) -> dict[str, Any]:
    """Return what a receipt says before anything is sent."""
    return {
        "receipt": FORMAT,
        "posecheck": __version__,
        "dandi": version("dandi"),
        "instance": plan.destination.instance,
        "api": plan.destination.api,
        "dandiset": plan.destination.identifier,
        "version": "draft",
        "began": _stamp(began),
        "notes": list(plan.notes),
        "refused": refusals_of(plan.refusals),
        **allowed_of(plan.allowed, plan.because),
        "configuration": configuration_of(plan.configuration),
    }


def file_of(
    asset: PlannedAsset,
    outcome: Outcome | None,
    there: RemoteAsset | None = None,
    digests: Digests | None = None,
) -> dict[str, Any]:
    """Return what a receipt says of one file.

    Parameters
    ----------
    asset
        The file as it was planned.
    outcome
        What became of it, if it was to be sent.
    there
        What the archive lists afterwards.
    digests
        Its checksums, if they are known apart from these.
    """
    there = there or asset.remote
    digests = digests or (outcome.digests if outcome is not None else None) or asset.digests
    arrived = outcome is not None and outcome.arrived
    return {
        "path": asset.path,
        "size": asset.local.size,
        "modified": _stamp(asset.local.modified),
        **checksums_of(asset.local, digests),
        "asset_id": (outcome.asset_id if outcome and arrived else None)
        or (there.asset_id if there else None),
        "blob": (outcome.blob if outcome and arrived else "")
        or (there.blob if there else "")
        or None,
        "zarr": (outcome.zarr if outcome and arrived else "")
        or (there.zarr if there else "")
        or None,
        "action": asset.action.value,
        "outcome": outcome.status.value if outcome else None,
        "ended": _stamp(outcome.ended) if outcome and arrived else None,
        "reason": outcome.reason if outcome else asset.reason,
    }


def default_place(root: Path, began: datetime) -> Path:
    """Return where a receipt goes by default: a hidden folder is never uploaded."""
    name = began.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ.json")
    return root.joinpath(*_FOLDER, name)


def check_default_place(root: Path) -> None:
    """Refuse to write a receipt through a link, before anything is sent.

    Raises
    ------
    UsageError
        If a folder on the way to the default place is something else than a folder.
    """
    folder = root
    for name in _FOLDER:
        folder /= name
        if os.path.lexists(folder) and not is_real_folder(folder):
            raise UsageError(
                f"{folder} is no folder of its own, and no receipt is written through it; move it "
                "away, or name a place with ",
                Argument("receipt"),
            )


def write_receipt(report: UploadReport, path: Path) -> None:
    """Write a receipt in one step, and never over another file.

    Raises
    ------
    UsageError
        If something lies there, or the system does not let it be written.
    """
    text = json.dumps(receipt_of(report), indent=2, allow_nan=False) + "\n"
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        _make_folder(path.parent)
        with beside.open("x", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _put(beside, path)
    except FileExistsError as error:
        raise UsageError(
            Argument("receipt"), f": {path} exists, and is left alone; name another"
        ) from error
    except OSError as error:
        raise UsageError(
            Argument("receipt"),
            f": {path} cannot be written: {error.strerror or error}",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, "its folder is a file", str(folder)) from None


def _put(beside: Path, path: Path) -> None:
    """Give a file its name unless the name is taken."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # A file system without hard links; Windows' rename refuses a taken name by itself.
        if os.path.lexists(path):
            raise FileExistsError(str(path)) from None
        beside.rename(path)


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
