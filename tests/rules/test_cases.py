"""Every declaration is proven by its own cases, and declarations and functions are one to one."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re

import pytest

import posecheck.rules
from posecheck.catalog import load_catalog
from posecheck.catalog.subjects import build_subject
from posecheck.model.rule import Case, Hit, Params, Rule, Skip
from posecheck.model.wording import subject_of, wording_of
from posecheck.rules import evaluate_rule

CASES = [
    pytest.param(rule, case, id=f"{rule.code}-{case.id}")
    for rule in load_catalog()
    for case in rule.cases
]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_case_gives_what_it_expects(rule: Rule, case: Case) -> None:
    params = Params({p.name: p.default for p in rule.parameters} | dict(case.parameters))
    outcome = list(evaluate_rule(rule, build_subject(rule, case), params))
    hits = [item for item in outcome if isinstance(item, Hit)]
    wordings = [wording_of(rule, hit) for hit in hits]
    assert [message for _, message, _ in wordings] == list(case.expect)
    if case.severity is not None:
        assert {severity for severity, _, _ in wordings} == {case.severity}
    for hit in hits:
        assert subject_of(rule, hit) or not subject_is_declared(rule, hit)
    reasons = [item.reason for item in outcome if isinstance(item, Skip)]
    assert reasons == ([case.skipped] if case.skipped else [])


def subject_is_declared(rule: Rule, hit: Hit) -> bool:
    """Whether a hit must have a subject; a text that is blank in the file may be one."""
    name = rule.variants[hit.variant].subject if hit.variant else rule.subject
    return bool(name) and hit.values[name] not in ("", ())


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_rule_has_a_reported_and_an_accepted_case(rule: Rule) -> None:
    assert any(case.expect for case in rule.cases), "no case that is reported"
    assert any(not case.expect for case in rule.cases), "no case that is accepted"


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_every_variant_and_parameter_is_shown_by_a_case(rule: Rule) -> None:
    for case in rule.cases:
        assert set(case.parameters) <= {parameter.name for parameter in rule.parameters}
    variants = set()
    for case in rule.cases:
        params = Params({p.name: p.default for p in rule.parameters} | dict(case.parameters))
        for item in evaluate_rule(rule, build_subject(rule, case), params):
            if isinstance(item, Hit):
                variants.add(item.variant)
    assert set(rule.variants) <= variants


def test_functions_and_declarations_are_one_to_one() -> None:
    declared = {(rule.family, rule.code.lower()) for rule in load_catalog()}
    written = {
        (module.name, name)
        for module in pkgutil.iter_modules(posecheck.rules.__path__)
        for name in vars(importlib.import_module(f"posecheck.rules.{module.name}"))
        if re.fullmatch(r"[a-z]{3}[0-9]{3}", name)
    }
    assert written == declared


def test_cases_stand_last_so_that_a_run_need_not_parse_them() -> None:
    bare = [dataclasses.replace(rule, cases=()) for rule in load_catalog()]
    assert list(load_catalog(with_cases=False)) == bare
