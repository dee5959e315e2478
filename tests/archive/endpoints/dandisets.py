"""Dandisets and their versions."""

from __future__ import annotations

from tests.archive.endpoints.call import Call, empty_refusal, refuse
from tests.archive.endpoints.pages import answer_page
from tests.archive.wire import Answer


def create_dandiset(call: Call) -> Answer:
    """Create a dandiset, which is its creator's."""
    user, body = call.member(), call.request.json
    dandiset = call.state.create_dandiset(
        user,
        str(body.get("name", "")),
        body.get("metadata") or {},
        embargoed=call.request.query.get("embargo") == "true",
    )
    return Answer.of(call.rendering.dandiset(dandiset, 0))


def get_dandiset(call: Call) -> Answer:
    """Describe a dandiset."""
    dandiset = call.dandiset()
    return Answer.of(call.rendering.dandiset(dandiset, call.uploads(dandiset)))


def list_versions(call: Call) -> Answer:
    """List a dandiset's versions, the draft first."""
    dandiset = call.dandiset()
    versions = [dandiset.draft, *dandiset.published]
    uploads = call.uploads(dandiset)
    return answer_page(
        call, versions, lambda version: call.rendering.version(dandiset, version, uploads)
    )


def get_version(call: Call) -> Answer:
    """Give a version's metadata."""
    return Answer.of(call.rendering.version_metadata(*call.version()))


def get_version_info(call: Call) -> Answer:
    """Describe a version, with the verdicts on it and its assets."""
    dandiset, version = call.version()
    return Answer.of(call.rendering.version_info(dandiset, version, call.uploads(dandiset)))


def publish(call: Call) -> Answer:
    """Freeze the draft, when everything in it is valid."""
    user = call.member()
    dandiset, version = call.version()
    if dandiset.owner is not user:
        raise empty_refusal()
    if dandiset.embargoed:
        raise refuse(400, "Operation only supported on OPEN dandisets")
    valid = {asset.status for asset in version.assets.values()} <= {"Valid"}
    if version.status not in {"Valid", "Published"} or not valid:
        raise refuse(400, "Dandiset metadata or asset metadata is not valid")
    call.state.publish(dandiset)
    return Answer(status=202)
