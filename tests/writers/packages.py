"""The writers that the trials run: the packages of the extra ``writers``."""

from __future__ import annotations

import importlib.util

PACKAGES = {
    "sleap-io": "sleap_io",
    "neuroconv": "neuroconv",
    "movement": "movement",
    "jabs-io": "jabs",
    "ndx-jabs": "ndx_jabs",
}
"""What is installed under which name, and imported under which."""


def missing_packages() -> list[str]:
    """Return which of them are not installed; none is imported."""
    return [name for name, module in PACKAGES.items() if importlib.util.find_spec(module) is None]
