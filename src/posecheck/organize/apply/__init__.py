"""Carry out a plan to organize, so that nothing is lost, whatever stops it.

`posecheck.transaction` keeps a journal in the dandiset, from which a run can be resumed or undone.
Videos are placed first and NWB files last. A source is removed only when all files of the plan are
in their places.
"""

from posecheck.organize.apply.application import apply_plan, finalize, resume, undo
from posecheck.organize.apply.outcomes import Applied, Undone

__all__ = ["Applied", "Undone", "apply_plan", "finalize", "resume", "undo"]
