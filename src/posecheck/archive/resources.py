"""What an archive holds, as it says so: dandisets, assets and unfinished uploads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAsset:
    """An asset as the archive lists it.

    Attributes
    ----------
    etag, sha256
        Empty where the archive names none; it computes the latter some time after the upload.
    blob
        The id of its bytes; empty for a Zarr.
    modified
        When the file that was uploaded had last been changed.
    """

    path: str
    asset_id: str
    size: int
    etag: str = ""
    sha256: str = ""
    blob: str = ""
    modified: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteUpload:
    """An upload that the archive has begun and that nobody has finished.

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
class Destination:
    """Where an upload goes.

    Attributes
    ----------
    asked
        The archive as the user names it.
    instance
        Its name, or its host where it has none.
    api
        The address of its interface.
    dandiset
        The identifier: six digits.
    embargoed
        Whether nobody but its owners may see it yet.
    web
        The address of the archive's pages; empty if it has none.
    """

    asked: str
    instance: str
    api: str
    dandiset: str
    embargoed: bool = False
    web: str = ""

    @property
    def page(self) -> str:
        """The address of the dandiset's own page; empty if it has none."""
        return f"{self.web}/dandiset/{self.dandiset}/draft" if self.web else ""
