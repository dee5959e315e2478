"""Fix what has one right answer: plan the edits of findings, show them, make them, check again.

`plan` is the frozen plan and what may be done together, without input or output. `collect` tries
fixes on a view of each file that is thrown away. `apply` makes them through `posecheck.transaction`
and checks the files again.
"""
