"""Check NWB pose recordings, organize them, and upload them to the DANDI Archive.

The public functions are imported when they are first used, so that ``import posecheck`` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from posecheck.model.version import __version__

if TYPE_CHECKING:
    from posecheck.api import (
        apply,
        cache_info,
        clear_cache,
        configured_fail_on,
        describe,
        finalize_fix,
        finalize_organize,
        list_fix_runs,
        list_rules,
        open_upload_session,
        plan_fix,
        plan_organize,
        plan_upload,
        read_plan,
        read_receipt,
        resume_fix,
        resume_organize,
        save_plan,
        send_upload,
        undo_fix,
        undo_organize,
        validate,
        verdict_of_fix,
        verdict_of_fix_plan,
        verdict_of_organize_plan,
        verdict_of_report,
        verdict_of_upload,
        verdict_of_upload_plan,
        verify_upload,
    )
    from posecheck.api.verdict import Verdict
    from posecheck.files.cache_database import CacheInfo
    from posecheck.fix.apply.outcomes import Fixed, FixUndone
    from posecheck.fix.plan.values import FixPlan
    from posecheck.model.baseline import BaselineUse, KnownFinding
    from posecheck.model.change_scope import ChangeScope
    from posecheck.model.dandiset_contents import DandisetContents
    from posecheck.model.errors import (
        ApplyError,
        ConfigurationError,
        ExitCode,
        InternalError,
        PosecheckError,
        UsageError,
    )
    from posecheck.model.finding import Finding, Severity, Skipped, Suppression
    from posecheck.model.pose_probes import NotProbed, PoseProbes
    from posecheck.model.progress import ProgressListener, Received
    from posecheck.model.report import FileReport, Report
    from posecheck.organize.apply.outcomes import Applied, Undone
    from posecheck.organize.plan.values import Conflict, ConflictKind, OrganizePlan
    from posecheck.transaction.outcomes import Finalized
    from posecheck.upload.outcomes import UploadInterrupted, UploadReport
    from posecheck.upload.plan.files import Existing
    from posecheck.upload.plan.upload_plan import UploadPlan
    from posecheck.validators.registry import Engine

__all__ = [
    "Applied",
    "ApplyError",
    "BaselineUse",
    "CacheInfo",
    "ChangeScope",
    "ConfigurationError",
    "Conflict",
    "ConflictKind",
    "DandisetContents",
    "Engine",
    "Existing",
    "ExitCode",
    "FileReport",
    "Finalized",
    "Finding",
    "FixPlan",
    "FixUndone",
    "Fixed",
    "InternalError",
    "KnownFinding",
    "NotProbed",
    "OrganizePlan",
    "PoseProbes",
    "PosecheckError",
    "ProgressListener",
    "Received",
    "Report",
    "Severity",
    "Skipped",
    "Suppression",
    "Undone",
    "UploadInterrupted",
    "UploadPlan",
    "UploadReport",
    "UsageError",
    "Verdict",
    "__version__",
    "apply",
    "cache_info",
    "clear_cache",
    "configured_fail_on",
    "describe",
    "finalize_fix",
    "finalize_organize",
    "list_fix_runs",
    "list_rules",
    "open_upload_session",
    "plan_fix",
    "plan_organize",
    "plan_upload",
    "read_plan",
    "read_receipt",
    "resume_fix",
    "resume_organize",
    "save_plan",
    "send_upload",
    "undo_fix",
    "undo_organize",
    "validate",
    "verdict_of_fix",
    "verdict_of_fix_plan",
    "verdict_of_organize_plan",
    "verdict_of_report",
    "verdict_of_upload",
    "verdict_of_upload_plan",
    "verify_upload",
]

_HOMES = {
    "posecheck.api.apply": ("apply",),
    "posecheck.api.cache": ("cache_info", "clear_cache"),
    "posecheck.api.validation": ("configured_fail_on", "describe", "list_rules", "validate"),
    "posecheck.api.verdict": (
        "Verdict",
        "verdict_of_fix",
        "verdict_of_fix_plan",
        "verdict_of_organize_plan",
        "verdict_of_report",
        "verdict_of_upload",
        "verdict_of_upload_plan",
    ),
    "posecheck.api.fix": ("finalize_fix", "list_fix_runs", "plan_fix", "resume_fix", "undo_fix"),
    "posecheck.api.organize": (
        "finalize_organize",
        "plan_organize",
        "resume_organize",
        "undo_organize",
    ),
    "posecheck.api.saved_plans": ("read_plan", "save_plan"),
    "posecheck.api.upload": (
        "open_upload_session",
        "plan_upload",
        "read_receipt",
        "send_upload",
        "verify_upload",
    ),
    "posecheck.validators.registry": ("Engine",),
    "posecheck.model.errors": (
        "ApplyError",
        "ConfigurationError",
        "ExitCode",
        "InternalError",
        "PosecheckError",
        "UsageError",
    ),
    "posecheck.files.cache_database": ("CacheInfo",),
    "posecheck.model.baseline": ("BaselineUse", "KnownFinding"),
    "posecheck.model.change_scope": ("ChangeScope",),
    "posecheck.model.dandiset_contents": ("DandisetContents",),
    "posecheck.model.pose_probes": ("NotProbed", "PoseProbes"),
    "posecheck.model.finding": ("Finding", "Severity", "Skipped", "Suppression"),
    "posecheck.model.report": ("FileReport", "Report"),
    "posecheck.model.progress": ("ProgressListener", "Received"),
    "posecheck.fix.apply.outcomes": ("FixUndone", "Fixed"),
    "posecheck.fix.plan.values": ("FixPlan",),
    "posecheck.organize.apply.outcomes": ("Applied", "Undone"),
    "posecheck.organize.plan.values": ("Conflict", "ConflictKind", "OrganizePlan"),
    "posecheck.transaction.outcomes": ("Finalized",),
    "posecheck.upload.outcomes": ("UploadInterrupted", "UploadReport"),
    "posecheck.upload.plan.files": ("Existing",),
    "posecheck.upload.plan.upload_plan": ("UploadPlan",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
