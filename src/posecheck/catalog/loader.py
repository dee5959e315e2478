"""Where the declarations lie, and how they are read."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

from posecheck.catalog.declaration import DeclarationError, parse_declaration
from posecheck.model.rule import Rule

WRITERS = "writers"
"""The folder of the catalogue that holds no rules, but the programs that write pose files."""
VALIDATORS = "validators"
"""The folder of the catalogue that holds what is added to the findings of other validators."""


def catalog_folder() -> Path:
    """Return the folder of the declarations: in the wheel, or in the checkout beside ``src``.

    Raises
    ------
    DeclarationError
        If neither is there, which is a broken installation.
    """
    shipped = Path(__file__).with_name("rules")
    checkout = Path(__file__).parents[3] / "rules"
    for folder in (shipped, checkout):
        if folder.is_dir():
            return folder
    raise DeclarationError(f"the rule catalogue is missing: neither {shipped} nor {checkout}")


_NO_FAMILIES = frozenset({WRITERS, VALIDATORS})
_FIRST_CASE = re.compile(r"^\[\[case\]\]", re.MULTILINE)


@functools.cache
def load_catalog(*, with_cases: bool = True) -> tuple[Rule, ...]:
    """Read every declaration, sorted by code.

    Parameters
    ----------
    with_cases
        Whether the cases are wanted. They stand last in a declaration and make up half of it; a run
        has no use for them, and parsing them would delay it.

    Raises
    ------
    DeclarationError
        If a declaration cannot be used, or two share a code or a name.
    """
    rules: dict[str, Rule] = {}
    names: dict[str, str] = {}
    for path in sorted(catalog_folder().glob("*/*.toml")):
        if path.parent.name in _NO_FAMILIES:
            continue
        rule = read_declaration(path, with_cases=with_cases)
        if rule.code in rules or rule.name in names:
            raise DeclarationError(f"{path}: code or name is taken already")
        rules[rule.code] = rule
        names[rule.name] = rule.code
    if not rules:
        raise DeclarationError(f"the rule catalogue is empty: {catalog_folder()}")
    return tuple(rules[code] for code in sorted(rules))


def read_declaration(path: Path, *, with_cases: bool = True) -> Rule:
    """Read one declaration; its folder is the family, its name the code.

    Parameters
    ----------
    path
        Where it lies.
    with_cases
        Whether to read its cases, too.

    Raises
    ------
    DeclarationError
        If it is not TOML, cannot be used, or does not carry its file's name.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text if with_cases else _FIRST_CASE.split(text, maxsplit=1)[0])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: {error}") from error
    rule = parse_declaration(path.parent.name, document)
    if rule.code != path.stem:
        raise DeclarationError(f"{path}: declares {rule.code}")
    return rule
