"""The assets of a version: listed, made, replaced, taken away, fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.archive.endpoints.call import Call, crash, not_found, not_permitted, refuse
from tests.archive.endpoints.fields import REQUIRED, read_flag, read_uuid
from tests.archive.endpoints.pages import answer_page
from tests.archive.records import Asset, Content, Dandiset, Version, ZarrArchive
from tests.archive.rendering import given
from tests.archive.wire import HTML, Answer

_PATH = re.compile(r"[A-z0-9(),&\s#+~_=.-]+(?:/[A-z0-9(),&\s#+~_=.-]+)*", re.ASCII)
"""What the archive's database lets through as a path, less its empty and dotted segments."""

_LONGEST_PATH = 512


def list_assets(call: Call) -> Answer:
    """List assets by page; ``path`` is a prefix whose case does not matter."""
    dandiset, version = call.version()
    query = call.request.query
    full, only_zarrs = read_flag(query, "metadata"), read_flag(query, "zarr")
    exact = version.assets.get(query.get("path", ""))
    assets = _ordered([exact] if exact else version.assets.values(), query.get("order", "created"))
    return answer_page(
        call,
        [
            asset
            for asset in _matching(assets, query)
            if not only_zarrs or isinstance(asset.content, ZarrArchive)
        ],
        lambda asset: call.rendering.asset(asset, dandiset if full else None),
        is_counted_once=True,
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
    if prefix and not children and prefix not in version.assets:
        raise refuse(404, {"detail": "Specified path not found."})
    return answer_page(call, list(children.items()), lambda item: _child(call, *item))


def create_asset(call: Call) -> Answer:
    """Make an asset of a blob, or of a Zarr of this dandiset."""
    dandiset, draft = call.own_draft()
    path, content, metadata = _wanted(call)
    if path in draft.assets:
        raise refuse(409, "An asset with that path already exists")
    _refuse_conflicts(call, draft, path, None)
    if isinstance(content, ZarrArchive) and content.dandiset != dandiset.identifier:
        raise refuse(400, "The zarr archive belongs to a different dandiset")
    _refuse_long(path)
    asset = call.state.put_asset(dandiset, path, content, metadata)
    return Answer.of(call.rendering.asset(asset, dandiset))


def replace_asset(call: Call) -> Answer:
    """Replace an asset by a new one, perhaps elsewhere; one that would be the same stays."""
    dandiset, draft = call.own_draft()
    old = call.asset_of(draft)
    path, content, metadata = _wanted(call)
    if content is not old.content or (path, metadata) != (old.path, old.metadata):
        if path != old.path and path in draft.assets:
            raise refuse(409, "An asset with that path already exists")
        _refuse_conflicts(call, draft, path, old)
        _refuse_long(path)
        call.state.drop_asset(dandiset, old)
        old = call.state.put_asset(dandiset, path, content, metadata)
    return Answer.of(call.rendering.asset(old, dandiset))


def delete_asset(call: Call) -> Answer:
    """Take an asset out of the draft."""
    dandiset, draft = call.own_draft()
    call.state.drop_asset(dandiset, call.asset_of(draft))
    return Answer(status=204)


def get_asset(call: Call) -> Answer:
    """Give the metadata of an asset."""
    dandiset, asset = _anywhere(call)
    return Answer.of(call.rendering.asset_metadata(asset, dandiset))


def get_asset_info(call: Call) -> Answer:
    """Describe an asset, with its metadata."""
    dandiset, asset = _anywhere(call)
    return Answer.of(call.rendering.asset(asset, dandiset))


def get_validation(call: Call) -> Answer:
    """Give the archive's validation of an asset."""
    _, asset = _anywhere(call)
    return Answer.of({"status": asset.status, "validation_errors": asset.problems})


def download_asset(call: Call) -> Answer:
    """Send on to the store; a Zarr is had file by file."""
    _, asset = _anywhere(call)
    if isinstance(asset.content, ZarrArchive):
        said = "Unable to provide download link for zarr assets."
        raise refuse(400, f"{said} Please browse the zarr files directly to do so.")
    context = call.context
    url = context.store.download_url(
        context.store_host, asset.blob.key, asset.path.rpartition("/")[2]
    )
    return Answer(status=302, headers={"Content-Type": HTML, "Location": url})


def _anywhere(call: Call) -> tuple[Dandiset, Asset]:
    """Return an asset that the user may see, and the dandiset that it was made for.

    An address that names a version is answered for whoever may see that, whatever version the
    asset is in.
    """
    if "version" in call.parts:
        call.version()
        asset = call.asset()
    else:
        asset = call.asset()
        dandiset = call.state.dandisets[asset.dandiset]
        if call.state.is_embargoed(asset.content) and not dandiset.is_owned_by(call.anybody()):
            raise not_permitted()
    return call.state.dandisets[asset.dandiset], asset


def _wanted(call: Call) -> tuple[str, Content, dict[str, Any]]:
    """Read what an asset shall be."""
    body = call.body()
    if "metadata" not in body:
        raise refuse(400, {"metadata": REQUIRED})
    metadata = body["metadata"] or {}
    for name in ("blob_id", "zarr_id"):
        if name in body and read_uuid(body[name]) is None:
            raise refuse(400, {name: ["Must be a valid UUID."]})
    if ("blob_id" in body) == ("zarr_id" in body):
        raise refuse(400, {"blob_id": ["Exactly one of blob_id or zarr_id must be specified."]})
    path = metadata.get("path")
    if not path:
        raise refuse(400, {"metadata": ["No path specified in metadata."]})
    if not isinstance(path, str):
        raise crash()
    if path.startswith("/"):
        raise refuse(400, {"non_field_errors": ["Path must not begin with /"]})
    content = _content(call, body)
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise refuse(400, {"non_field_errors": ["Path improperly formatted"]})
    return path, content, given(metadata)


def _content(call: Call, body: Mapping[str, Any]) -> Content:
    """Return the blob or the Zarr that is named."""
    if "blob_id" in body:
        blob = call.state.blobs.get(read_uuid(body["blob_id"]) or "")
        if blob is not None:
            return blob
    else:
        zarr = call.state.zarrs.get(read_uuid(body["zarr_id"]) or "")
        if zarr is not None:
            return zarr
    raise not_found()


def _refuse_long(path: str) -> None:
    if len(path) > _LONGEST_PATH:
        said = f"Ensure this value has at most {_LONGEST_PATH} characters (it has {len(path)})."
        raise refuse(400, said)


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


def _ordered(assets: Iterable[Asset], order: str) -> list[Asset]:
    name = order.removeprefix("-")
    if name not in {"created", "modified", "path"}:
        said = f"Select a valid choice. {order} is not one of the available choices."
        raise refuse(400, {"order": [said]})
    return sorted(assets, key=lambda asset: getattr(asset, name), reverse=order.startswith("-"))


def _child(call: Call, path: str, assets: list[Asset]) -> dict[str, Any]:
    file = assets[0] if assets[0].path == path else None
    url = f"{call.rendering.url}/api/assets/{file.asset_id}/download/" if file else ""
    return {
        "path": path,
        "version": 1,
        "aggregate_files": len(assets),
        "aggregate_size": sum(asset.content.size for asset in assets),
        "asset": {"asset_id": file.asset_id, "url": url} if file else None,
    }
