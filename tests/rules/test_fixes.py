"""What declarations say of fixes, and what rules give for them."""

from __future__ import annotations

from typing import Any

import pytest

from posecheck.catalog import load_catalog
from posecheck.catalog.declaration import DeclarationError, parse_declaration
from posecheck.catalog.subjects import build_subject
from posecheck.model.edit import AddDataset, FixSafety, SetDataset, is_within_limits
from posecheck.model.fix import Fix
from posecheck.model.h5py_lines import h5py_lines
from posecheck.model.rule import Hit, Params, Rule, Variant
from posecheck.model.wording import fix_of
from posecheck.rules import evaluate_rule

_TEXTS = {
    "code": "XYZ001",
    "name": "some-defect",
    "severity": "error",
    "scope": "video",
    "since": "0.1.0",
    **dict.fromkeys(("message", "what", "why", "remedy"), "m"),
}


_SAFE = {"safety": "safe", "what": "Writes 'pixels' into the unit."}
_UNSAFE = {"safety": "unsafe", "what": "Divides by 100.", "assumption": "Assumes percent."}
_WHY_NOT = {"why_not": "The frames have to be exported first."}


def declare(of_rule: dict[str, Any] | None, of_variant: dict[str, Any] | str | None = None) -> Rule:
    """Parse a rule with a variant, each with a table [fix] unless it is ``None``."""
    variant = {"message": "m"} if of_variant is None else {"message": "m", "fix": of_variant}
    document: dict[str, Any] = {**_TEXTS, "variants": {"other": variant}}
    return parse_declaration("video", document | ({} if of_rule is None else {"fix": of_rule}))


def test_a_rule_and_its_variants_have_no_fix_and_no_reason_unless_they_say_so() -> None:
    rule = declare(None)
    assert (rule.fix, rule.why_not) == (None, "")
    assert (rule.variants["other"].fix, rule.variants["other"].why_not) == (None, "")
    assert (fix_of(rule, ""), fix_of(rule, "other"), rule.fix_safeties) == (None, None, ())


@pytest.mark.parametrize(
    ("of_rule", "of_variant", "fix", "why_not"),
    [
        (_SAFE, None, Fix(FixSafety.SAFE, _SAFE["what"]), ""),
        (_UNSAFE, None, Fix(FixSafety.UNSAFE, "Divides by 100.", "Assumes percent."), ""),
        (_WHY_NOT, None, None, _WHY_NOT["why_not"]),
        (_UNSAFE, "none", None, ""),
        (_WHY_NOT, "none", None, ""),
        (None, _SAFE, Fix(FixSafety.SAFE, _SAFE["what"]), ""),
        (_WHY_NOT, _SAFE, Fix(FixSafety.SAFE, _SAFE["what"]), ""),
        (_UNSAFE, _WHY_NOT, None, _WHY_NOT["why_not"]),
        (_UNSAFE, {"what": "Clips."}, Fix(FixSafety.UNSAFE, "Clips.", "Assumes percent."), ""),
        (
            _UNSAFE,
            {"assumption": "Assumes logits."},
            Fix(FixSafety.UNSAFE, "Divides by 100.", "Assumes logits."),
            "",
        ),
        (_UNSAFE, {"safety": "safe"}, Fix(FixSafety.SAFE, "Divides by 100."), ""),
        (
            _SAFE,
            {"safety": "unsafe", "assumption": "Assumes an image."},
            Fix(FixSafety.UNSAFE, _SAFE["what"], "Assumes an image."),
            "",
        ),
    ],
)
def test_a_variant_says_what_differs_from_the_fix_of_its_rule(
    of_rule: dict[str, Any] | None,
    of_variant: dict[str, Any] | str | None,
    fix: Fix | None,
    why_not: str,
) -> None:
    rule = declare(of_rule, of_variant)
    assert (rule.variants["other"].fix, rule.variants["other"].why_not) == (fix, why_not)
    assert fix_of(rule, "other") is (fix.safety if fix else None)
    alone = declare(of_rule)
    assert (rule.fix, rule.why_not) == (alone.fix, alone.why_not)


def test_a_rule_has_the_safeties_of_all_its_wordings() -> None:
    assert declare(_UNSAFE, _SAFE).fix_safeties == (FixSafety.SAFE, FixSafety.UNSAFE)
    assert declare(_WHY_NOT, _UNSAFE).fix_safeties == (FixSafety.UNSAFE,)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({}, "'safety' is missing"),
        ({"what": "Writes."}, "'safety' is missing"),
        ({"safety": "safe"}, "'what' is missing"),
        ({"safety": "safe", "what": " "}, "'what' is missing"),
        ({"safety": "unsafe", "what": "Writes."}, "'assumption' is missing"),
        ({**_SAFE, "assumption": "Assumes."}, "a safe fix has no 'assumption'"),
        ({**_SAFE, **_WHY_NOT}, "stands alone"),
        ({**_WHY_NOT, "what": "Writes."}, "stands alone"),
        ({"why_not": ""}, "'why_not' is missing"),
        ({**_SAFE, "safety": "perhaps"}, "perhaps"),
        ({**_SAFE, "whta": "Writes."}, "unknown key whta"),
        ("safe", "'safe' is no table"),
    ],
)
def test_a_fix_that_does_not_say_what_it_must_is_refused(table: Any, complaint: str) -> None:
    with pytest.raises(DeclarationError, match=f"^XYZ001, fix: .*{complaint}"):
        declare(table)
    with pytest.raises(DeclarationError, match=f"^XYZ001, variant other, fix: .*{complaint}"):
        declare(None, table)


def test_a_variant_cannot_make_a_safe_fix_of_its_rule_assume_something() -> None:
    with pytest.raises(DeclarationError, match="a safe fix has no 'assumption'"):
        declare(_SAFE, {"assumption": "Assumes percent."})


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_edits_and_declarations_agree(rule: Rule) -> None:
    """Each wording that is declared as fixable gives edits in some case, and no other does."""
    given = set()
    for case in rule.cases:
        params = Params({p.name: p.default for p in rule.parameters} | dict(case.parameters))
        for answer in evaluate_rule(rule, build_subject(rule, case), params):
            if isinstance(answer, Hit) and answer.edits:
                given.add(answer.variant)
                assert is_within_limits(answer.edits)
                assert h5py_lines(answer.edits)
    declared = {variant.name for variant in rule.variants.values() if variant.fix is not None}
    declared |= {""} if rule.fix is not None else set()
    assert given == declared


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_what_is_said_of_a_fix_are_sentences(rule: Rule) -> None:
    wordings: list[Rule | Variant] = [rule, *rule.variants.values()]
    for said in wordings:
        texts = [said.fix.what, said.fix.assumption] if said.fix is not None else []
        for text in filter(None, [*texts, said.why_not]):
            assert text[0].isupper()
            assert text.endswith(".")
        if said.fix is not None and said.fix.assumption:
            assert said.fix.assumption.startswith("Assumes that ")


@pytest.mark.parametrize("code", ["REF001", "REF004"])
def test_a_fix_that_quotes_what_it_writes_writes_that(code: str) -> None:
    (rule,) = (rule for rule in load_catalog() if rule.code == code)
    written = {
        edit.value
        for case in rule.cases
        for answer in evaluate_rule(
            rule, build_subject(rule, case), Params({p.name: p.default for p in rule.parameters})
        )
        if isinstance(answer, Hit)
        for edit in answer.edits
        if isinstance(edit, AddDataset | SetDataset)
    }
    assert rule.fix is not None
    assert [f"'{value}'" in rule.fix.what for value in written] == [True]
