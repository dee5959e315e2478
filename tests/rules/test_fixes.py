"""What declarations say of fixes, and what rules give for them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.mutations.fixable import WITHOUT_EDITS

from posecheck.catalog import load_catalog
from posecheck.catalog.declaration import DeclarationError, parse_declaration
from posecheck.catalog.subjects import build_subject
from posecheck.model.edit import FixSafety, is_within_limits
from posecheck.model.h5py_lines import h5py_lines
from posecheck.model.rule import Hit, Params, Rule
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


@pytest.mark.parametrize(
    ("of_rule", "of_variant", "safety"),
    [
        ({}, {}, None),
        ({"fix": "safe"}, {}, FixSafety.SAFE),
        ({"fix": "unsafe"}, {"fix": "safe"}, FixSafety.SAFE),
        ({"fix": "safe"}, {"fix": "none"}, None),
        ({}, {"fix": "unsafe"}, FixSafety.UNSAFE),
    ],
)
def test_a_variant_may_have_another_safety(
    of_rule: dict[str, Any], of_variant: dict[str, Any], safety: FixSafety | None
) -> None:
    variants = {"other": {"message": "m", **of_variant}}
    rule = parse_declaration("video", {**_TEXTS, **of_rule, "variants": variants})
    assert fix_of(rule, "other") is safety
    assert fix_of(rule, "") is (FixSafety(of_rule["fix"]) if of_rule else None)


def test_a_safety_that_there_is_not_is_refused() -> None:
    with pytest.raises(DeclarationError, match="perhaps"):
        parse_declaration("video", {**_TEXTS, "fix": "perhaps"})


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_edits_and_declarations_agree(rule: Rule) -> None:
    """What is declared as fixable gives edits in some case, and nothing else does."""
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
    assert given <= declared
    assert bool(given) == (bool(declared) and rule.code not in WITHOUT_EDITS)
