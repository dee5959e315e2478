"""The way of bytes into the store: begin, complete, validate."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from tests.archive.endpoints.call import Call, not_found, refuse
from tests.archive.state import Blob, Upload
from tests.archive.store import part_sizes
from tests.archive.wire import Answer

_REQUIRED = ["This field is required."]


def begin_upload(call: Call) -> Answer:
    """Hand out an address for each part, unless the bytes are here already."""
    user, body = call.member(), call.request.json
    missing = {name: _REQUIRED for name in ("dandiset", "contentSize") if name not in body}
    if missing:
        raise refuse(400, missing)
    size, digest = int(body["contentSize"]), body.get("digest") or {}
    if size < 1:
        raise refuse(400, {"contentSize": ["Ensure this value is greater than or equal to 1."]})
    if digest.get("algorithm") != "dandi:dandi-etag":
        raise refuse(400, ["Unsupported Digest Type"])
    dandiset = call.dandiset(str(body["dandiset"]))
    if dandiset.owner is not user:
        raise refuse(403, "Action not allowed")
    etag = str(digest.get("value"))
    blob = call.state.etags.get((etag, size))
    if blob is not None:
        raise refuse(409, "Blob already exists.", Location=blob.blob_id)
    return _begin(call, etag, size, dandiset.identifier)


def complete_upload(call: Call) -> Answer:
    """Hand out the address at which the store puts the parts together, and what to say there."""
    call.member()
    upload = _upload(call)
    parts = call.request.json.get("parts")
    if not isinstance(parts, list):
        raise refuse(400, {"parts": _REQUIRED})
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
    call.member()
    upload = _upload(call)
    with call.unlocked() as store:
        measured = store.measure(upload.key)
    _upload(call)  # another call may have had it meanwhile
    if measured is None:
        raise refuse(400, ["Object does not exist."])
    size, etag = measured
    if size != upload.size:
        raise refuse(400, [f"Size {upload.size} does not match actual size {size}."])
    if etag != upload.etag:
        raise refuse(400, [f"ETag {upload.etag} does not match actual ETag {etag}."])
    if (etag, size) in call.state.etags:
        raise refuse(409, "An identical blob has already been uploaded.")
    return Answer.of(call.rendering.blob(call.state.add_blob(upload, etag)))


def find_blob(call: Call) -> Answer:
    """Describe the blob with a digest."""
    wanted = call.request.json
    for blob in call.state.blobs.values():
        if _has(blob, wanted):
            return Answer.of(call.rendering.blob(blob))
    raise not_found()


def _has(blob: Blob, digest: Mapping[str, Any]) -> bool:
    known = {"dandi:dandi-etag": blob.etag, "dandi:sha2-256": blob.sha256}
    value = known.get(str(digest.get("algorithm")))
    return value is not None and value == digest.get("value")


def _begin(call: Call, etag: str, size: int, dandiset: str) -> Answer:
    context = call.context
    upload_id = str(uuid.uuid4())
    key = f"blobs/{upload_id[:3]}/{upload_id[3:6]}/{upload_id}"
    with call.unlocked() as store:
        multipart = store.begin(key)
    call.state.uploads[upload_id] = Upload(
        upload_id=upload_id, key=key, multipart=multipart, etag=etag, size=size, dandiset=dandiset
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


def _upload(call: Call) -> Upload:
    upload = call.state.uploads.get(call.parts["upload"])
    if upload is None:
        raise not_found()
    return upload
