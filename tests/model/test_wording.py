from __future__ import annotations

import re

import pytest

from posecheck.catalog import load_catalog
from posecheck.catalog.subjects import build_subject
from posecheck.model.rule import Hit, Params, Rule
from posecheck.model.values import Value
from posecheck.model.wording import WordingError, counted, word, wording_of
from posecheck.rules import evaluate_rule

_SEVERAL = re.compile(r"(?<![\w.,-])(?<!× )(?<!id )1 (?!of\b|joins\b)(?:[A-Za-z]+ )?([A-Za-z]+s)\b")
_NOT_PLURAL = {
    *("as", "does", "ends", "has", "is", "lies", "repeats", "series", "shares"),
}
_NEVER_ONE = {"NOD023", "TRN010", "UNI007"}
"""Rules that report from two animals, two frames or a hundred positions on."""


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 gaps are"), (1, "1 gap is"), (2, "2 gaps are"), (2330, "2,330 gaps are")],
)
def test_a_number_has_its_noun_and_its_verb(number: int, expected: str) -> None:
    assert word("{n:counted gap} {n:is|are}", {"n": number}) == expected
    assert word("{n:counted gap}", {"n": number}) == counted(number, "gap")


@pytest.mark.parametrize(
    ("number", "expected"), [(0.6, "1 day"), (1.4, "1 day"), (1.6, "2 days"), (0.2, "0 days")]
)
def test_what_is_rounded_to_one_is_one(number: float, expected: str) -> None:
    assert word("{n:.0f} {n:day|days}", {"n": number}) == expected


@pytest.mark.parametrize("template", ["{n:counted gap}", "{n:is|are}"])
def test_only_numbers_are_counted(template: str) -> None:
    with pytest.raises(WordingError):
        word(template, {"n": "nose"})


def _ones(value: Value) -> Value:
    return 1 if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_no_message_is_about_one_in_the_plural(rule: Rule) -> None:
    """Every message of every case, with each number that it counts replaced by 1."""
    for case in rule.cases:
        params = Params({p.name: p.default for p in rule.parameters} | dict(case.parameters))
        for hit in evaluate_rule(rule, build_subject(rule, case), params):
            if isinstance(hit, Hit):
                single = Hit(
                    hit.location, hit.variant, **{k: _ones(v) for k, v in hit.values.items()}
                )
                message = wording_of(rule, single)[1]
                found = {match[1].lower() for match in _SEVERAL.finditer(message)}
                assert found <= _NOT_PLURAL or rule.code in _NEVER_ONE, message
