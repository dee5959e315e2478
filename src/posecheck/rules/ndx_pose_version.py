"""Which version of ndx-pose wrote a file, and so what the file can hold."""

from __future__ import annotations

import re

from posecheck.model.recording import Recording


def release(version: str) -> tuple[int, int, int] | None:
    """Read ``0.2``, ``v0.2.1`` or ``2.6.0-alpha``; what follows the numbers does not count."""
    numbers = re.match(r"\s*v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?", version, re.ASCII)
    if numbers is None:
        return None
    major, minor, patch = (int(number or 0) for number in numbers.groups())
    return major, minor, patch


def is_older(recording: Recording, wanted: str) -> bool:
    """Whether a file was written with an ndx-pose before a version; unknown ones are not."""
    stored, first = release(ndx_pose(recording)), release(wanted)
    return stored is not None and first is not None and stored < first


def ndx_pose(recording: Recording) -> str:
    """Return the version of ndx-pose that the file carries; empty if it carries none."""
    return recording.specifications.get("ndx-pose", "")
