"""A plan to organize, and what came of it, for a person.

`PlanReport` prints the plan as a tree: each recording from its old place to its new, below it every
reference that changes, with the way that its video takes; then what stands against it, and how much
it is. The plan as JSON is `posecheck.organize.plan.document`'s.
"""

from posecheck.report.organize.display_paths import place
from posecheck.report.organize.totals import Totals, question, total
from posecheck.report.organize.tree import PlanReport

__all__ = ["PlanReport", "Totals", "place", "question", "total"]
