"""The assets of a version: listed, made, replaced, taken away, fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.archive.endpoints.call import Call, not_found, refuse
from tests.archive.endpoints.pages import answer_page
from tests.archive.rendering import given
from tests.archive.state import Asset, Blob, Dandiset, Version
from tests.archive.wire import HTML, Answer

_PATH = re.compile(r"[A-z0-9(),&\s#+~_=.-]+(?:/[A-z0-9(),&\s#+~_=.-]+)*", re.ASCII)
"""What the archive's database lets through as a path, less its empty and dotted segments."""


def list_assets(call: Call) -> Answer:
    """List assets by page; ``path`` is a prefix whose case does not matter."""
    dandiset, version = call.version()
    query = call.request.query
    assets = _ordered(_matching(version.assets.values(), query), query.get("order", "created"))
    full = query.get("metadata", "").lower() == "true"
    return answer_page(
        call, assets, lambda asset: call.rendering.asset(asset, dandiset if full else None)
    )


def list_paths(call: Call) -> Answer:
    """List the files and folders right below a folder, with what lies in them."""
    _, version = call.version()
    prefix = call.request.query.get("path_prefix", "").strip("/")
    start = f"{prefix}/" if prefix else ""
    children: dict[str, list[Asset]] = {}
    for path, asset in sorted(version.assets.items()):
        if path.startswith(start):
            child = start + path[len(start) :].partition("/")[0]
            children.setdefault(child, []).append(asset)
    return answer_page(call, list(children.items()), lambda item: _child(call, *item))


def create_asset(call: Call) -> Answer:
    """Make an asset of a blob."""
    dandiset, draft = call.own_draft()
    path, blob, metadata = _wanted(call)
    if path in draft.assets:
        raise refuse(409, "An asset with that path already exists")
    _refuse_conflicts(call, draft, path, None)
    asset = call.state.put_asset(dandiset, path, blob, metadata)
    return Answer.of(call.rendering.asset(asset, dandiset))


def replace_asset(call: Call) -> Answer:
    """Replace an asset by a new one, perhaps elsewhere; one that would be the same stays."""
    dandiset, draft = call.own_draft()
    old = call.asset(draft)
    path, blob, metadata = _wanted(call)
    if (path, blob, metadata) != (old.path, old.blob, old.metadata):
        if path != old.path and path in draft.assets:
            raise refuse(409, "An asset with that path already exists")
        _refuse_conflicts(call, draft, path, old)
        call.state.drop_asset(dandiset, old)
        old = call.state.put_asset(dandiset, path, blob, metadata)
    return Answer.of(call.rendering.asset(old, dandiset))


def delete_asset(call: Call) -> Answer:
    """Take an asset out of the draft."""
    dandiset, draft = call.own_draft()
    call.state.drop_asset(dandiset, call.asset(draft))
    return Answer(status=204)


def get_asset(call: Call) -> Answer:
    """Give the metadata of a version's asset."""
    dandiset, version = call.version()
    return Answer.of(call.rendering.asset_metadata(call.asset(version), dandiset))


def get_asset_info(call: Call) -> Answer:
    """Describe an asset, with its metadata."""
    dandiset, asset = _anywhere(call)
    return Answer.of(call.rendering.asset(asset, dandiset))


def get_validation(call: Call) -> Answer:
    """Give the archive's verdict on an asset."""
    _, version = call.version()
    asset = call.asset(version)
    return Answer.of({"status": asset.status, "validation_errors": asset.problems})


def download_asset(call: Call) -> Answer:
    """Send on to the store."""
    _, asset = _anywhere(call)
    context = call.context
    url = context.store.download_url(
        context.store_host, asset.blob.key, asset.path.rpartition("/")[2]
    )
    return Answer(status=302, headers={"Content-Type": HTML, "Location": url})


def _anywhere(call: Call) -> tuple[Dandiset, Asset]:
    asset = call.state.assets.get(call.parts["asset"])
    if asset is None:
        raise not_found()
    return call.dandiset(asset.dandiset), asset


def _wanted(call: Call) -> tuple[str, Blob, dict[str, Any]]:
    """Read what an asset shall be."""
    body = call.request.json
    metadata = body.get("metadata") or {}
    if "blob_id" not in body:
        raise refuse(400, {"blob_id": ["Exactly one of blob_id or zarr_id must be specified."]})
    path = metadata.get("path")
    if not path:
        raise refuse(400, {"metadata": ["No path specified in metadata."]})
    blob = call.state.blobs.get(str(body["blob_id"]))
    if blob is None:
        raise not_found()
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise refuse(400, {"non_field_errors": ["Path improperly formatted"]})
    return path, blob, given(metadata)


def _refuse_conflicts(call: Call, draft: Version, path: str, old: Asset | None) -> None:
    conflicts = call.state.conflicts(draft, path, but=old)
    if conflicts:
        raise refuse(409, f'Path of new asset "{path}" conflicts with existing assets: {conflicts}')


def _matching(assets: Iterable[Asset], query: Mapping[str, str]) -> list[Asset]:
    prefix = query.get("path", "").lower()
    glob = ".*".join(re.escape(each) for each in query.get("glob", "*").split("*"))
    pattern = re.compile(glob, re.IGNORECASE | re.DOTALL)
    return [
        asset
        for asset in assets
        if asset.path.lower().startswith(prefix) and pattern.fullmatch(asset.path)
    ]


def _ordered(assets: list[Asset], order: str) -> list[Asset]:
    name = order.removeprefix("-")
    if name not in {"created", "modified", "path"}:
        name = "created"
    return sorted(assets, key=lambda asset: getattr(asset, name), reverse=order.startswith("-"))


def _child(call: Call, path: str, assets: list[Asset]) -> dict[str, Any]:
    file = assets[0] if assets[0].path == path else None
    url = f"{call.rendering.url}/api/assets/{file.asset_id}/download/" if file else ""
    return {
        "path": path,
        "version": 1,
        "aggregate_files": len(assets),
        "aggregate_size": sum(asset.blob.size for asset in assets),
        "asset": {"asset_id": file.asset_id, "url": url} if file else None,
    }
