"""What an archive keeps records of: users, dandisets, versions, assets, blobs, Zarrs, uploads."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Status = Literal["Pending", "Valid", "Invalid", "Published"]
ZarrStatus = Literal["Pending", "Uploaded", "Ingesting", "Complete"]
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
class ZarrArchive:
    """A folder of files in the store, which belongs to one dandiset.

    Attributes
    ----------
    name
        The path for which it was made: another asset may hold it later.
    checksum, file_count, size
        What the archive has computed of all files; nothing, until it has.
    due
        When the archive gets round to computing them, on the monotonic clock.
    """

    name: str
    dandiset: str
    zarr_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    checksum: str | None = None
    file_count: int = 0
    size: int = 0
    status: ZarrStatus = "Pending"
    due: float = 0.0

    def key(self, path: str = "") -> str:
        """Return the key of one of its files in the store; of none, what all keys begin with."""
        return f"zarr/{self.zarr_id}/{path}"

    def mark_pending(self) -> None:
        """Forget what was computed: a file may have changed."""
        self.checksum, self.file_count, self.size, self.status = None, 0, 0, "Pending"


Content = Blob | ZarrArchive
"""What the bytes of an asset are."""


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
    content: Content
    metadata: Mapping[str, Any]
    dandiset: str
    asset_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    status: Status = "Pending"
    problems: list[Problem] = field(default_factory=list)
    due: float = 0.0

    @property
    def blob(self) -> Blob:
        """The asset's blob, where it is none of a Zarr."""
        assert isinstance(self.content, Blob)
        return self.content

    @property
    def zarr(self) -> ZarrArchive:
        """The asset's Zarr, where it is none of a blob."""
        assert isinstance(self.content, ZarrArchive)
        return self.content

    @property
    def has_digest(self) -> bool:
        """Whether the archive has computed the digest without which it checks no asset."""
        content = self.content
        known = content.sha256 if isinstance(content, Blob) else content.checksum
        return known is not None


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
        return sum(asset.content.size for asset in self.assets.values())


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
