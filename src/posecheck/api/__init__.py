"""The public functions: what the command line does, for a program that embeds posecheck.

>>> import posecheck
>>> report = posecheck.validate("sub-M01", select=["VID"])  # doctest: +SKIP
>>> report.has_at_least(posecheck.Severity.ERROR)  # doctest: +SKIP
False

Files are read in worker processes; the calling script needs no ``__main__`` guard for that.
"""

from posecheck.api.checking import (
    configured_threshold,
    describe,
    list_rules,
    picture,
    validate,
)
from posecheck.api.uploading import plan_upload, send_upload, verify_upload

__all__ = [
    "configured_threshold",
    "describe",
    "list_rules",
    "picture",
    "plan_upload",
    "send_upload",
    "validate",
    "verify_upload",
]
