"""The way of bytes into the store: begin, complete, validate."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from tests.archive.endpoints.call import Call, crash, not_found, refuse
from tests.archive.endpoints.fields import REQUIRED, read_dandiset, read_size, read_uuid
from tests.archive.records import Blob, Dandiset, Upload, User
from tests.archive.store import LARGEST, part_sizes
from tests.archive.wire import Answer


def begin_upload(call: Call) -> Answer:
    """Hand out an address for each part, unless the bytes are here already."""
    user, body = call.member(), call.body()
    identifier, wrong_dandiset = read_dandiset(body)
    size, wrong_size = read_size(body)
    wrong = {"dandiset": wrong_dandiset, "contentSize": wrong_size}
    if any(wrong.values()):
        raise refuse(400, {name: said for name, said in wrong.items() if said})
    digest = body.get("digest")
    if digest is None:
        raise crash()  # it may be left out, says the archive, and then looks for it
    if digest.get("algorithm") != "dandi:dandi-etag":
        raise refuse(400, ["Unsupported Digest Type"])
    dandiset = call.state.dandisets.get(identifier)
    if dandiset is None or (dandiset.embargoed and not dandiset.is_owned_by(user)):
        raise not_found()
    if not dandiset.is_owned_by(user):
        raise refuse(403, "Action not allowed")
    etag = str(digest.get("value"))
    blob = call.state.etags.get(etag)  # whatever its size
    if blob is not None:
        raise refuse(409, "Blob already exists.", Location=blob.blob_id)
    if size > LARGEST:
        raise crash()
    return _begin(call, etag, size, dandiset)


def complete_upload(call: Call) -> Answer:
    """Hand out the address at which the store puts the parts together, and what to say there."""
    user, body = call.member(), call.body()
    parts = body.get("parts")
    if not isinstance(parts, list):
        raise refuse(400, {"parts": REQUIRED})
    if not parts:
        raise refuse(400, {"parts": {"non_field_errors": ["This list may not be empty."]}})
    upload = _upload(call, user)
    listed = "".join(
        f"<Part><PartNumber>{int(part['part_number'])}</PartNumber>"
        f"<ETag>{escape(str(part['etag']))}</ETag></Part>"
        for part in sorted(parts, key=lambda part: int(part["part_number"]))
    )
    context = call.context
    return Answer.of(
        {
            "complete_url": context.store.complete_url(
                context.store_host, upload.key, upload.multipart
            ),
            "body": '<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload '
            f'xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{listed}</CompleteMultipartUpload>',
        }
    )


def validate_upload(call: Call) -> Answer:
    """Hold what is in the store against what was announced; from then on it is a blob."""
    user = call.member()
    upload = _upload(call, user)
    with call.unlocked() as store:
        measured = store.measure(upload.key)
    _upload(call, user)  # another call may have had it meanwhile
    if measured is None:
        raise refuse(400, ["Object does not exist."])
    size, etag = measured
    if size != upload.size:
        raise refuse(400, [f"Size {upload.size} does not match actual size {size}."])
    if etag != upload.etag:
        raise refuse(400, [f"ETag {upload.etag} does not match actual ETag {etag}."])
    if etag in call.state.etags:
        del call.state.uploads[upload.upload_id]
        raise refuse(409, "An identical blob has already been uploaded.")
    return Answer.of(call.rendering.blob(call.state.add_blob(upload, etag)))


def find_blob(call: Call) -> Answer:
    """Describe the blob with a digest."""
    wanted = call.body()
    for blob in call.state.blobs.values():
        if _has(blob, wanted):
            return Answer.of(call.rendering.blob(blob))
    raise not_found()


def _has(blob: Blob, digest: Mapping[str, Any]) -> bool:
    known = {"dandi:dandi-etag": blob.etag, "dandi:sha2-256": blob.sha256}
    value = known.get(str(digest.get("algorithm")))
    return value is not None and value == digest.get("value")


def _begin(call: Call, etag: str, size: int, dandiset: Dandiset) -> Answer:
    context = call.context
    upload_id = str(uuid.uuid4())
    key = f"blobs/{upload_id[:3]}/{upload_id[3:6]}/{upload_id}"
    with call.unlocked() as store:
        multipart = store.begin(key)
    call.state.uploads[upload_id] = Upload(
        upload_id=upload_id,
        key=key,
        multipart=multipart,
        etag=etag,
        size=size,
        dandiset=dandiset.identifier,
        embargoed=dandiset.embargoed,
    )
    parts = [
        {
            "part_number": number,
            "size": length,
            "upload_url": store.part_url(context.store_host, key, multipart, number, length),
        }
        for number, length in enumerate(part_sizes(size), start=1)
    ]
    return Answer.of({"upload_id": upload_id, "parts": parts})


def _upload(call: Call, user: User) -> Upload:
    """Return the upload that is asked for; one into an embargoed dandiset is its owners' alone."""
    identifier = read_uuid(call.parts["upload"])
    if identifier is None:
        raise refuse(400, f"“{call.parts['upload']}” is not a valid UUID.")
    upload = call.state.uploads.get(identifier)
    if upload is None:
        raise not_found()
    if upload.embargoed and not call.state.dandisets[upload.dandiset].is_owned_by(user):
        raise not_found()
    return upload
