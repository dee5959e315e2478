"""Which files ``dandi upload`` takes as videos and images, as the installed dandi says."""

from __future__ import annotations

from posecheck.engine.rule_set import constant_of


def uploadable_extensions() -> frozenset[str]:
    """Return the extensions, in lower case and with their dots."""
    listed: list[str] = []
    for source in ("VIDEO_FILE_EXTENSIONS", "IMAGE_FILE_EXTENSIONS"):
        extensions = constant_of(f"dandi.consts:{source}")
        listed += map(str, extensions if isinstance(extensions, tuple) else (extensions,))
    return frozenset(extension.lower() for extension in listed)
