"""An asset of the DANDI Archive: its bytes from the storage, what lies around it from a listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from posecheck.archive.asset_index import AssetIndex
from posecheck.archive.dandi_address import DandiAddress
from posecheck.archive.listing import Listing
from posecheck.archive.resources import RemoteAsset
from posecheck.model.stamp import Stamp
from posecheck.sources.archive_surroundings import ArchiveSurroundings, UnknownSurroundings
from posecheck.sources.remote_access import DEFAULT_ACCESS, Authorization, RemoteAccess
from posecheck.sources.remote_source import RemoteSource
from posecheck.sources.source import FileKind, FileStatus, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVersion:
    """A version of a dandiset that was listed; a small value that can be sent to a worker.

    Attributes
    ----------
    listing
        What it is of; without the assets, which the index has.
    index
        What it holds.
    access
        What the user allows of files elsewhere.
    """

    listing: Listing
    index: AssetIndex
    access: RemoteAccess = DEFAULT_ACCESS

    @classmethod
    def of(cls, listing: Listing, access: RemoteAccess = DEFAULT_ACCESS) -> ListedVersion:
        """Return the version that was listed, its assets in an index."""
        index = AssetIndex.write(listing.assets)
        return cls(listing=replace(listing, assets=()), index=index, access=access)

    def source_of(self, asset: RemoteAsset) -> ArchiveSource:
        """Return the source of an asset."""
        listing = self.listing
        address = listing.download_url(asset)
        authorization = None
        if listing.token:
            host = urlsplit(address).netloc.lower()
            authorization = Authorization(host, f"token {listing.token}")
        return ArchiveSource(
            address,
            listing.address_of(asset),
            self.access,
            authorization,
            version=self,
            asset_path=asset.path,
            is_zarr=bool(asset.zarr),
        )

    def select(self, address: DandiAddress) -> tuple[ArchiveSource, ...]:
        """Return the sources of the assets that an address selects, in the order of their paths."""
        return tuple(self.source_of(asset) for asset in self.index if address.selects(asset))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSource(RemoteSource):
    """An asset of a listed version.

    Attributes
    ----------
    version
        The version of the dandiset that holds it.
    asset_path
        Its path there.
    is_zarr
        Whether it is a Zarr, which has no bytes of its own.
    """

    version: ListedVersion
    asset_path: str
    is_zarr: bool = False
    is_on_archive: ClassVar[bool] = True

    @property
    def address_path(self) -> str:
        """The asset's path: the address of its bytes says nothing of it."""
        return self.asset_path

    def status(self) -> FileStatus:
        """Ask for it; of a Zarr nobody is asked.

        Raises
        ------
        SourceError
            If nothing is there, or nobody says.
        """
        if self.is_zarr:
            return FileStatus(kind=FileKind.FOLDER, stamp=Stamp(size=0, modified_ns=0, identity=""))
        return RemoteSource.status(self)

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return the version around it; of an asset alone nobody knows which one that is."""
        if not self.version.listing.dandiset:
            return UnknownSurroundings(self.asset_path, self)
        return ArchiveSurroundings(self.version.index, self.asset_path, self.version.source_of)
