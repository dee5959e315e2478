"""What the archive can be asked, and what then happens."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.archive.endpoints import assets, dandisets, session, uploads, zarrs
from tests.archive.endpoints.call import Call, Context, RefusalError, identify, not_found, refuse
from tests.archive.wire import HTML, Answer, Request

Endpoint = Callable[[Call], Answer]

_DANDISET = r"/api/dandisets/(?P<dandiset>\d{6})/"
_VERSION = _DANDISET + r"versions/(?P<version>[^/]+)/"
_ASSET = r"(?P<asset>[0-9a-f-]{36})/"
_ZARR = r"/api/zarr/(?P<zarr>[0-9a-f-]{36})/"
_UPLOAD = r"/api/uploads/(?P<upload>[0-9a-f-]{36})/"

ROUTES: tuple[tuple[str, re.Pattern[str], Endpoint], ...] = tuple(
    (method, re.compile(pattern), endpoint)
    for method, pattern, endpoint in (
        ("GET", r"/api/info/", session.get_info),
        ("GET", r"/api/auth/token/", session.get_token),
        ("GET", r"/api/users/", session.list_users),
        ("GET", r"/api/users/me/", session.get_user),
        ("GET", r"/api/dandisets/", dandisets.list_dandisets),
        ("POST", r"/api/dandisets/", dandisets.create_dandiset),
        ("GET", _DANDISET, dandisets.get_dandiset),
        ("GET", _DANDISET + "users/", dandisets.list_owners),
        ("GET", _DANDISET + "uploads/", dandisets.list_uploads),
        ("DELETE", _DANDISET + "uploads/", dandisets.clear_uploads),
        ("POST", _DANDISET + "unembargo/", dandisets.unembargo),
        ("GET", _DANDISET + "versions/", dandisets.list_versions),
        ("GET", _VERSION, dandisets.get_version),
        ("GET", _VERSION + "info/", dandisets.get_version_info),
        ("POST", _VERSION + "publish/", dandisets.publish),
        ("GET", _VERSION + "assets/", assets.list_assets),
        ("POST", _VERSION + "assets/", assets.create_asset),
        ("GET", _VERSION + "assets/paths/", assets.list_paths),
        ("GET", _VERSION + "assets/" + _ASSET, assets.get_asset),
        ("PUT", _VERSION + "assets/" + _ASSET, assets.replace_asset),
        ("DELETE", _VERSION + "assets/" + _ASSET, assets.delete_asset),
        ("GET", _VERSION + "assets/" + _ASSET + "validation/", assets.get_validation),
        ("GET", _VERSION + "assets/" + _ASSET + "info/", assets.get_asset_info),
        ("GET", _VERSION + "assets/" + _ASSET + "download/", assets.download_asset),
        ("GET", "/api/assets/" + _ASSET, assets.get_asset),
        ("GET", "/api/assets/" + _ASSET + "info/", assets.get_asset_info),
        ("GET", "/api/assets/" + _ASSET + "download/", assets.download_asset),
        ("POST", r"/api/uploads/initialize/", uploads.begin_upload),
        ("POST", _UPLOAD + "complete/", uploads.complete_upload),
        ("POST", _UPLOAD + "validate/", uploads.validate_upload),
        ("POST", r"/api/blobs/digest/", uploads.find_blob),
        ("GET", r"/api/zarr/", zarrs.list_zarrs),
        ("POST", r"/api/zarr/", zarrs.create_zarr),
        ("GET", _ZARR, zarrs.get_zarr),
        ("POST", _ZARR + "finalize/", zarrs.finalize),
        ("GET", _ZARR + "files/", zarrs.list_files),
        ("POST", _ZARR + "files/", zarrs.create_files),
        ("DELETE", _ZARR + "files/", zarrs.delete_files),
    )
)


def answer(context: Context, request: Request, target: str) -> Answer:
    """Answer a request; an address without its last slash is sent on, whatever the method."""
    found = _find(request.path)
    if not found:
        if _find(f"{request.path}/"):
            path, question, query = target.partition("?")
            location = f"{path}/{question}{query}"
            return Answer(status=301, headers={"Content-Type": HTML, "Location": location})
        return not_found().answer
    method = "GET" if request.method == "HEAD" else request.method
    if method not in found:
        return refuse(405, {"detail": f'Method "{method}" not allowed.'}).answer
    endpoint, parts = found[method]
    with context.lock:
        try:
            user = identify(context.state, request)
            return endpoint(Call(context=context, request=request, parts=parts, user=user))
        except RefusalError as refusal:
            return refusal.answer


def _find(path: str) -> dict[str, tuple[Endpoint, dict[str, str]]]:
    """Return by method what can be done with a path."""
    return {
        method: (endpoint, match.groupdict())
        for method, pattern, endpoint in ROUTES
        if (match := pattern.fullmatch(path))
    }
