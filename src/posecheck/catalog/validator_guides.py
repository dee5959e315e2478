"""The other validators: ``rules/validators/<name>.toml`` read into `ValidatorGuide` values."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from posecheck.catalog.declaration import DeclarationError, refuse_unknown
from posecheck.catalog.loader import VALIDATORS, catalog_folder
from posecheck.catalog.writers import joined_prose
from posecheck.model.explanation import Explanation, ValidatorGuide

_KEYS = ("prefix", "title", "guide", "index", "sections", "pages", "check")
_CHECK_KEYS = ("code", "name", "what", "remedy", "page", "says")


@functools.cache
def load_validators() -> Mapping[str, ValidatorGuide]:
    """Read what is declared of every other validator, by prefix.

    Raises
    ------
    DeclarationError
        If a declaration cannot be used.
    """
    paths = sorted((catalog_folder() / VALIDATORS).glob("*.toml"))
    return {each.prefix: each for each in map(_read, paths)}


def parse_validator(document: Mapping[str, Any]) -> ValidatorGuide:
    """Turn a parsed TOML document into a validator.

    Raises
    ------
    DeclarationError
        If a key is missing, unknown or of the wrong type, or a code is declared twice.
    """
    prefix = _text("?", document, "prefix")
    refuse_unknown(prefix, document, _KEYS)
    guide = _text(prefix, document, "guide")

    def address(page: str) -> str:
        return f"{guide}{page}"

    checks: dict[str, list[Explanation]] = {}
    for table in document.get("check", ()):
        code = f"{prefix}.{_text(prefix, table, 'code')}"
        refuse_unknown(code, table, _CHECK_KEYS)
        check = Explanation(
            code=code,
            name=str(table.get("name") or slug_of(code)),
            what=" ".join(str(table.get("what", "")).split()),
            remedy=joined_prose(_text(code, table, "remedy")),
            page=address(_text(code, table, "page")),
            says=str(table.get("says", "")),
        )
        others = checks.setdefault(code, [])
        if any(other.says == check.says for other in others):
            raise DeclarationError(f"{code}: declared twice")
        others.append(check)
    return ValidatorGuide(
        prefix=prefix,
        title=_text(prefix, document, "title"),
        index=address(_text(prefix, document, "index")),
        checks={
            code: tuple(sorted(entries, key=lambda entry: not entry.says))
            for code, entries in checks.items()
        },
        sections={
            name: address(f"{page}.html#best-practice-{name.replace('_', '-')}")
            for page, names in document.get("sections", {}).items()
            for name in names
        },
        pages={module: address(page) for module, page in document.get("pages", {}).items()},
    )


def slug_of(code: str) -> str:
    """Return the slug of a check that is named as NWB Inspector names its checks."""
    return code.partition(".")[2].removeprefix("check_").replace("_", "-")


def _read(path: Path) -> ValidatorGuide:
    try:
        return parse_validator(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: {error}") from error


def _text(where: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DeclarationError(f"{where}: {key!r} is missing")
    return value.strip()
