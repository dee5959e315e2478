"""What the fix of a rule looks like, in one of the cases that its declaration holds."""

from __future__ import annotations

from posecheck.catalog.subjects import build_subject
from posecheck.model.h5py_lines import h5py_lines
from posecheck.model.rule import Hit, Params, Rule
from posecheck.model.wording import fix_of
from posecheck.rules import evaluate_rule


def example_of_fix(rule: Rule) -> tuple[str, ...]:
    """Return the lines of h5py that fix the first case with edits.

    Parameters
    ----------
    rule
        With its cases.

    Returns
    -------
    tuple of str
        Empty where no case has edits.
    """
    defaults = {parameter.name: parameter.default for parameter in rule.parameters}
    for case in rule.cases:
        if not case.expect:
            continue
        answers = evaluate_rule(
            rule, build_subject(rule, case), Params(defaults | dict(case.parameters))
        )
        for answer in answers:
            if isinstance(answer, Hit) and answer.edits and fix_of(rule, answer.variant):
                return h5py_lines(answer.edits)
    return ()
