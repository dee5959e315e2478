"""Which posecheck this is."""

from __future__ import annotations

from importlib.metadata import version


def installed_version() -> str:
    """Return the version of the installed distribution, without importing what it depends on."""
    return version("posecheck")
