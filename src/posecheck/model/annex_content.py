"""What is done about annexed files whose content is not here."""

from __future__ import annotations

from enum import StrEnum


class AnnexContent(StrEnum):
    """What is done about annexed files whose content is not here.

    ``skip`` checks what needs no content, and reports the rest as not checked. ``stream`` reads an
    NWB file in parts from an address that git-annex knows. ``get`` fetches NWB files and the
    videos that they reference for the check, and drops them again.
    """

    SKIP = "skip"
    STREAM = "stream"
    GET = "get"
