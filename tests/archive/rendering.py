"""What an archive says of what it knows: the JSON of each thing, key by key as it was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.archive.records import Asset, Blob, Dandiset, Upload, User, Version, ZarrArchive
from tests.archive.store import object_url

Json = dict[str, Any]

ALLOWED_SCHEMAS = (
    *("0.4.4", "0.5.1", "0.5.2"),
    *(f"0.6.{patch}" for patch in range(11)),
    "0.7.0",
)
COMPUTED = ("id", "access", "path", "identifier", "contentUrl", "contentSize", "digest")
"""What of an asset's metadata the archive computes; what a client says of it is not kept."""

_CONTEXT = "https://raw.githubusercontent.com/dandi/schema/master/releases/{}/context.json"
_INSTANCE = "DEV-DANDI"
_MOST_PROBLEMS = 50
_PENDING = "asset is currently being validated, please wait."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How one archive describes itself and what it holds.

    Attributes
    ----------
    url
        The archive's address, without ``/api``.
    store
        Host and port under which the store is reached.
    schema_version, minimal_client
        The newest schema it knows, and the oldest client that it serves.
    """

    url: str
    store: str
    schema_version: str = "0.7.0"
    minimal_client: str = "0.74.0"

    def info(self) -> Json:
        """Describe the archive."""
        allowed = list(ALLOWED_SCHEMAS)
        if self.schema_version not in allowed:
            allowed.append(self.schema_version)
        return {
            "instance_config": {
                "instance_name": _INSTANCE,
                "instance_identifier": "RRID:ABC_123456",
                "instance_url": f"{self.url}/",
                "doi_prefix": "10.80507",
                "licenses": ["spdx:CC0-1.0", "spdx:CC-BY-4.0"],
            },
            "schema_version": self.schema_version,
            "schema_url": f"{self.url}/api/schemas/?model=Dandiset",
            "allowed_schema_versions": allowed,
            "version": "1.0.0",
            "services": {
                "api": {"url": f"{self.url}/api"},
                "webui": {"url": self.url},
                "jupyterhub": {"url": "https://hub.dandiarchive.org/"},
            },
            "cli-minimal-version": self.minimal_client,
            "cli-requires-python": ">=3.10",
            "cli-bad-versions": [],
        }

    def dandiset(self, dandiset: Dandiset, uploads: int) -> Json:
        """Describe a dandiset with its newest versions."""
        published = dandiset.published[-1:]
        return self._dandiset_head(dandiset) | {
            "most_recent_published_version": self._version(published[0], 0) if published else None,
            "draft_version": self._version(dandiset.draft, uploads),
        }

    def version(self, dandiset: Dandiset, version: Version, uploads: int) -> Json:
        """Describe a version in a list of versions."""
        rendered = self._version(version, uploads)
        notes = rendered.pop("release_notes")
        return {**rendered, "dandiset": self._dandiset_head(dandiset), "release_notes": notes}

    def version_info(self, dandiset: Dandiset, version: Version, uploads: int) -> Json:
        """Describe a version with its metadata and the results on it."""
        return self.version(dandiset, version, uploads) | {
            "asset_validation_errors": _problems(version),
            "version_validation_errors": version.problems,
            "metadata": self.version_metadata(dandiset, version),
            "contact_person": dandiset.contact,
        }

    def version_metadata(self, dandiset: Dandiset, version: Version) -> Json:
        """Give a version's metadata, with what the archive adds to it."""
        number, name = version.version, version.name
        url = f"{self.url}/dandiset/{dandiset.identifier}/{number}"
        return {
            "id": f"{_INSTANCE}:{dandiset.identifier}/{number}",
            "url": url,
            "name": name,
            "access": [_access(dandiset.embargoed_until)],
            "version": number,
            "@context": _CONTEXT.format(self.schema_version),
            "citation": f"{dandiset.contact} ({dandiset.created:%Y}) {name} "
            f"(Version {number}) [Data set]. DANDI Archive. {url}",
            "schemaKey": "Dandiset",
            "identifier": f"{_INSTANCE}:{dandiset.identifier}",
            "repository": self.url,
            "contributor": [
                {
                    "name": dandiset.contact,
                    "email": dandiset.owners[0].username,
                    "roleName": ["dcite:ContactPerson"],
                    "schemaKey": "Person",
                    "affiliation": [],
                    "includeInCitation": True,
                }
            ],
            "dateCreated": dandiset.created.isoformat(),
            **version.metadata,
            "assetsSummary": dict(version.summary),
            "schemaVersion": self.schema_version,
            "manifestLocation": [
                f"{self.url}/api/dandisets/{dandiset.identifier}/versions/{number}/assets/"
            ],
        }

    def asset(self, asset: Asset, dandiset: Dandiset | None = None) -> Json:
        """Describe an asset; with its metadata where its dandiset is given."""
        content = asset.content
        rendered: Json = {
            "asset_id": asset.asset_id,
            "blob": content.blob_id if isinstance(content, Blob) else None,
            "zarr": content.zarr_id if isinstance(content, ZarrArchive) else None,
            "path": asset.path,
            "size": content.size,
            "created": _stamp(asset.created),
            "modified": _stamp(asset.modified),
        }
        if dandiset is not None:
            rendered["metadata"] = self.asset_metadata(asset, dandiset)
        return rendered

    def asset_metadata(self, asset: Asset, dandiset: Dandiset) -> Json:
        """Give an asset's metadata, with what the archive computes."""
        content = asset.content
        if isinstance(content, Blob):
            key, embargoed = content.key, content.embargoed
            digest: dict[str, str | None] = {"dandi:dandi-etag": content.etag}
            if content.sha256 is not None:
                digest["dandi:sha2-256"] = content.sha256
        else:
            key, embargoed = content.key(), dandiset.embargoed
            digest = {"dandi:dandi-zarr-checksum": content.checksum}
        schema = asset.metadata.get("schemaVersion", self.schema_version)
        metadata = {
            **asset.metadata,
            "id": f"dandiasset:{asset.asset_id}",
            "access": [_access(dandiset.embargoed_until if embargoed else None)],
            "path": asset.path,
            "identifier": asset.asset_id,
            "contentUrl": [
                f"{self.url}/api/assets/{asset.asset_id}/download/",
                object_url(self.store, key),
            ],
            "contentSize": content.size,
            "digest": digest,
            "@context": _CONTEXT.format(schema),
        }
        if isinstance(content, ZarrArchive):
            metadata["encodingFormat"] = "application/x-zarr"
        return metadata

    @staticmethod
    def blob(blob: Blob) -> Json:
        """Describe a blob."""
        return {
            "blob_id": blob.blob_id,
            "etag": blob.etag,
            "sha256": blob.sha256,
            "size": blob.size,
        }

    @staticmethod
    def zarr(zarr: ZarrArchive) -> Json:
        """Describe a Zarr."""
        return {
            "name": zarr.name,
            "dandiset": zarr.dandiset,
            "zarr_id": zarr.zarr_id,
            "status": zarr.status,
            "checksum": zarr.checksum,
            "file_count": zarr.file_count,
            "size": zarr.size,
        }

    @staticmethod
    def upload(upload: Upload, url: str) -> Json:
        """Describe what is on its way, with the address under which it will be had."""
        return {
            "created": _stamp(upload.created),
            "blob": url,
            "upload_id": upload.upload_id,
            "etag": upload.etag,
            "size": upload.size,
        }

    @staticmethod
    def user(user: User) -> Json:
        """Describe a user to themselves."""
        return {
            "username": user.username,
            "name": f"{user.first_name} {user.last_name}".strip(),
            "admin": user.admin,
            "status": "PENDING" if user.pending else "APPROVED",
        }

    @staticmethod
    def owner(user: User, *, to_anybody: bool) -> Json:
        """Describe an owner of a dandiset; only who is logged in gets an address."""
        return {
            "username": user.username,
            "name": f"{user.first_name} {user.last_name}",
            "email": None if to_anybody else user.username,
        }

    @staticmethod
    def _version(version: Version, uploads: int) -> Json:
        return {
            "version": version.version,
            "name": version.name,
            "asset_count": len(version.assets),
            "active_uploads": uploads,
            "size": version.size,
            "status": version.status,
            "created": _stamp(version.created),
            "modified": _stamp(version.modified),
            "release_notes": "",
        }

    @staticmethod
    def _dandiset_head(dandiset: Dandiset) -> Json:
        return {
            "identifier": dandiset.identifier,
            "created": _stamp(dandiset.created),
            "modified": _stamp(dandiset.modified),
            "contact_person": dandiset.contact,
            "embargo_status": "EMBARGOED" if dandiset.embargoed else "OPEN",
            "star_count": 0,
            "is_starred": False,
        }


def given(metadata: Mapping[str, Any]) -> Json:
    """Return of an asset's metadata what is the client's to say."""
    return {key: value for key, value in metadata.items() if key not in (*COMPUTED, "@context")}


def _problems(version: Version) -> list[Json]:
    """List some assets without a result, and after them those with the most errors."""
    assets = version.assets.values()
    pending = [asset for asset in assets if asset.status == "Pending"]
    invalid = [asset for asset in assets if asset.status == "Invalid"]
    invalid.sort(key=lambda asset: len(asset.problems), reverse=True)
    return [
        {"field": "", "message": _PENDING, "path": asset.path} for asset in pending[:_MOST_PROBLEMS]
    ] + [
        {**problem, "path": asset.path}
        for asset in invalid[:_MOST_PROBLEMS]
        for problem in asset.problems
    ]


def _access(embargoed_until: str | None) -> Json:
    access = {"schemaKey": "AccessRequirements", "status": "dandi:OpenAccess"}
    if embargoed_until is not None:
        access |= {"status": "dandi:EmbargoedAccess", "embargoedUntil": embargoed_until}
    return access


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
