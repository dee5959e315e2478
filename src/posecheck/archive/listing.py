"""All assets of one version of a dandiset, from one listing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from posecheck.archive.client import ArchiveClient, asset_from
from posecheck.archive.dandi_address import DandiAddress
from posecheck.archive.dandisets import look_up_dandiset
from posecheck.archive.errors import ArchiveError
from posecheck.archive.login import connect_to_archive
from posecheck.archive.resources import RemoteAsset, RemoteDandiset
from posecheck.archive.retry import RetryPolicy
from posecheck.model.errors import UsageError
from posecheck.model.progress import ProgressListener

DRAFT = "draft"
_REPORTED = 50
"""After how many assets a listener is told: as many as the smallest page has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a version of a dandiset holds.

    Attributes
    ----------
    instance
        The archive's name, or its host where it has none.
    api
        The address of its API.
    dandiset
        Six digits; empty for a single asset of which the address names no dandiset.
    version
        ``draft``, or the number of a published version.
    assets
        Its assets, in the archive's order.
    token
        What requests for the bytes must carry; empty where anybody may have them. It is never
        printed.
    """

    instance: str
    api: str
    dandiset: str
    version: str
    assets: tuple[RemoteAsset, ...]
    token: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """The address of the version, as `parse_dandi_address` reads it."""
        return f"dandi://{self.instance}/{self.dandiset}@{self.version}"

    def address_of(self, asset: RemoteAsset) -> str:
        """Return the address of an asset, as `parse_dandi_address` reads it."""
        return f"{self.address}/{asset.path}" if self.dandiset else self.download_url(asset)

    def download_url(self, asset: RemoteAsset) -> str:
        """Return the address of an asset's bytes, which redirects to where they are stored."""
        return f"{self.api}/assets/{asset.asset_id}/download/"


def list_version(
    address: DandiAddress, retry: RetryPolicy, progress: ProgressListener | None = None
) -> Listing:
    """List the version of the dandiset that an address names: one request for a thousand assets.

    Parameters
    ----------
    address
        What to list. Which of the assets it selects is for `DandiAddress.selects` to say: what an
        NWB file references may lie elsewhere in the version.
    retry
        How often a request is sent again.
    progress
        Receives how many assets were listed. How many there are is not known before the end.

    Raises
    ------
    UsageError
        If there is no such archive, dandiset, version or asset, or this user may not see it.
    ArchiveError
        If the archive does not answer as it should.
    """
    with closing(connect_to_archive(address.instance, retry, needs_token=False)) as archive:
        if not address.dandiset:
            return _single(archive, address)
        dandiset = look_up_dandiset(archive, address.dandiset)
        listing = listing_of(archive, dandiset, address.version)
        listener = progress or ProgressListener()
        listener.begin(f"Listing the assets of DANDI:{dandiset.identifier}")
        assets = []
        for asset in list_assets_of(archive, dandiset, listing.version):
            assets.append(asset)
            if len(assets) % _REPORTED == 0:
                listener.advance(_REPORTED)
        return replace(listing, assets=tuple(assets))


def listing_of(archive: ArchiveClient, dandiset: RemoteDandiset, version: str = "") -> Listing:
    """Return the listing of a version, still without assets, and without asking anybody.

    Parameters
    ----------
    archive
        The archive.
    dandiset
        What it says of the dandiset.
    version
        ``draft``, or a number; empty for the newest published one, and the draft where none is.
    """
    return Listing(
        instance=archive.name,
        api=archive.api,
        dandiset=dandiset.identifier,
        version=version or dandiset.published or DRAFT,
        assets=(),
        # Further servers and processes get to know a token only where it is needed.
        token=archive.token if dandiset.embargoed or dandiset.unembargoing else "",
    )


def list_assets_of(
    archive: ArchiveClient, dandiset: RemoteDandiset, version: str
) -> Iterator[RemoteAsset]:
    """Yield the assets of a version as their pages come; one may come twice.

    Raises
    ------
    UsageError
        If the dandiset has no such version, or this user may not see it.
    ArchiveError
        If the archive does not answer as it should.
    """
    try:
        yield from archive.iterate_assets(dandiset.identifier, version=version, with_metadata=False)
    except ArchiveError as error:
        if error.status != 404:
            raise
        newest = f"the newest is {dandiset.published}" if dandiset.published else "none is"
        raise UsageError(
            f"dandiset {dandiset.identifier} on {archive.name} has no version {version}: of "
            f"the published ones {newest}. Write draft for what is not published yet."
        ) from None


def _single(archive: ArchiveClient, address: DandiAddress) -> Listing:
    answer = archive.request("GET", f"/assets/{address.name}/info/", accept=(401, 403, 404))
    if not answer.ok:
        is_hidden = answer.status_code != 404
        reason = "does not show you the" if is_hidden else "has no"
        advice = archive.token_instructions() if is_hidden else "Look whether the id is complete."
        raise UsageError(f"{archive.name} {reason} asset {address.name}. {advice}")
    return Listing(
        instance=archive.name,
        api=archive.api,
        dandiset="",
        version="",
        assets=(asset_from(answer.json_object()),),
        token=archive.token,
    )
