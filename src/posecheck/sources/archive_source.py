"""An asset of the DANDI Archive: its bytes from the storage, what lies around it from a listing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlsplit

from posecheck.archive.asset_index import AssetIndex
from posecheck.archive.dandi_address import DandiAddress
from posecheck.archive.listing import Listing
from posecheck.archive.resources import RemoteAsset
from posecheck.model.stamp import Stamp
from posecheck.sources import http_ranges
from posecheck.sources.archive_surroundings import ArchiveSurroundings
from posecheck.sources.ranged_file import NotThereError, RangeReader, SourceError
from posecheck.sources.remote_access import DEFAULT_ACCESS, Authorization, RemoteAccess
from posecheck.sources.remote_source import RemoteSource
from posecheck.sources.source import FileKind, FileStatus, Surroundings
from posecheck.sources.unknown_surroundings import UnknownSurroundings


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
            asset=asset,
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
    asset
        What the listing says of it.
    """

    version: ListedVersion
    asset: RemoteAsset
    is_on_archive: ClassVar[bool] = True

    @property
    def asset_path(self) -> str:
        """Its path in the dandiset."""
        return self.asset.path

    @property
    def address_path(self) -> str:
        """The asset's path: the address of its bytes says nothing of it."""
        return self.asset_path

    def status(self) -> FileStatus:
        """Return what the listing says: the bytes of an asset never change, only which it has.

        Raises
        ------
        SourceError
            If the listing has no such asset.
        """
        asset = self.asset
        if not asset.asset_id:
            raise NotThereError(f"{self.display_path} is no asset")
        kind = FileKind.STORE if asset.zarr else FileKind.FILE
        identity = asset.blob or asset.asset_id
        stamp = Stamp(size=asset.size, modified_ns=0, identity=identity)
        return FileStatus(kind=kind, stamp=stamp)

    def is_store(self) -> bool:
        """Whether it is a Zarr asset."""
        return bool(self.asset.zarr)

    def member(self, name: str) -> RemoteSource:
        """Return a member of a Zarr asset."""
        address = f"{self.version.listing.api}/zarr/{self.asset.zarr}/files/"
        query = f"prefix={quote(name, safe='')}&download=true"
        return RemoteSource(
            f"{address}?{query}", self.display_path, self.access, self.authorization
        )

    def open(self) -> io.RawIOBase:
        """Open it.

        Raises
        ------
        SourceError
            If that fails, or its storage has more or less than the archive lists.
        """
        file = RemoteSource.open(self)
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size != self.asset.size:
            file.close()
            raise SourceError(
                f"the archive lists {self.asset.size:,} bytes, and its storage has {size:,}"
            )
        return file

    def open_ranges(self, first: int) -> RangeReader:
        """Return what reads ranges of it, of which the first bytes are fetched at once.

        Parameters
        ----------
        first
            How many bytes.

        Raises
        ------
        SourceError
            If that fails, or its storage sends no ranges.
        """
        return http_ranges.open_ranges(self.address, self.authorization, self.access, first=first)

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return the version around it; of an asset alone nobody knows which one that is."""
        if not self.version.listing.dandiset:
            return UnknownSurroundings(self.asset_path, self)
        return ArchiveSurroundings(self.version.index, self.asset_path, self.version.source_of)
