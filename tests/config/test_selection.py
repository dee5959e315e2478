from __future__ import annotations

import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.config.selection import Layer, codes_matching, select_rules, without_foreign
from posecheck.model.errors import ConfigurationError, UsageError

RULES = load_catalog()
CODES = tuple(rule.code for rule in RULES)
SELECTOR = st.one_of(
    st.builds(lambda code, length: code[:length], st.sampled_from(CODES), st.integers(1, 6)),
    st.sampled_from([rule.name for rule in RULES]),
    st.just("ALL"),
)
SELECTORS = st.lists(SELECTOR, max_size=6).map(tuple)


def chosen(*layers: Layer) -> set[str]:
    return {rule.code for rule in select_rules(RULES, layers)}


def length_of(selector: str, code: str, name: str) -> int:
    """How closely a selector names a rule: 0 for not at all, 7 for its code or its name."""
    if selector == "ALL":
        return 1
    if selector == name:
        return 7
    return len(selector) + 1 if code.startswith(selector) else 0


def test_nothing_said_selects_every_rule_in_order() -> None:
    assert select_rules(RULES, [Layer()]) == RULES


@example(("TIM01",), ("gaps",))  # a name of few letters is still one rule
@given(SELECTORS, SELECTORS)
def test_the_closest_selector_decides_and_ignore_wins_a_draw(
    select: tuple[str, ...], ignore: tuple[str, ...]
) -> None:
    expected = set()
    for rule in RULES:
        wanted = max((length_of(text, rule.code, rule.name) for text in select), default=0)
        unwanted = max((length_of(text, rule.code, rule.name) for text in ignore), default=0)
        if wanted > unwanted:
            expected.add(rule.code)
    assert chosen(Layer(select=select, ignore=ignore)) == expected


@pytest.mark.slow
@given(SELECTORS, SELECTORS, SELECTORS, st.randoms(use_true_random=False))
def test_the_order_of_selectors_does_not_matter(
    select: tuple[str, ...],
    extend: tuple[str, ...],
    ignore: tuple[str, ...],
    randomness: random.Random,
) -> None:
    def shuffled(selectors: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(randomness.sample(selectors, len(selectors)))

    one = Layer(select=select, extend_select=extend, ignore=ignore)
    other = Layer(select=shuffled(select), extend_select=shuffled(extend), ignore=shuffled(ignore))
    assert chosen(one) == chosen(other)


@given(SELECTORS, SELECTORS, SELECTORS)
def test_a_later_select_replaces_what_an_earlier_layer_says(
    select: tuple[str, ...], ignore: tuple[str, ...], later: tuple[str, ...]
) -> None:
    file = Layer(select=select, ignore=ignore, source="posecheck.toml")
    assert chosen(file, Layer(select=later)) == chosen(Layer(select=later))


def test_a_later_layer_without_select_amends() -> None:
    file = Layer(select=("CNF",), source="posecheck.toml")
    amended = chosen(file, Layer(extend_select=("FIL001",), ignore=("CNF007",)))
    assert amended == chosen(file) - {"CNF007"} | {"FIL001"}


@pytest.mark.parametrize(
    ("selector", "suggestion"),
    [
        ("CNF077", "; did you mean 'CNF007'?"),
        ("confidence-no-probability", "; did you mean 'confidence-not-a-probability'?"),
        ("cnx", "; did you mean 'CNF'?"),
        ("alls", "; did you mean 'ALL'?"),
        ("#", ""),
        ("", ""),
    ],
)
def test_an_unknown_selector_is_an_error_that_names_the_nearest(
    selector: str, suggestion: str
) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(Layer(ignore=(selector,)))
    assert str(caught.value) == (
        f"ignore: no rule has the code, prefix or name {selector!r}{suggestion}"
    )


def test_a_file_that_names_an_unknown_selector_is_named_in_the_error() -> None:
    with pytest.raises(ConfigurationError, match=r"^posecheck\.toml: extend-select: .*'XYZ'"):
        chosen(Layer(extend_select=("XYZ",), source="posecheck.toml"))


@given(st.text())
def test_any_text_matches_rules_or_is_refused(text: str) -> None:
    try:
        found = codes_matching(RULES, text, key="select")
    except UsageError:
        found = ()
    named = {rule.code for rule in RULES if text.lower() == rule.name}
    begun = {code for code in CODES if text and code.startswith(text.upper())}
    assert set(found) == (set(CODES) if text.upper() == "ALL" else named | begun)


@given(SELECTORS, SELECTORS, st.randoms(use_true_random=False))
def test_case_does_not_matter(
    select: tuple[str, ...], ignore: tuple[str, ...], randomness: random.Random
) -> None:
    def retyped(selectors: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            "".join(randomness.choice((letter.upper(), letter.lower())) for letter in selector)
            for selector in selectors
        )

    typed = Layer(select=retyped(select), ignore=retyped(ignore))
    assert chosen(typed) == chosen(Layer(select=select, ignore=ignore))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NWBI", "NWBI"),
        ("NWBI.check_keywords", "NWBI.check_keywords"),
        ("NWBI.check-failed", "NWBI.check-failed"),
        ("pynwb.MissingError", "pynwb.MissingError"),
        ("DANDI", "DANDI"),
        ("nwbi", "NWBI"),
        ("nwbi.CHECK_KEYWORDS", "NWBI.check_keywords"),
        ("PyNWB.missingerror", "pynwb.MissingError"),
        ("dandi.non_dandi_filename", "DANDI.NON_DANDI_FILENAME"),
    ],
)
def test_codes_of_other_validators_can_be_ignored_and_not_selected(text: str, code: str) -> None:
    assert codes_matching(RULES, text, key="sub-*", foreign=True) == (code,)
    assert without_foreign([Layer(ignore=(text, "VID"))]) == ((Layer(ignore=("VID",)),), (code,))
    with pytest.raises(UsageError, match=r"can be ignored, but not selected; .*engines='"):
        chosen(Layer(select=(text,)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NWBI.check_keyword", "NWB Inspector has no 'NWBI.check_keyword'; did you mean 'NWBI.ch"),
        ("nwbi.check_subject_exist", "; did you mean 'NWBI.check_subject_exists'"),
        ("pynwb.DtypError", "pynwb has no 'pynwb.DtypError'; did you mean 'pynwb.DtypeError'"),
        ("DANDI.FILENAME", "dandi has no 'DANDI.FILENAME'"),
        ("NWBI.", "NWB Inspector has no 'NWBI.'"),
    ],
)
def test_a_misspelled_code_of_another_validator_is_an_error(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^ignore: .*{re.escape(message)}"):
        without_foreign([Layer(ignore=(text,))])
    with pytest.raises(ConfigurationError, match=f"^p.toml: ignore: .*{re.escape(message)}"):
        without_foreign([Layer(ignore=(text,), source="p.toml")])
