"""The programs that write pose files: ``rules/writers/<name>.toml`` read into `Writer` values."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from posecheck.catalog.declaration import DeclarationError, refuse_unknown
from posecheck.catalog.loader import WRITERS, catalog_folder
from posecheck.model.wording import CODE_INDENT
from posecheck.model.writer import Recipe, Sign, Trait, Writer

_RULE = re.compile(r"([A-Z]{3}[0-9]{3})(?:\.([a-z0-9_-]+))?")
_KEYS = ("name", "title", "rank", "tried", "notes", "sign", "recipe")


@functools.cache
def load_writers() -> tuple[Writer, ...]:
    """Read every declared writer, the most specific first.

    Raises
    ------
    DeclarationError
        If a declaration cannot be used.
    """
    paths = sorted((catalog_folder() / WRITERS).glob("*.toml"))
    return tuple(sorted(map(read_writer, paths), key=lambda each: (each.rank, each.name)))


def read_writer(path: Path) -> Writer:
    """Read one writer's declaration.

    Raises
    ------
    DeclarationError
        If it is not TOML, cannot be used, or does not carry its file's name.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: {error}") from error
    writer = parse_writer(document)
    if writer.name != path.stem:
        raise DeclarationError(f"{path}: declares {writer.name}")
    return writer


def parse_writer(document: Mapping[str, Any]) -> Writer:
    """Turn a parsed TOML document into a writer.

    Raises
    ------
    DeclarationError
        If a key is missing, unknown or of the wrong type, or two recipes answer one finding.
    """
    name = _text("?", document, "name")
    refuse_unknown(name, document, _KEYS)
    rank = document.get("rank")
    if not isinstance(rank, int):
        raise DeclarationError(f"{name}: 'rank' is no number")
    signs = tuple(_sign(name, table) for table in document.get("sign", ()))
    if not signs:
        raise DeclarationError(f"{name}: has no sign by which it is known")
    recipes = tuple(_recipes(name, document.get("recipe", ())))
    answered = [(recipe.code, recipe.variant) for recipe in recipes]
    twice = sorted({each for each in answered if answered.count(each) > 1})
    if twice:
        raise DeclarationError(f"{name}: two recipes for {'.'.join(filter(None, twice[0]))}")
    return Writer(
        name=name,
        title=_text(name, document, "title"),
        rank=rank,
        signs=signs,
        recipes=recipes,
        tried=_text(name, document, "tried") if recipes else "",
        notes=str(document.get("notes", "")).strip(),
    )


def _sign(name: str, table: Mapping[str, Any]) -> Sign:
    try:
        return {Trait(trait): re.compile(pattern) for trait, pattern in table.items()}
    except (ValueError, TypeError, re.error) as error:
        raise DeclarationError(f"{name}, sign {dict(table)}: {error}") from error


def _recipes(name: str, tables: Any) -> Iterator[Recipe]:
    for table in tables:
        where = f"{name}, recipe for {table.get('for', '?')}"
        refuse_unknown(where, table, ("for", "remedy"))
        if not table.get("for"):
            raise DeclarationError(f"{where}: 'for' lists no code")
        remedy = joined_prose(_text(where, table, "remedy"))
        for answered in table["for"]:
            rule = _RULE.fullmatch(answered)  # NWBI.check_subject_exists has a dot of its own
            code, variant = rule.groups(default="") if rule else (answered, "")
            yield Recipe(code=code, variant=variant, remedy=remedy)


def joined_prose(text: str) -> str:
    """Join the lines of a remedy's prose; those of its code, which are indented, stay apart."""
    lines = text.splitlines()
    begin = next((n for n, line in enumerate(lines) if line.startswith(CODE_INDENT)), len(lines))
    prose = " ".join(line.strip() for line in lines[:begin])
    return "\n".join([prose, *(line.rstrip() for line in lines[begin:])])


def _text(where: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DeclarationError(f"{where}: {key!r} is missing")
    return value.strip()
