"""Zarrs: made under a name, filled file by file, finalized, listed.

After the archive's source (dandi-archive, August 2026: ``dandiapi/zarr/views`` and ``models``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.archive.endpoints.call import Call, not_authenticated, not_found, not_permitted, refuse
from tests.archive.endpoints.fields import REQUIRED, read_dandiset, read_flag, read_uuid
from tests.archive.endpoints.pages import answer_page
from tests.archive.records import ZarrArchive
from tests.archive.wire import HTML, Answer

_INGESTING = "Zarr archive is currently ingesting or has already ingested"
_MOST = 1000


def list_zarrs(call: Call) -> Answer:
    """List the Zarrs that the user may see, those of a dandiset or with a name if asked for."""
    query = call.request.query
    found = [
        zarr
        for zarr in call.state.zarrs.values()
        if _is_visible(call, zarr)
        and zarr.dandiset == query.get("dandiset", zarr.dandiset)
        and zarr.name == query.get("name", zarr.name)
    ]
    return answer_page(call, found, call.rendering.zarr)


def create_zarr(call: Call) -> Answer:
    """Make an empty Zarr; a dandiset has one of a name, whether or not an asset holds it."""
    user, body = call.member(), call.body()
    identifier, wrong_dandiset = read_dandiset(body)
    name = body.get("name")
    wrong = {"name": [] if name else REQUIRED, "dandiset": wrong_dandiset}
    if any(wrong.values()):
        raise refuse(400, {field: said for field, said in wrong.items() if said})
    dandiset = call.state.dandisets.get(identifier)
    if dandiset is None or (dandiset.embargoed and not dandiset.is_owned_by(user)):
        said = f'Invalid pk "{identifier}" - object does not exist.'
        raise refuse(400, {"dandiset": [said]})
    if not dandiset.is_owned_by(user):
        raise not_permitted()
    if any((each.dandiset, each.name) == (identifier, name) for each in call.state.zarrs.values()):
        said = "The fields dandiset, name must make a unique set."
        raise refuse(400, {"non_field_errors": [said]})
    zarr = ZarrArchive(name=str(name), dandiset=identifier)
    call.state.zarrs[zarr.zarr_id] = zarr
    return Answer.of(call.rendering.zarr(zarr))


def get_zarr(call: Call) -> Answer:
    """Describe a Zarr: its checksum is there when its status is ``Complete``."""
    return Answer.of(call.rendering.zarr(_visible(call)))


def finalize(call: Call) -> Answer:
    """Have the checksum computed, which takes its time."""
    call.member()
    zarr = _visible(call)
    _refuse_strangers(call, zarr)
    if zarr.status != "Pending":
        raise refuse(400, _INGESTING)
    zarr.status, zarr.due = "Uploaded", call.state.due()
    return Answer(status=204)


def list_files(call: Call) -> Answer:
    """List the files in the store by page, or send on to the one that is asked for."""
    zarr, query = _named(call), call.request.query
    prefix, after = query.get("prefix", "").lstrip("/"), query.get("after", "").lstrip("/")
    _refuse_traversal(prefix)
    context = call.context
    if call.request.method == "HEAD" or read_flag(query, "download"):
        url = context.store.download_url(context.store_host, zarr.key(prefix))
        return Answer(status=302, headers={"Content-Type": HTML, "Location": url})
    most = min(_MOST, int(query.get("limit", _MOST)))
    base = zarr.key()
    with call.unlocked() as store:
        found, more = store.list_page(
            zarr.key(prefix).rstrip("/"), zarr.key(after).rstrip("/") if after else "", most
        )
    results = [
        {
            "Key": stored.key.removeprefix(base),
            "LastModified": f"{stored.modified:%Y-%m-%d %H:%M:%S+00:00}",
            "ETag": stored.etag,
            "Size": stored.size,
        }
        for stored in found
    ]
    following = _next_address(call, str(results[-1]["Key"])) if more else None
    return Answer.of({"next": following, "results": results})


def create_files(call: Call) -> Answer:
    """Hand out an address for each file, at which bytes with its MD5 alone are taken."""
    call.member()
    zarr = _visible(call)
    if zarr.status in {"Uploaded", "Ingesting"}:
        raise refuse(400, _INGESTING)
    _refuse_strangers(call, zarr)
    wanted = [(_path_of(item), str(item.get("base64md5"))) for item in call.items()]
    zarr.mark_pending()
    context, embargoed = call.context, call.state.is_embargoed(zarr)
    return Answer.of(
        [
            context.store.file_url(context.store_host, zarr.key(path), digest, embargoed=embargoed)
            for path, digest in wanted
        ]
    )


def delete_files(call: Call) -> Answer:
    """Remove files from the store, all or, where one is not there, none."""
    call.member()
    zarr = _visible(call)
    if zarr.status in {"Uploaded", "Ingesting"}:
        raise refuse(400, _INGESTING)
    _refuse_strangers(call, zarr)
    keys = [zarr.key(_path_of(item)) for item in call.items()]
    with call.unlocked() as store:
        for key in keys:
            if store.measure(key) is None:
                raise refuse(400, [f"File {key} does not exist."])
        for key in keys:
            store.delete(key)
    zarr.mark_pending()
    return Answer(status=204)


def _named(call: Call) -> ZarrArchive:
    zarr = call.state.zarrs.get(read_uuid(call.parts["zarr"]) or "")
    if zarr is None:
        raise not_found()
    return zarr


def _visible(call: Call) -> ZarrArchive:
    zarr = _named(call)
    if not _is_visible(call, zarr):
        raise not_found()
    return zarr


def _is_visible(call: Call, zarr: ZarrArchive) -> bool:
    dandiset = call.state.dandisets[zarr.dandiset]
    return not dandiset.embargoed or dandiset.is_owned_by(call.user)


def _refuse_strangers(call: Call, zarr: ZarrArchive) -> None:
    if call.user is None:
        raise not_authenticated()
    if not call.state.dandisets[zarr.dandiset].is_owned_by(call.user):
        raise not_permitted()


def _path_of(item: Mapping[str, Any]) -> str:
    path = item.get("path")
    if not path:
        raise refuse(400, [{"path": REQUIRED}])
    return _refuse_traversal(str(path))


def _refuse_traversal(path: str) -> str:
    if ".." in path.replace("\\", "/").split("/"):
        raise refuse(400, {"path": ['Zarr path cannot contain ".." components.']})
    return path


def _next_address(call: Call, after: str) -> str:
    query = dict(call.request.query) | {"after": after}
    return f"{call.rendering.url}{call.request.path}?{urlencode(sorted(query.items()))}"
