"""Hold what should have arrived against what the archive lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from posecheck.upload.plan.values import Digests, PlannedAsset, RemoteAsset, UploadPlan


class Lack(StrEnum):
    """How the archive falls short of the disk; the values are codes, as those of rules.

    ``NOT_ON_ARCHIVE``: it does not hold a file, or what an NWB file references.
    ``DIFFERS_ON_ARCHIVE``: it holds other bytes.
    """

    NOT_ON_ARCHIVE = "LAY007"
    DIFFERS_ON_ARCHIVE = "LAY008"

    @property
    def slug(self) -> str:
        """The name of the defect, spelled as rules spell theirs."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcoming:
    """Something that the archive should hold and does not.

    Attributes
    ----------
    path
        The path of the file, or of the NWB file whose reference leads nowhere.
    kind
        What is wrong.
    reason
        A clause.
    """

    path: str
    kind: Lack
    reason: str


def find_shortcomings(
    plan: UploadPlan,
    listing: Mapping[str, RemoteAsset],
    digests: Mapping[str, Digests],
    *,
    with_sha256: bool = False,
) -> Iterator[Shortcoming]:
    """Compare the whole closed set with a listing of the version.

    Parameters
    ----------
    plan
        What should be there.
    listing
        What is there, by path.
    digests
        The checksums of the local files, by path. A file of another size needs none.
    with_sha256
        Whether a SHA-256 that the archive names must agree too.
    """
    for asset in plan.held:
        found = listing.get(asset.path)
        if found is None:
            yield Shortcoming(
                path=asset.path, kind=Lack.NOT_ON_ARCHIVE, reason="the archive does not hold it"
            )
            continue
        reason = _difference(asset, found, digests.get(asset.path), with_sha256=with_sha256)
        if reason:
            yield Shortcoming(path=asset.path, kind=Lack.DIFFERS_ON_ARCHIVE, reason=reason)
    for recording in plan.going:
        if recording.path not in listing:
            continue
        for pointer in recording.pointers:
            if pointer.path not in listing:
                yield Shortcoming(
                    path=recording.path,
                    kind=Lack.NOT_ON_ARCHIVE,
                    reason=f"{pointer.entry} of {pointer.location} leads to {pointer.path}, "
                    "which the archive does not hold",
                )


def _difference(
    asset: PlannedAsset, found: RemoteAsset, digests: Digests | None, *, with_sha256: bool
) -> str:
    why = f"; {asset.reason}" if asset.reason else ""
    if found.size != asset.local.size:
        return f"it has {asset.local.size} bytes here and {found.size} in the archive{why}"
    if digests is None or not found.etag:
        return "its checksum is not known"
    if found.etag != digests.etag:
        return f"its checksum is {digests.etag} here and {found.etag} in the archive{why}"
    if with_sha256 and found.sha256 and found.sha256 != digests.sha256:
        return f"its SHA-256 is {digests.sha256} here and {found.sha256} in the archive"
    return ""
