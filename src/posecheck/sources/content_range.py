"""The header ``Content-Range`` (RFC 9110, section 14.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"\s*bytes\s+(?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Which bytes an answer holds.

    Attributes
    ----------
    start, stop
        Where they begin, and the position after the last of them.
    total
        The size of the whole file.
    """

    start: int
    stop: int
    total: int


def parse_content_range(text: str) -> ContentRange | None:
    """Return what the header states; ``None`` if that is nothing that can be used."""
    found = _HEADER.fullmatch(text)
    if found is None:
        return None
    first, last, total = found.groups()
    if first is None:
        return ContentRange(0, 0, int(total))
    stated = ContentRange(int(first), int(last) + 1, int(total))
    return stated if stated.start < stated.stop <= stated.total else None
