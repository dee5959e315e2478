"""The plainest client: one file, step by step, as the contract says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from tests.archive.server import Archive

PLAIN = {"schemaKey": "Asset", "schemaVersion": "0.7.0", "encodingFormat": "text/plain"}
"""The least metadata of an asset, without its path."""


def send(
    archive: Archive,
    dandiset: str,
    path: str,
    parts: Sequence[bytes],
    metadata: Mapping[str, Any] = PLAIN,
) -> dict[str, Any]:
    """Send a file to the draft of a dandiset and return what the archive says of the asset."""
    with open_session(archive) as session:
        upload = begin(session, archive, dandiset, parts)
        blob = send_parts(session, archive, upload, parts)
        return _post(
            session,
            f"{archive.url}/api/dandisets/{dandiset}/versions/draft/assets/",
            {"metadata": {**metadata, "path": path}, "blob_id": blob},
        )


def open_session(archive: Archive) -> requests.Session:
    """Return a session of the owner of all dandisets."""
    session = requests.Session()
    session.headers["Authorization"] = f"token {archive.token}"
    return session


def begin(
    session: requests.Session, archive: Archive, dandiset: str, parts: Sequence[bytes]
) -> dict[str, Any]:
    """Announce bytes, and return where the archive wants them."""
    return _post(
        session,
        f"{archive.url}/api/uploads/initialize/",
        {
            "contentSize": sum(map(len, parts)),
            "digest": {"algorithm": "dandi:dandi-etag", "value": etag_of(parts)},
            "dandiset": dandiset,
        },
    )


def send_parts(
    session: requests.Session, archive: Archive, upload: Mapping[str, Any], parts: Sequence[bytes]
) -> str:
    """Bring bytes where they are wanted, and return the blob that they become."""
    done = []
    for part, data in zip(upload["parts"], parts, strict=True):
        # Without the session: the store does not get the archive's token.
        answer = requests.put(part["upload_url"], data=data, timeout=60)
        answer.raise_for_status()
        number, etag = part["part_number"], answer.headers["ETag"].strip('"')
        done.append({"part_number": number, "size": len(data), "etag": etag})
    address = f"{archive.url}/api/uploads/{upload['upload_id']}"
    completion = _post(session, f"{address}/complete/", {"parts": done})
    requests.post(
        completion["complete_url"], data=completion["body"], timeout=60
    ).raise_for_status()
    return str(_post(session, f"{address}/validate/", None)["blob_id"])


def etag_of(parts: Sequence[bytes]) -> str:
    """Return the dandi-etag of a file that is sent in these parts."""
    return f"{md5_of(b''.join(map(md5_of, parts))).hex()}-{len(parts)}"


def md5_of(data: bytes) -> bytes:
    """Return the MD5 of bytes."""
    return hashlib.md5(data, usedforsecurity=False).digest()


def _post(session: requests.Session, url: str, body: Any) -> dict[str, Any]:
    answer = session.post(url, json=body, timeout=60)
    answer.raise_for_status()
    value: dict[str, Any] = answer.json()
    return value
