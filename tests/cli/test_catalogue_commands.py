"""``posecheck rules`` and ``posecheck explain``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from posecheck.catalog import load_catalog, load_writers
from posecheck.cli.app import app
from posecheck.model.rule import Rule, Variant
from posecheck.model.wording import parts_of_remedy
from posecheck.model.writer import recipes_for
from posecheck.validators.codes import OTHER_VALIDATORS

RUNNER = CliRunner(env={"NO_COLOR": "1"})


def call(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_rules_lists_every_rule_in_a_line() -> None:
    lines = call("rules").splitlines()
    assert lines[0].split() == ["code", "name", "severity", "family", "fix", "since"]
    for rule in load_catalog():
        (line,) = (line for line in lines if line.startswith(rule.code))
        words = [rule.code, rule.name, rule.severity.value, rule.family]
        fixes = ", ".join(rule.fix_safeties).split()
        assert line.split() == [*words, *fixes, rule.since]
    assert lines[-1].startswith(f"{len(load_catalog())} rule")


@pytest.mark.parametrize(
    ("selectors", "codes"),
    [
        (["--select", "CNF007"], {"CNF007"}),
        (["--select", "confidence-not-a-probability"], {"CNF007"}),
        (["--select", "CNF007,FIL001"], {"CNF007", "FIL001"}),
        (["--select", "CNF007", "--select", "FIL001"], {"CNF007", "FIL001"}),
        (["--select", "FIL"], {r.code for r in load_catalog() if r.code.startswith("FIL")}),
        (["--select", "ALL"], {rule.code for rule in load_catalog()}),
    ],
)
def test_rules_can_be_selected(selectors: list[str], codes: set[str]) -> None:
    document = json.loads(call("rules", "--output", "json", *selectors))
    assert {rule["code"] for rule in document["rules"]} == codes


def test_rules_as_json_hold_the_declaration() -> None:
    document = json.loads(call("rules", "--output", "json", "--select", "CNF007"))
    (rule,) = document["rules"]
    (declared,) = (rule for rule in load_catalog() if rule.code == "CNF007")
    assert rule["severity"] == "error"
    assert rule["message"] == declared.message
    assert set(rule["variants"]) == set(declared.variants)
    assert [entry["name"] for entry in rule["parameters"]] == [p.name for p in declared.parameters]
    assert "cases" not in rule


def test_rules_as_json_say_what_a_fix_changes_or_why_there_is_none() -> None:
    document = json.loads(call("rules", "--output", "json", "--select", "CNF007"))
    (rule,) = document["rules"]
    percent, logits = rule["variants"]["percent"], rule["variants"]["logits"]
    assert set(percent["fix"]) == {"safety", "what", "assumption"}
    assert percent["fix"]["safety"] == "unsafe"
    assert percent["why_not"] == ""
    assert rule["fix"] is logits["fix"] is None
    assert rule["why_not"] == logits["why_not"] != ""


def test_an_unknown_selector_is_a_mistake_and_names_the_nearest() -> None:
    assert "did you mean 'CNF'" in call("rules", "--select", "CNFF", code=2)


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.code)
def test_explain_shows_all_that_the_declaration_says(rule: Rule) -> None:
    page = " ".join(call("explain", rule.code).split())

    def is_printed(text: str) -> bool:
        return " ".join(text.split()) in page

    assert page.startswith(f"{rule.code} {rule.name} {rule.severity.value}")
    for text in (rule.message, rule.what, rule.why, rule.remedy, *rule.references):
        assert is_printed(text)
    for variant in rule.variants.values():
        assert is_printed(f"{variant.severity.value} if {variant.name}: {variant.message}")
        assert is_printed(variant.remedy)
    for parameter in rule.parameters:
        assert is_printed(f"{parameter.name} = ")
        assert is_printed(parameter.what)
    for writer, recipe in recipes_for(load_writers(), rule.code):
        prose, code = parts_of_remedy(recipe.remedy)
        assert is_printed(
            f"{writer.title}{f', if {recipe.variant}' if recipe.variant else ''}: {prose}"
        )
        assert all(is_printed(line) for line in code)
    wordings: list[Rule | Variant] = [rule, *rule.variants.values()]
    for said in wordings:
        assert is_printed(said.why_not)
        assert said.fix is None or is_printed(f"{said.fix.what} {said.fix.assumption}".strip())
    assert "reported" in page
    assert "= {" not in page.partition(" reported ")[2]


def test_explain_says_of_each_wording_what_a_fix_changes_and_assumes() -> None:
    rules = {rule.code: rule for rule in load_catalog()}
    names = ("known", "known-unsure", "container")
    known, unsure, container = (rules["VID019"].variants[name].fix for name in names)
    assert known is not None
    assert unsure is not None
    assert container is not None
    lines = call("explain", "VID019").splitlines()
    first = lines.index(f"  fix        none. {rules['VID019'].why_not}")
    safe = "if known: safe: there is one right answer, and nothing is lost."
    unsafe = "unsafe: it needs a person's yes."
    assert [line.strip() for line in lines[first + 1 : first + 4]] == [
        f"{safe} {known.what}",
        f"if known-unsure: {unsafe} {unsure.what} {unsure.assumption}",
        f"if container: {unsafe} {container.what} {container.assumption}",
    ]


def test_explain_names_variants_with_one_fix_together() -> None:
    assert "             if absolute-inside, absolute-beside: unsafe: " in call("explain", "PRV010")
    page = call("explain", "VID003")
    assert "             if inside: safe: " in page
    assert "             if beside: unsafe: " in page
    assert "beside-contradicts: by hand" not in page


def test_explain_says_by_hand_where_there_is_no_fix_and_no_reason() -> None:
    assert "  fix        by hand\n" in call("explain", "FIL001")


def test_explain_shows_cases_in_words() -> None:
    (declared,) = (rule for rule in load_catalog() if rule.code == "TIM006")
    page = call("explain", "TIM006")
    reported, unconfirmed = (
        next(case for case in declared.cases if case.severity == severity)
        for severity in ("error", "warning")
    )
    accepted = "; ".join(case.id for case in declared.cases if not case.expect).replace("-", " ")
    title = reported.id.replace("-", " ")
    assert f"  reported   error, {title}: {reported.expect[0]}\n" in page
    title = unconfirmed.id.replace("-", " ")
    assert f"             warning, {title}: {unconfirmed.expect[0]}\n" in page
    assert f"  accepted   There is no finding for: {accepted}.\n" in page


def test_explain_shows_the_code_of_a_recipe_as_it_stands() -> None:
    lines = call("explain", "TIM006").splitlines()
    (first,) = (n for n, line in enumerate(lines) if line.lstrip().startswith("sleap-io: save_nwb"))
    indent = " " * 17
    assert f"{indent}from sleap_io.io.nwb_predictions import write_nwb" in lines[first + 1 :]


def test_explain_takes_several_rules_by_code_in_any_case_or_by_name() -> None:
    page = call("explain", "cnf007", "unreadable-file", "CNF007")
    assert page.count("CNF007  confidence-not-a-probability") == 1
    assert page.count("FIL001  unreadable-file") == 1


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("CNF07", "did you mean 'CNF007'?"),
        ("confidence-not-probability", "did you mean 'confidence-not-a-probability'?"),
        ("\x1b[31m", "see posecheck rules"),
    ],
)
def test_an_unknown_rule_is_a_mistake_and_names_the_nearest(word: str, suggestion: str) -> None:
    complaint = " ".join(call("explain", word, code=2).split())
    assert suggestion in complaint
    assert "\x1b" not in complaint


@pytest.mark.parametrize(
    ("word", "code", "texts"),
    [
        (
            "NWBI.check_subject_exists",
            "NWBI.check_subject_exists",
            ("a finding of NWB Inspector", "Check if subject exists.", 'subject_id="mouse1"'),
        ),
        ("nwbi.CHECK_resolution", "NWBI.check_resolution", ("best practices say how: https://",)),
        ("pynwb.DtypeError", "pynwb.DtypeError", ("a finding of pynwb", "astype(float)")),
        ("pynwb.GENERIC", "pynwb.GENERIC", ("Correct, at the object that the message names",)),
        ("pynwb.Error", "pynwb.Error", ("if it says 'timezone': Write", "Change, at the place")),
        ("DANDI.NON_DANDI_FILENAME", "DANDI.NON_DANDI_FILENAME", ("sub-<subject>",)),
    ],
)
def test_explain_explains_other_validators_codes(
    word: str, code: str, texts: tuple[str, ...]
) -> None:
    page = call("explain", word)
    assert page.startswith(f"{code}  ")
    assert all(text in page for text in texts)
    both = call("explain", "CNF007", word, code)
    assert both.startswith("CNF007  ")
    assert both.count(f"\n{code}  ") == 1


def test_explain_lists_recipes_for_other_validators_codes() -> None:
    page = call("explain", "NWBI.check_keywords")
    assert "  movement: give it what it asks for:" in page
    assert '"keywords": ["pose"],' in page


@pytest.mark.parametrize("prefix", [each.prefix for each in OTHER_VALIDATORS])
def test_explain_knows_every_other_validator(prefix: str) -> None:
    assert call("explain", prefix.lower()).startswith(f"{prefix} begins the codes of ")


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("NWBI.check_subject_exist", "did you mean 'NWBI.check_subject_exists'?"),
        ("pynwb.DtypeErorr", "did you mean 'pynwb.DtypeError'?"),
        ("NWBI.\x1b[31m", "best_practices_index.html"),
        ("DANDI.", "https://docs.dandiarchive.org/"),
    ],
)
def test_an_unknown_code_of_another_validator_is_a_mistake(word: str, suggestion: str) -> None:
    complaint = " ".join(call("explain", word, code=2).split())
    assert suggestion in complaint
    assert "\x1b" not in complaint
