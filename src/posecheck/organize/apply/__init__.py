"""Carry out a plan to organize, so that whatever stops it, nothing is lost.

A run keeps a journal in the dandiset. It says what is about to be done before it is done; who
reads it after a crash can go on (`resume`) or go back (`undo`). Videos land first and NWB files
last, each prepared under a hidden name beside its place and then renamed into it, over nothing. A
source is removed only when everything that the plan brings is there.
"""

from posecheck.organize.apply.applying import apply_plan, resume
from posecheck.organize.apply.finalizing import finalize
from posecheck.organize.apply.outcomes import Applied, Finalized, OnProgress, Progress, Undone
from posecheck.organize.apply.runs import name_foreign, refuse_unfinished, unfinished_run
from posecheck.organize.apply.undoing import undo

__all__ = [
    "Applied",
    "Finalized",
    "OnProgress",
    "Progress",
    "Undone",
    "apply_plan",
    "finalize",
    "name_foreign",
    "refuse_unfinished",
    "resume",
    "undo",
    "unfinished_run",
]
