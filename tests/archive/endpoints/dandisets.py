"""Dandisets and their versions."""

from __future__ import annotations

from tests.archive.endpoints.call import Call, empty_refusal, refuse
from tests.archive.endpoints.fields import read_flag
from tests.archive.endpoints.pages import answer_page
from tests.archive.wire import Answer


def create_dandiset(call: Call) -> Answer:
    """Create a dandiset, which is its creator's."""
    user, body = call.member(), call.body()
    dandiset = call.state.create_dandiset(
        user,
        str(body.get("name", "")),
        body.get("metadata") or {},
        embargoed=call.request.query.get("embargo") == "true",
    )
    return Answer.of(call.rendering.dandiset(dandiset, 0))


def list_dandisets(call: Call) -> Answer:
    """List the dandisets that the user may see, those under embargo if they are asked for."""
    wants_embargoed, user = read_flag(call.request.query, "embargoed"), call.user
    found = [
        dandiset
        for _, dandiset in sorted(call.state.dandisets.items())
        if not dandiset.embargoed
        or (wants_embargoed and user is not None and dandiset.is_owned_by(user))
    ]
    return answer_page(call, found, lambda each: call.rendering.dandiset(each, call.uploads(each)))


def get_dandiset(call: Call) -> Answer:
    """Describe a dandiset."""
    dandiset = call.dandiset()
    return Answer.of(call.rendering.dandiset(dandiset, call.uploads(dandiset)))


def list_owners(call: Call) -> Answer:
    """List who may change a dandiset."""
    dandiset = call.dandiset()
    return Answer.of(
        [call.rendering.owner(owner, to_anybody=call.user is None) for owner in dandiset.owners]
    )


def list_uploads(call: Call) -> Answer:
    """List what is on its way into a dandiset."""
    dandiset = call.own_dandiset()
    context = call.context
    return answer_page(
        call,
        call.state.uploads_into(dandiset),
        lambda upload: call.rendering.upload(
            upload, context.store.download_url(context.store_host, upload.key)
        ),
    )


def clear_uploads(call: Call) -> Answer:
    """Forget all that is on its way into a dandiset, whoever sends it."""
    call.member()
    for upload in call.state.uploads_into(call.own_dandiset()):
        del call.state.uploads[upload.upload_id]
    return Answer(status=204)


def unembargo(call: Call) -> Answer:
    """Open an embargoed dandiset, into which nothing may be on its way."""
    user = call.member()
    dandiset = call.state.dandisets.get(call.parts["dandiset"])
    if dandiset is None or not dandiset.is_owned_by(user):
        raise empty_refusal()
    if not dandiset.embargoed:
        raise refuse(400, "Dandiset not embargoed")
    if call.state.uploads_into(dandiset):
        raise refuse(400, "Dandiset unembargo not allowed with active uploads")
    call.state.open(dandiset)
    return Answer.of(None)


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
    """Describe a version, with the results on it and its assets."""
    dandiset, version = call.version()
    return Answer.of(call.rendering.version_info(dandiset, version, call.uploads(dandiset)))


def publish(call: Call) -> Answer:
    """Freeze the draft, when everything in it is valid."""
    user = call.member()
    dandiset, version = call.version()
    if not dandiset.is_owned_by(user):
        raise empty_refusal()
    if dandiset.embargoed:
        raise refuse(400, "Operation only supported on OPEN dandisets")
    valid = {asset.status for asset in version.assets.values()} <= {"Valid"}
    if version.status not in {"Valid", "Published"} or not valid:
        raise refuse(400, "Dandiset metadata or asset metadata is not valid")
    call.state.publish(dandiset)
    return Answer(status=202)
