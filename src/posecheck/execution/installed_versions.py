"""Which versions judge a file: those of posecheck and of the libraries that it asks."""

from __future__ import annotations

import functools
import importlib.metadata
import platform

from posecheck.model.version import __version__

_LIBRARIES = ("pynwb", "hdmf", "ndx-pose", "dandi", "dandischema", "nwbinspector", "h5py", "av")


@functools.cache
def installed_versions() -> dict[str, str]:
    """Return the version of each by name; nothing where one is not installed."""
    python = ".".join(platform.python_version_tuple()[:2])
    versions = {"Python": python, "posecheck": __version__}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = ""
    return versions


def differences(theirs: dict[str, str], ours: dict[str, str]) -> str:
    """Return in which versions a worker differs, as a clause; empty if in none."""
    return ", ".join(
        f"{name} {theirs.get(name) or 'not installed'} (here {version or 'not installed'})"
        for name, version in ours.items()
        if theirs.get(name) != version
    )
