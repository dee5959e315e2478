"""Values of bodies and queries, and what the archive says of those that are none."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from tests.archive.endpoints.call import refuse

REQUIRED = ["This field is required."]

_DANDISET = re.compile(r"\d{6}")
_TRUE = frozenset({"t", "y", "yes", "true", "on", "1"})
_FALSE = frozenset({"f", "n", "no", "false", "off", "0"})


def read_dandiset(body: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the identifier of a dandiset, six digits or a number, and what is wrong with it."""
    value = body.get("dandiset")
    if "dandiset" not in body:
        return "", REQUIRED
    if isinstance(value, int) and 0 <= value <= 999_999:
        return f"{value:06}", []
    if isinstance(value, str) and _DANDISET.fullmatch(value):
        return value, []
    return "", ["A valid Dandiset identifier is required."]


def read_size(body: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Return the size of a file, and what is wrong with it."""
    if "contentSize" not in body:
        return 0, REQUIRED
    try:
        size = int(body["contentSize"])
    except (ValueError, TypeError):
        return 0, ["A valid integer is required."]
    wrong = ["Ensure this value is greater than or equal to 1."] if size < 1 else []
    return size, wrong


def read_uuid(text: Any) -> str | None:
    """Return an id as the archive spells it; nothing for what is none."""
    try:
        return str(uuid.UUID(str(text)))
    except ValueError:
        return None


def read_flag(query: Mapping[str, str], name: str) -> bool:
    """Return what a flag of a query says."""
    value = query.get(name, "false").lower()
    if value not in _TRUE | _FALSE:
        raise refuse(400, {name: ["Must be a valid boolean."]})
    return value in _TRUE
