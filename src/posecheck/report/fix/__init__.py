"""A plan to fix, and what came of it, for a person.

`FixPlanReport` prints what becomes of each place, or the rules with an example of each where that
is much. The plan as JSON is `posecheck.fix.plan.document`'s.
"""

from posecheck.report.fix.plan import FixPlanReport, question
from posecheck.report.fix.result import describe_fixed, describe_undone, print_undone_files

__all__ = [
    "FixPlanReport",
    "describe_fixed",
    "describe_undone",
    "print_undone_files",
    "question",
]
