"""What was recorded between dandi 0.81 and the archive's own server, and what of it matters.

`exchanges.jsonl` holds the exchanges in their order: requests of dandi's commands, then requests
that provoke each error. Those of the step ``30-from-source`` follow the server's source
(dandi-archive, August 2026: views, serializers and models) where nothing had been recorded. Tokens
and signatures are masked, and bodies end after 3,000 characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("exchanges.jsonl")
LIMIT = 3000

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_MASKS = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"http://(localhost:9100|127\.0\.0\.1:\d+)/dandi-dandisets/", "<store>/"),
        (r"http://(localhost:80[08][05]|127\.0\.0\.1:\d+)", "<archive>"),
        (UUID.pattern, "<id>"),
        (r"blobs/[0-9a-f]{3}/[0-9a-f]{3}/", "blobs/<id>/<id>/"),
        (r"uploadId=[0-9a-f_]+", "uploadId=<id>"),
        (r"X-Amz-(Credential|Date|Signature)=[^&\"<]*(<\w+>)?", r"X-Amz-\1=<masked>"),
        (r"\b[0-9a-f]{64}\b", "<sha256>"),
        (r"\b[0-9a-f]{32}-(\d+)\b", r"<etag of \1 parts>"),
        (r"\b[0-9a-f]{32}\b", "<md5>"),
        (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "<time>"),
        (r"\b20\d\d-\d\d-\d\d\b", "<date>"),
        (r"\b0\.\d{6}\.\d{4}\b", "<version>"),
        (r"<RequestId>\w+</RequestId>", "<RequestId/>"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer."""

    step: str
    server: str
    method: str
    path: str
    status: int
    request_headers: Mapping[str, str]
    request_body: str
    response_headers: Mapping[str, str]
    response_body: str


def load_exchanges() -> tuple[Exchange, ...]:
    """Read what was recorded, in order."""
    return tuple(Exchange(**json.loads(line)) for line in _FILE.read_text("utf-8").splitlines())


def mask(text: str) -> str:
    """Replace what differs from one archive, and one day, to another."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def parse(body: str) -> Any:
    """Return a body's JSON, masked; or its masked text where it is none."""
    masked = mask(body)
    try:
        return json.loads(masked)
    except ValueError:
        return masked
