"""What an archive knows, as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.archive.records import (
    DRAFT,
    Asset,
    Blob,
    Content,
    Dandiset,
    Upload,
    User,
    Version,
    ZarrArchive,
    now,
)


class State:
    """All that is known, in memory. Whoever changes it, or looks twice, holds its lock.

    Attributes
    ----------
    settle
        Seconds after a change until the archive's own work on it (checksum, validation) is due.
    """

    def __init__(self, settle: float) -> None:
        self.settle = settle
        self.owner = User(username="admin@nil.nil", first_name="Super", last_name="User")
        self.other = User(username="other@nil.nil", first_name="Some", last_name="Other")
        self.pending = User(
            username="new@nil.nil", first_name="Some", last_name="New", pending=True
        )
        self.admin = User(username="root@nil.nil", first_name="Some", last_name="Admin", admin=True)
        everybody = (self.owner, self.other, self.pending, self.admin)
        self.users = {each.token: each for each in everybody}
        self.dandisets: dict[str, Dandiset] = {}
        self.assets: dict[str, Asset] = {}
        self.blobs: dict[str, Blob] = {}
        self.etags: dict[str, Blob] = {}
        self.uploads: dict[str, Upload] = {}
        self.zarrs: dict[str, ZarrArchive] = {}

    def due(self) -> float:
        """Return when work that begins to wait now is due."""
        return time.monotonic() + self.settle

    def hurry(self) -> None:
        """Let everything that waits be due."""
        for blob in self.blobs.values():
            blob.due = 0.0
        for zarr in self.zarrs.values():
            zarr.due = 0.0
        for dandiset in self.dandisets.values():
            dandiset.draft.due = 0.0
            for asset in dandiset.draft.assets.values():
                asset.due = 0.0

    def create_dandiset(
        self, owner: User, name: str, metadata: Mapping[str, Any], *, embargoed: bool
    ) -> Dandiset:
        """Create an empty dandiset under the next free number."""
        identifier = f"{len(self.dandisets) + 1:06}"
        draft = Version(version=DRAFT, name=name, metadata=dict(metadata), due=self.due())
        until = (now() + timedelta(days=730)).date().isoformat() if embargoed else None
        dandiset = Dandiset(
            identifier=identifier, owners=[owner], draft=draft, embargoed_until=until
        )
        self.dandisets[identifier] = dandiset
        return dandiset

    def open(self, dandiset: Dandiset) -> None:
        """End the embargo of a dandiset and of the bytes in it."""
        dandiset.embargoed_until = None
        for asset in dandiset.draft.assets.values():
            if isinstance(asset.content, Blob):
                asset.content.embargoed = False
        self.touch(dandiset)

    def add_blob(self, upload: Upload, etag: str) -> Blob:
        """Turn an upload that has arrived into a blob."""
        blob = Blob(
            blob_id=upload.upload_id,
            key=upload.key,
            etag=etag,
            size=upload.size,
            embargoed=upload.embargoed,
            due=self.due(),
        )
        self.blobs[blob.blob_id] = self.etags[etag] = blob
        del self.uploads[upload.upload_id]
        return blob

    def put_asset(
        self, dandiset: Dandiset, path: str, content: Content, metadata: Mapping[str, Any]
    ) -> Asset:
        """Set a path of the draft to a new asset; in an open dandiset its bytes become open."""
        if isinstance(content, Blob) and not dandiset.embargoed:
            content.embargoed = False
        asset = Asset(
            path=path,
            content=content,
            metadata=metadata,
            dandiset=dandiset.identifier,
            due=max(self.due(), content.due),
        )
        dandiset.draft.assets[path] = self.assets[asset.asset_id] = asset
        self.touch(dandiset)
        return asset

    def is_embargoed(self, content: Content) -> bool:
        """Return whether only owners may look: a Zarr is under embargo as its dandiset is."""
        if isinstance(content, Blob):
            return content.embargoed
        return self.dandisets[content.dandiset].embargoed

    def finish_zarr(self, zarr: ZarrArchive, checksum: str, file_count: int, size: int) -> None:
        """Note what was computed of a Zarr, and have its assets checked again."""
        zarr.checksum, zarr.file_count, zarr.size = checksum, file_count, size
        zarr.status = "Complete"
        dandiset = self.dandisets[zarr.dandiset]
        for asset in dandiset.draft.assets.values():
            if asset.content is zarr:
                asset.status, asset.modified, asset.due = "Pending", now(), self.due()
        self.touch(dandiset)

    def drop_asset(self, dandiset: Dandiset, asset: Asset) -> None:
        """Take a path out of the draft."""
        del dandiset.draft.assets[asset.path]
        self.touch(dandiset)

    def uploads_into(self, dandiset: Dandiset) -> list[Upload]:
        """Return what is on its way into a dandiset, the oldest first."""
        found = (each for each in self.uploads.values() if each.dandiset == dandiset.identifier)
        return sorted(found, key=lambda upload: upload.created)

    def touch(self, dandiset: Dandiset) -> None:
        """Note that the draft has changed and wants to be checked again."""
        draft = dandiset.draft
        draft.status, draft.modified, draft.due = "Pending", now(), self.due()

    def conflicts(self, draft: Version, path: str, but: Asset | None = None) -> list[str]:
        """Return the assets that are a folder of a path, or lie below it as a folder."""
        parents = {path[:index] for index, letter in enumerate(path) if letter == "/"}
        return sorted(
            each
            for each, asset in draft.assets.items()
            if asset is not but and (each in parents or each.startswith(f"{path}/"))
        )

    def publish(self, dandiset: Dandiset) -> Version:
        """Freeze the draft under a number made of the time."""
        at = now()
        number = f"0.{at:%y%m%d}.{at:%H%M}"
        draft = dandiset.draft
        version = Version(
            version=number,
            name=draft.name,
            metadata=draft.metadata,
            assets=dict(draft.assets),
            summary=draft.summary,
            status="Valid",
        )
        _modify(draft.assets.values(), at)
        draft.status, draft.modified = "Published", at
        dandiset.published.append(version)
        return version


def _modify(assets: Iterable[Asset], at: datetime) -> None:
    for asset in assets:
        asset.modified = at
