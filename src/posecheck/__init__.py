"""Check NWB pose recordings before they are published on the DANDI Archive.

The public functions are imported when they are first used, so that ``import posecheck`` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from posecheck.model.version import __version__

if TYPE_CHECKING:
    from posecheck.api import (
        configured_threshold,
        describe,
        list_rules,
        plan_upload,
        send_upload,
        validate,
        verify_upload,
    )
    from posecheck.engine.settings import Engine
    from posecheck.model.errors import (
        ConfigurationError,
        InternalError,
        PosecheckError,
        UsageError,
    )
    from posecheck.model.finding import FileReport, Finding, Report, Severity, Skipped
    from posecheck.upload.outcomes import UploadInterrupted, UploadReport
    from posecheck.upload.plan.values import Existing, UploadPlan


__all__ = [
    "ConfigurationError",
    "Engine",
    "Existing",
    "FileReport",
    "Finding",
    "InternalError",
    "PosecheckError",
    "Report",
    "Severity",
    "Skipped",
    "UploadInterrupted",
    "UploadPlan",
    "UploadReport",
    "UsageError",
    "__version__",
    "configured_threshold",
    "describe",
    "list_rules",
    "plan_upload",
    "send_upload",
    "validate",
    "verify_upload",
]

_HOMES = {
    "posecheck.api": (
        "configured_threshold",
        "describe",
        "list_rules",
        "plan_upload",
        "send_upload",
        "validate",
        "verify_upload",
    ),
    "posecheck.engine.settings": ("Engine",),
    "posecheck.model.errors": (
        "ConfigurationError",
        "InternalError",
        "PosecheckError",
        "UsageError",
    ),
    "posecheck.upload.outcomes": ("UploadInterrupted", "UploadReport"),
    "posecheck.upload.plan.values": ("Existing", "UploadPlan"),
    "posecheck.model.finding": ("FileReport", "Finding", "Report", "Severity", "Skipped"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
