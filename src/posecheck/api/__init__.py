"""The public functions: what the command line does, for a program that embeds posecheck.

>>> import posecheck
>>> report = posecheck.validate("sub-M01", select=["VID"])  # doctest: +SKIP
>>> report.has_at_least(posecheck.Severity.ERROR)  # doctest: +SKIP
False
>>> plan = posecheck.plan_organize("raw", dandiset="000123")  # doctest: +SKIP
>>> plan.is_blocked or posecheck.apply(plan)  # doctest: +SKIP

Files are read in worker processes; the calling script needs no ``__main__`` guard for that.
"""

from posecheck.api.apply import apply
from posecheck.api.cache import cache_info, clear_cache
from posecheck.api.fix import finalize_fix, list_fix_runs, plan_fix, resume_fix, undo_fix
from posecheck.api.organize import (
    finalize_organize,
    plan_organize,
    resume_organize,
    undo_organize,
)
from posecheck.api.saved_plans import read_plan, save_plan
from posecheck.api.upload import (
    open_upload_session,
    plan_upload,
    read_receipt,
    send_upload,
    verify_upload,
)
from posecheck.api.validation import (
    configured_fail_on,
    describe,
    list_rules,
    picture,
    validate,
)
from posecheck.api.verdict import (
    Verdict,
    verdict_of_fix,
    verdict_of_fix_plan,
    verdict_of_organize_plan,
    verdict_of_recording,
    verdict_of_report,
    verdict_of_upload,
    verdict_of_upload_plan,
)

__all__ = [
    "Verdict",
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
    "picture",
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
    "verdict_of_recording",
    "verdict_of_report",
    "verdict_of_upload",
    "verdict_of_upload_plan",
    "verify_upload",
]
