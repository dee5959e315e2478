"""What is done about annexed files whose content is not here."""

from __future__ import annotations

from enum import StrEnum


class AnnexContent(StrEnum):
    """What is done about annexed NWB files whose content is not here.

    ``skip`` checks what needs no content, and reports the rest as not checked. ``stream`` reads a
    file in parts from an address that git-annex knows.
    """

    SKIP = "skip"
    STREAM = "stream"
