"""What fixes would break: errors that were not there, and could have been seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from posecheck.engine.rule_set import RuleSet
from posecheck.fix.plan.moved_places import place_after
from posecheck.model.edit import distinct
from posecheck.model.finding import Finding, Severity
from posecheck.model.rule import Rule


def new_errors(
    made: Sequence[Finding],
    before: Sequence[Finding],
    after: Sequence[Finding],
    rule_set: RuleSet,
    unchecked: Collection[str],
) -> Iterator[Finding]:
    """Yield findings of severity error that were not there, and that nothing covered.

    What a fixed finding stood for is reported once it is gone.

    Parameters
    ----------
    made
        The findings that were fixed.
    before, after
        What was found before they were, and after.
    rule_set
        The rules.
    unchecked
        The rules that could not be evaluated, or not everywhere, on the file as it is, by their
        codes.
    """
    edits = distinct(edit for one in made for edit in one.edits)
    known = {(one.code, place_after(one.location, edits)) for one in before}
    uncovered = {*superseded_by({one.code for one in made}, rule_set.rules), *unchecked}
    for finding in after:
        is_new = (finding.code, finding.location) not in known
        if is_new and finding.severity is Severity.ERROR and finding.code not in uncovered:
            yield finding


def superseded_by(codes: Collection[str], rules: Iterable[Rule]) -> set[str]:
    """Return the codes of what is reported once findings are gone that stood for it."""
    return {other.code for rule in rules if rule.code in codes for other in rule.supersedes}
