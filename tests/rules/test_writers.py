"""The declared writers: their recipes answer findings that exist, and each was tried."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from nwbinspector import available_checks
from tests.writers.table import TRIALS

from posecheck.catalog import DeclarationError, catalog_folder, load_catalog, load_writers
from posecheck.catalog.writers import parse_writer
from posecheck.model.wording import parts_of_remedy
from posecheck.model.writer import Recipe, Writer

RULES = {rule.code: rule for rule in load_catalog()}
CHECKS = {f"NWBI.{check.__name__}" for check in available_checks}
RECIPES = [
    pytest.param(writer, recipe, id=f"{writer.name}-{recipe.code}{recipe.variant}")
    for writer in load_writers()
    for recipe in writer.recipes
]


@pytest.mark.parametrize(("writer", "recipe"), RECIPES)
def test_a_recipe_answers_a_finding_that_exists(writer: Writer, recipe: Recipe) -> None:
    assert recipe.code in RULES or recipe.code in CHECKS
    if recipe.variant:
        assert recipe.variant in RULES[recipe.code].variants
    prose, code = parts_of_remedy(recipe.remedy)
    assert prose.endswith(":")
    assert ast.parse("\n".join(code)).body
    assert len(prose) < 500
    assert all(len(line) <= 100 for line in code)


def test_every_recipe_has_a_trial_and_every_trial_a_recipe() -> None:
    declared = {
        (writer.name, ".".join(filter(None, (recipe.code, recipe.variant))))
        for writer in load_writers()
        for recipe in writer.recipes
    }
    tried = [(name, trial.code) for name, trials in TRIALS.items() for trial in trials]
    assert set(tried) == declared
    assert len(tried) == len(declared)


def test_every_declaration_is_a_writer() -> None:
    files = {path.stem for path in (catalog_folder() / "writers").glob("*.toml")}
    assert {writer.name for writer in load_writers()} == files
    assert all(writer.tried for writer in load_writers() if writer.recipes)


def declaration(**changes: Any) -> dict[str, Any]:
    recipe = {"for": ["TIM006.unconfirmed", "NWBI.check_keywords"], "remedy": "Do\nso:\n    x = 1"}
    plain = {"name": "a", "title": "A", "rank": 1, "tried": "1.0"}
    return {**plain, "sign": [{"module": "^A"}], "recipe": [recipe], **changes}


def test_a_recipe_is_for_a_code_or_for_one_wording_of_it() -> None:
    remedy = "Do so:\n    x = 1"
    assert parse_writer(declaration()).recipes == (
        Recipe(code="TIM006", variant="unconfirmed", remedy=remedy),
        Recipe(code="NWBI.check_keywords", remedy=remedy),
    )
    assert parts_of_remedy(remedy) == ("Do so:", ("x = 1",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sign": []}, "no sign"),
        ({"sign": [{"modul": "^A"}]}, "modul"),
        ({"sign": [{"module": "("}]}, "sign"),
        ({"rank": "first"}, "'rank'"),
        ({"title": " "}, "'title' is missing"),
        ({"tried": ""}, "'tried' is missing"),
        ({"colour": "red"}, "unknown key colour"),
        ({"recipe": [{"for": [], "remedy": "x"}]}, "'for' lists no code"),
        ({"recipe": [{"for": ["TIM006"]}]}, "'remedy' is missing"),
        ({"recipe": [{"for": ["TIM006", "TIM006"], "remedy": "x"}]}, "two recipes for TIM006"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(DeclarationError, match=reason):
        parse_writer(declaration(**changes))
