"""What the archive does in its own time: checksums, results, summaries."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.archive.endpoints.call import Context
from tests.archive.records import Asset, Blob, Dandiset, Problem, ZarrArchive, now
from tests.archive.rendering import ALLOWED_SCHEMAS

_POLL = 0.05
_SUMMARIZED = ("dataStandard", "approach", "measurementTechnique", "variableMeasured", "species")
"""Lists in a summary that are there without an asset, too."""


class BackgroundWork:
    """The thread that computes and checks what is due."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wait(self) -> None:
        """Wait until nothing is due."""
        due = (self._due_blobs, self._due_zarrs, self._due_assets, self._due_dandisets)
        while any(find() for find in due):
            time.sleep(_POLL)

    def stop(self) -> None:
        """End after what is being done."""
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._end.wait(_POLL):
            for blob in self._due_blobs():
                digest = self._context.store.digest(blob.key)
                with self._context.lock:
                    blob.sha256 = digest
            for zarr in self._due_zarrs():
                self._ingest(zarr)
            for dandiset, asset in self._due_assets():
                problems = self._validate_asset(dandiset, asset)
                with self._context.lock:
                    asset.problems = problems
                    asset.status = "Invalid" if problems else "Valid"
            for dandiset in self._due_dandisets():
                self._validate_draft(dandiset)

    def _due_blobs(self) -> list[Blob]:
        with self._context.lock:
            blobs = self._context.state.blobs.values()
            return [each for each in blobs if each.sha256 is None and each.due <= time.monotonic()]

    def _due_zarrs(self) -> list[ZarrArchive]:
        with self._context.lock:
            zarrs = self._context.state.zarrs.values()
            waiting = [zarr for zarr in zarrs if zarr.status in {"Uploaded", "Ingesting"}]
            return [zarr for zarr in waiting if zarr.due <= time.monotonic()]

    def _ingest(self, zarr: ZarrArchive) -> None:
        """Compute a Zarr's checksum of what the store lists, as the archive does."""
        from zarr_checksum import compute_zarr_checksum  # noqa: PLC0415 (only for Zarrs)
        from zarr_checksum.generators import ZarrArchiveFile  # noqa: PLC0415

        with self._context.lock:
            zarr.status = "Ingesting"
        prefix = zarr.key()
        result = compute_zarr_checksum(
            ZarrArchiveFile(
                path=Path(stored.key.removeprefix(prefix)), size=stored.size, digest=stored.etag
            )
            for stored in self._context.store.list_objects(prefix)
        )
        with self._context.lock:
            self._context.state.finish_zarr(zarr, result.digest, result.count, result.size)

    def _due_assets(self) -> list[tuple[Dandiset, Asset]]:
        with self._context.lock:
            return [
                (dandiset, asset)
                for dandiset in self._context.state.dandisets.values()
                for asset in dandiset.draft.assets.values()
                if asset.status == "Pending" and asset.due <= time.monotonic() and asset.has_digest
            ]

    def _due_dandisets(self) -> list[Dandiset]:
        with self._context.lock:
            return [
                each
                for each in self._context.state.dandisets.values()
                if each.draft.status == "Pending" and each.draft.due <= time.monotonic()
            ]

    def _validate_asset(self, dandiset: Dandiset, asset: Asset) -> list[Problem]:
        with self._context.lock:
            metadata = self._context.rendering.asset_metadata(asset, dandiset)
        return problems_of(metadata | _published(), "PublishedAsset")

    def _validate_draft(self, dandiset: Dandiset) -> None:
        from dandischema.metadata import aggregate_assets_summary  # noqa: PLC0415 (0.5 s)

        context, draft = self._context, dandiset.draft
        with context.lock:
            assets = [
                context.rendering.asset_metadata(asset, dandiset)
                for asset in draft.assets.values()
                if asset.status == "Valid"
            ]
            before = draft.modified
        summary = {key: [] for key in _SUMMARIZED} | aggregate_assets_summary(assets)
        with context.lock:
            draft.summary = summary
            metadata = context.rendering.version_metadata(dandiset, draft)
        problems = problems_of(_as_published(metadata), "PublishedDandiset")
        with context.lock:
            if draft.modified == before:  # else it is due again
                draft.problems = problems
                draft.status = "Invalid" if problems else "Valid"
                draft.modified = now()


def problems_of(metadata: Mapping[str, Any], kind: str) -> list[Problem]:
    """Say what is wrong with metadata, in the archive's words."""
    from dandischema.consts import DANDI_SCHEMA_VERSION  # noqa: PLC0415 (0.5 s)
    from dandischema.exceptions import (  # noqa: PLC0415
        JsonschemaValidationError,
        PydanticValidationError,
    )
    from dandischema.metadata import validate  # noqa: PLC0415

    version = metadata.get("schemaVersion")
    if version not in ALLOWED_SCHEMAS:
        allowed = ", ".join(ALLOWED_SCHEMAS)
        message = f"Metadata version {version} is not allowed. Allowed are: {allowed}."
        return [{"field": "", "message": message}]
    try:
        # The schemas of old versions would be fetched from the network; the newest is installed.
        validate(
            dict(metadata),
            schema_version=DANDI_SCHEMA_VERSION,
            schema_key=kind,
            json_validation=True,
        )
    except JsonschemaValidationError as error:
        return [
            {"field": ".".join(map(str, each.path)), "message": str(each.message)}
            for each in error.errors
        ]
    except PydanticValidationError as error:
        return [
            {"field": ".".join(map(str, each["loc"])), "message": str(each["msg"])}
            for each in error.errors
        ]
    return []


def _as_published(metadata: Mapping[str, Any]) -> dict[str, Any]:
    number = f"0.{now():%y%m%d.%H%M}"
    return {
        **metadata,
        **_published(),
        "id": str(metadata["id"]).replace("/draft", f"/{number}"),
        "url": str(metadata["url"]).replace("/draft", f"/{number}"),
        "version": number,
        "doi": "",
    }


def _published() -> dict[str, Any]:
    """Return what publishing would add, so that the draft is checked as if it were published."""
    at = now().isoformat()
    return {
        "datePublished": at,
        "publishedBy": {
            "id": f"urn:uuid:{uuid.uuid4()}",
            "name": "DANDI publish",
            "schemaKey": "PublishActivity",
            "startDate": at,
            "endDate": at,
            "wasAssociatedWith": [
                {
                    "id": f"urn:uuid:{uuid.uuid4()}",
                    "name": "DANDI API",
                    "version": "1.0.0",
                    "schemaKey": "Software",
                    "identifier": "RRID:SCR_017571",
                }
            ],
        },
    }
