"""Carry out a plan to fix, check the files again, and undo what did not help."""

from posecheck.fix.apply.application import apply_plan, finalize, resume, undo
from posecheck.fix.apply.outcomes import Fixed, FixUndone, UndoneFile

__all__ = ["FixUndone", "Fixed", "UndoneFile", "apply_plan", "finalize", "resume", "undo"]
