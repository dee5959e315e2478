"""Make assets of bytes that have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import ArchiveError
from posecheck.archive.resources import RemoteAsset
from posecheck.archive.responses import quote_response
from posecheck.upload.collect.digests import check_unchanged
from posecheck.upload.plan.conflicts import folders_of
from posecheck.upload.plan.files import PlannedAsset


class AssetWriter:
    """Creates and replaces the assets of a dandiset's draft, from any thread.

    Parameters
    ----------
    archive
        The archive.
    dandiset
        The identifier.
    """

    def __init__(self, archive: ArchiveClient, dandiset: str) -> None:
        self._archive = archive
        self._dandiset = dandiset

    def assign(self, asset: PlannedAsset, blob: str, metadata: Mapping[str, Any]) -> str:
        """Make a blob the content of a path, and return the asset's id.

        Parameters
        ----------
        asset
            The file, and what the archive holds under its path.
        blob
            The id of its bytes.
        metadata
            The asset's metadata.

        Raises
        ------
        ChangedError
            If the file changed since it was sent.
        AccessError
            If the user may not change the dandiset.
        ArchiveError
            If the archive refuses it.
        """
        check_unchanged(asset.local)
        body = {"metadata": dict(metadata), "blob_id": blob}
        base = f"/dandisets/{self._dandiset}/versions/draft/assets/"
        replaced = asset.remote
        while True:
            if replaced is None:
                response = self._archive.request("POST", base, json=body, accept=(409,))
            else:
                url = f"{base}{quote(replaced.asset_id)}/"
                response = self._archive.request("PUT", url, json=body, accept=(404, 409))
            if response.ok:
                return response.json_object().text("asset_id")
            # An answer was lost, or somebody else wrote: the asset under the path shows which.
            there = self._look(asset.path)
            if there is not None and there.blob == blob:
                return there.asset_id
            if response.status_code == 409 or there is not None:
                break
            replaced = None  # what was to be replaced is gone
        hint = self._reason(asset.path, is_there=there is not None)
        raise ArchiveError(
            f"{asset.path}: {self._archive.name} does not accept it under this path "
            f"({response.status_code}: {quote_response(response)}). {hint}",
            status=response.status_code,
        )

    def _reason(self, path: str, *, is_there: bool) -> str:
        """Return why an asset is refused, and whether trying again may help."""
        if is_there:
            return "Somebody else may be changing the dandiset; run the same command again."
        delete = "Delete that there, or rename the file here; as it is, no attempt can pass."
        for folder in folders_of(path):
            if self._look(folder) is not None:
                return f"On the archive, {folder} is a file. {delete}"
        if self._archive.list_assets(self._dandiset, f"{path}/"):
            return f"On the archive, {path} is a folder. {delete}"
        return "The reason is the archive's; the same command may fail again."

    def _look(self, path: str) -> RemoteAsset | None:
        return self._archive.list_assets(self._dandiset, path).get(path)
