"""Check NWB pose recordings, and organize them, before they are published on the DANDI Archive.

The public functions are imported when they are first used, so that ``import posecheck`` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from posecheck.model.version import __version__

if TYPE_CHECKING:
    from posecheck.api.checking import configured_threshold, describe, list_rules, validate
    from posecheck.api.organizing import (
        apply,
        finalize_organize,
        plan_organize,
        resume_organize,
        undo_organize,
    )
    from posecheck.engine.settings import Engine
    from posecheck.model.errors import (
        ApplyError,
        ConfigurationError,
        InternalError,
        PosecheckError,
        UsageError,
    )
    from posecheck.model.finding import FileReport, Finding, Report, Severity, Skipped
    from posecheck.organize.applying.outcomes import Applied, Progress, Undone
    from posecheck.organize.plan.values import Conflict, ConflictKind, OrganizePlan

__all__ = [
    "Applied",
    "ApplyError",
    "ConfigurationError",
    "Conflict",
    "ConflictKind",
    "Engine",
    "FileReport",
    "Finding",
    "InternalError",
    "OrganizePlan",
    "PosecheckError",
    "Progress",
    "Report",
    "Severity",
    "Skipped",
    "Undone",
    "UsageError",
    "__version__",
    "apply",
    "configured_threshold",
    "describe",
    "finalize_organize",
    "list_rules",
    "plan_organize",
    "resume_organize",
    "undo_organize",
    "validate",
]

_HOMES = {
    "posecheck.api.checking": ("configured_threshold", "describe", "list_rules", "validate"),
    "posecheck.api.organizing": (
        "apply",
        "finalize_organize",
        "plan_organize",
        "resume_organize",
        "undo_organize",
    ),
    "posecheck.engine.settings": ("Engine",),
    "posecheck.model.errors": (
        "ApplyError",
        "ConfigurationError",
        "InternalError",
        "PosecheckError",
        "UsageError",
    ),
    "posecheck.model.finding": ("FileReport", "Finding", "Report", "Severity", "Skipped"),
    "posecheck.organize.applying.outcomes": ("Applied", "Progress", "Undone"),
    "posecheck.organize.plan.values": ("Conflict", "ConflictKind", "OrganizePlan"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
