"""A rule's cases in words: what it reports, and what it accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from posecheck.model.finding import Severity
from posecheck.model.rule import Case, Rule

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


def title_of(case: Case) -> str:
    """Return what a case is, in words: ``rate of a faster video``."""
    return case.id.replace("-", " ")


def _reported(rule: Rule) -> Iterator[ReportedCase]:
    for case in rule.cases:
        for message in case.expect[:1]:
            yield ReportedCase(title_of(case), case.severity or rule.severity, message)
