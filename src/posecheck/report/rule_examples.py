"""Examples of a rule, from its cases: what it reports, what it accepts, and what a fix changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from posecheck.model.finding import Severity
from posecheck.model.h5py_lines import h5py_lines
from posecheck.model.rule import Case, Hit, Params, Rule
from posecheck.model.wording import fix_of

_MOST = 4


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """A case that a rule reports: what it is, and what is said of it."""

    title: str
    severity: Severity
    message: str


def reported_cases(rule: Rule, most: int | None = _MOST) -> tuple[ReportedCase, ...]:
    """Return what a rule says in the cases that it reports.

    Parameters
    ----------
    rule
        With its cases.
    most
        How many to return; those of different severity come first. ``None`` for all.
    """
    cases = list(_reported(rule))
    first = {case.severity: case for case in reversed(cases)}
    chosen = [case for case in cases if first[case.severity] is case]
    chosen += [case for case in cases if case not in chosen]
    return tuple(chosen if most is None else chosen[:most])


def accepted_cases(rule: Rule) -> str:
    """Return a sentence that lists what a rule accepts; empty if no case shows it."""
    titles = [title_of(case) for case in rule.cases if not case.expect and not case.skipped]
    return f"There is no finding for: {'; '.join(titles)}." if titles else ""


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
    from posecheck.catalog.subjects import build_subject  # noqa: PLC0415 - only a fix needs them
    from posecheck.rules import evaluate_rule  # noqa: PLC0415

    defaults = {parameter.name: parameter.default for parameter in rule.parameters}
    for case in rule.cases:
        if not case.expect:
            continue
        outcomes = evaluate_rule(
            rule, build_subject(rule, case), Params(defaults | dict(case.parameters))
        )
        for outcome in outcomes:
            if isinstance(outcome, Hit) and outcome.edits and fix_of(rule, outcome.variant):
                return h5py_lines(outcome.edits)
    return ()


def title_of(case: Case) -> str:
    """Return what a case is, in words: ``rate of a faster video``."""
    return case.id.replace("-", " ")


def _reported(rule: Rule) -> Iterator[ReportedCase]:
    for case in rule.cases:
        for message in case.expect[:1]:
            yield ReportedCase(title_of(case), case.severity or rule.severity, message)
