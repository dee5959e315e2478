"""Delete on the archive what is not on this disk, once everything else has arrived."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import ArchiveError
from posecheck.upload.plan.upload_plan import UploadPlan


def delete_gone(archive: ArchiveClient, plan: UploadPlan) -> tuple[tuple[str, ...], str]:
    """Delete the assets that a plan names, as far as they are what they were.

    An asset that was replaced since has another id, and stays; so does one whose file is back.

    Parameters
    ----------
    archive
        The archive.
    plan
        The plan; see `UploadPlan.to_delete`.

    Returns
    -------
    tuple
        The paths that were deleted, and what went wrong, as a sentence.
    """
    dandiset = plan.destination.identifier
    base = f"/dandisets/{dandiset}/versions/draft/assets/"
    deleted = []
    for asset in plan.to_delete:
        if os.path.lexists(Path(plan.root, asset.path)):
            continue
        try:
            answer = archive.request("DELETE", f"{base}{quote(asset.asset_id)}/", accept=(404,))
            # An earlier answer may be lost: then the listing shows whether the asset is gone.
            if answer.ok or asset.path not in archive.list_assets(dandiset, asset.path):
                deleted.append(asset.path)
        except ArchiveError as error:
            return tuple(deleted), f"not everything was deleted that is not on this disk: {error}"
    return tuple(deleted), ""
