"""What an archive holds, as it lists it: dandisets, assets and unfinished uploads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAsset:
    """An asset as the archive lists it.

    Attributes
    ----------
    etag, sha256
        Empty where the archive names none, or was not asked for metadata; it computes the latter
        some time after the upload. Of a Zarr, the former is its Zarr checksum.
    blob
        The id of its bytes; empty for a Zarr. Equal bytes have one id.
    zarr
        The id of the Zarr; empty for a file.
    modified
        When the uploaded file had last been changed, if the archive was asked for metadata.
    """

    path: str
    asset_id: str
    size: int
    etag: str = ""
    sha256: str = ""
    blob: str = ""
    zarr: str = ""
    modified: datetime | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether it is a Zarr of which the archive has no checksum, if it was asked for one."""
        return bool(self.zarr) and not self.etag


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteUpload:
    """An upload that was begun and is not finished.

    Attributes
    ----------
    upload_id
        The archive's name for it.
    size
        In bytes.
    created
        When it was begun.
    """

    upload_id: str
    size: int
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteDandiset:
    """A dandiset on an archive.

    Attributes
    ----------
    requested_instance
        The archive as the user names it.
    instance
        The archive's name, or its host where it has none.
    api
        The address of the archive's API.
    identifier
        Six digits.
    embargoed
        Whether only its owners may see it.
    unembargoing
        Whether its embargo is being lifted right now; then it takes no files.
    web
        The address of the archive's web pages; empty if it has none.
    published
        The number of the newest published version; empty if none is published.
    """

    requested_instance: str
    instance: str
    api: str
    identifier: str
    embargoed: bool = False
    unembargoing: bool = False
    web: str = ""
    published: str = ""

    @property
    def page(self) -> str:
        """The address of the dandiset's web page; empty if it has none."""
        return f"{self.web}/dandiset/{self.identifier}/draft" if self.web else ""
