"""From addresses of the DANDI Archive to the recordings to check: one listing for each version."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from posecheck.archive.dandi_address import DandiAddress, Part, parse_dandi_address
from posecheck.archive.listing import list_version
from posecheck.archive.retry import RetryPolicy
from posecheck.dandi_layout.markers import is_recording
from posecheck.model.errors import UsageError
from posecheck.model.natural_order import natural_key
from posecheck.model.progress import ProgressListener
from posecheck.sources.archive_source import ArchiveSource, ListedVersion
from posecheck.sources.remote_access import RemoteAccess

_RETRIES = 5


class ArchiveSearch:
    """Finds recordings on archives, and lists no version twice.

    Parameters
    ----------
    access
        What the user allows of files elsewhere.
    progress
        Receives how many assets were listed.
    """

    def __init__(self, access: RemoteAccess, progress: ProgressListener | None = None) -> None:
        self._access = access
        self._progress = progress
        self._listed: dict[tuple[str, str, str, str], ListedVersion] = {}

    def find(self, text: str) -> tuple[ArchiveSource, ...]:
        """Return the recordings that an address selects; an asset is taken as it is named.

        Raises
        ------
        UsageError
            If the address means nothing, or names no recording.
        ArchiveError
            If the archive does not answer.
        """
        address = parse_dandi_address(text)
        version = self._version_of(address)
        selected = version.select(address)
        found = tuple(
            source
            for source in sorted(selected, key=lambda source: natural_key(source.asset_path))
            if is_recording(source.asset_path) or _names(address, source)
        )
        if not found:
            raise UsageError(_why_nothing(version, selected, text))
        return found

    def _version_of(self, address: DandiAddress) -> ListedVersion:
        alone = "" if address.dandiset else address.name
        key = (address.instance, address.dandiset, address.version, alone)
        if key not in self._listed:
            listing = list_version(
                address,
                RetryPolicy(_RETRIES, threading.Event(), rate=self._access.rate),
                self._progress,
            )
            self._listed[key] = ListedVersion.of(listing, self._access)
        return self._listed[key]


def _names(address: DandiAddress, source: ArchiveSource) -> bool:
    """Whether an address names exactly this asset."""
    return address.part is Part.ASSET_ID or source.asset_path == address.name


def _why_nothing(version: ListedVersion, selected: Sequence[ArchiveSource], text: str) -> str:
    listing = version.listing
    where = f"dandiset {listing.dandiset}, version {listing.version}, on {listing.instance}"
    if selected:
        return f"nothing to check: {text!r} names {len(selected):,} assets, and no *.nwb among them"
    return f"nothing to check: no asset of {where} is at {text!r}"
