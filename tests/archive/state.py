"""What an archive knows: users, dandisets, versions, assets, blobs, uploads in progress."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Status = Literal["Pending", "Valid", "Invalid", "Published"]
Problem = dict[str, str]

DRAFT = "draft"


def now() -> datetime:
    """Return the time, as the archive writes it down."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class User:
    """Someone with an account; a pending one has not been approved, an admin may do everything."""

    username: str
    first_name: str
    last_name: str
    token: str = field(default_factory=lambda: secrets.token_hex(20))
    pending: bool = False
    admin: bool = False


@dataclass(slots=True, kw_only=True)
class Blob:
    """Bytes in the store, under one digest, however many assets are made of them."""

    blob_id: str
    key: str
    etag: str
    size: int
    sha256: str | None = None
    embargoed: bool = False
    due: float = 0.0


@dataclass(slots=True, kw_only=True)
class Upload:
    """A blob on its way."""

    upload_id: str
    key: str
    multipart: str
    etag: str
    size: int
    dandiset: str
    embargoed: bool = False
    created: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Asset:
    """A path in a version, and what is said of it.

    Attributes
    ----------
    metadata
        As the client gave it, without what the archive itself computes.
    due
        When the archive gets round to checking it, on the monotonic clock.
    """

    path: str
    blob: Blob
    metadata: Mapping[str, Any]
    dandiset: str
    asset_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    status: Status = "Pending"
    problems: list[Problem] = field(default_factory=list)
    due: float = 0.0


@dataclass(slots=True, kw_only=True)
class Version:
    """The draft of a dandiset, or what was published of it."""

    version: str
    name: str
    metadata: Mapping[str, Any]
    assets: dict[str, Asset] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(
        default_factory=lambda: {
            "schemaKey": "AssetsSummary",
            "numberOfBytes": 0,
            "numberOfFiles": 0,
        }
    )
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    status: Status = "Pending"
    problems: list[Problem] = field(default_factory=list)
    due: float = 0.0

    def find(self, asset_id: str) -> Asset | None:
        """Return an asset by its id."""
        return next((each for each in self.assets.values() if each.asset_id == asset_id), None)

    @property
    def size(self) -> int:
        """The bytes of all assets."""
        return sum(asset.blob.size for asset in self.assets.values())


@dataclass(slots=True, kw_only=True)
class Dandiset:
    """A dandiset with its draft and what was published."""

    identifier: str
    owners: list[User]
    draft: Version
    embargoed_until: str | None = None
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    published: list[Version] = field(default_factory=list)

    @property
    def embargoed(self) -> bool:
        """Whether only its owners may look."""
        return self.embargoed_until is not None

    @property
    def contact(self) -> str:
        """The name of its first owner, as metadata spells it."""
        return f"{self.owners[0].last_name}, {self.owners[0].first_name}"

    def is_owned_by(self, user: User | None) -> bool:
        """Return whether a user may change it: its owners and the archive's admins may."""
        return user is not None and (user.admin or user in self.owners)

    def version(self, name: str) -> Version | None:
        """Return a version by its name."""
        return next((each for each in (self.draft, *self.published) if each.version == name), None)


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

    def due(self) -> float:
        """Return when work that begins to wait now is due."""
        return time.monotonic() + self.settle

    def hurry(self) -> None:
        """Let everything that waits be due."""
        for blob in self.blobs.values():
            blob.due = 0.0
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
            asset.blob.embargoed = False
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
        self, dandiset: Dandiset, path: str, blob: Blob, metadata: Mapping[str, Any]
    ) -> Asset:
        """Set a path of the draft to a new asset; in an open dandiset its bytes become open."""
        if not dandiset.embargoed:
            blob.embargoed = False
        asset = Asset(
            path=path,
            blob=blob,
            metadata=metadata,
            dandiset=dandiset.identifier,
            due=max(self.due(), blob.due),
        )
        dandiset.draft.assets[path] = self.assets[asset.asset_id] = asset
        self.touch(dandiset)
        return asset

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
