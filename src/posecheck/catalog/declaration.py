"""One declaration: from parsed TOML to a `Rule`, refusing what it does not understand.

A misspelled key must not switch anything off in silence, so every table knows its keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from posecheck.model.edit import FixSafety
from posecheck.model.finding import Severity
from posecheck.model.fix import Fix
from posecheck.model.rule import Case, Guard, Need, Parameter, Rule, Scope, Supersession, Variant
from posecheck.model.stored_fields import stored_fields
from posecheck.model.values import Value

_CODE = re.compile(r"^[A-Z]{3}[0-9]{3}$")
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_TEXTS = ("code", "name", "severity", "scope", "since", "message", "what", "why", "remedy")
_OPTIONAL = (
    "severity_outside",
    "also",
    "needs",
    "sample",
    "parameters",
    "variants",
    "reads",
    "compares",
    "reports",
    "supersedes",
    "guards",
    "references",
    "fix",
    "subject",
    "case",
)

_NO_FIX = "none"
_FIX = ("safety", "what", "assumption", "why_not")

_Choice = TypeVar("_Choice", bound=StrEnum)


class DeclarationError(ValueError):
    """A declaration that cannot be used, with the reason in words."""


def parse_declaration(family: str, document: Mapping[str, Any]) -> Rule:
    """Turn a parsed TOML document into a rule.

    Parameters
    ----------
    family
        The folder that the declaration lies in.
    document
        What `tomllib` made of it.

    Raises
    ------
    DeclarationError
        If a key is missing, unknown or of the wrong type.
    """
    code = str(document.get("code", "?"))
    refuse_unknown(code, document, (*_TEXTS, *_OPTIONAL))
    texts = {key: _text(code, document, key) for key in _TEXTS}
    if not _CODE.match(code):
        raise DeclarationError(f"{code}: a code is three capitals and three digits")
    if not _SLUG.match(texts["name"]):
        raise DeclarationError(f"{code}: a name is lower-case words joined by hyphens")
    severity = _choice(code, Severity, texts["severity"])
    scope = _choice(code, Scope, texts["scope"])
    also = document.get("also")
    further = _choice(code, Scope, also) if also is not None else None
    stated = _fix_table(code, document["fix"]) if "fix" in document else None
    fix, why_not = _fix(code, stated)
    subject = str(document.get("subject", ""))
    defaults = {"severity": severity, "remedy": texts["remedy"], "fix": stated, "subject": subject}
    return Rule(
        code=code,
        name=texts["name"],
        family=family,
        severity=severity,
        severity_outside=(
            _choice(code, Severity, document["severity_outside"])
            if "severity_outside" in document
            else None
        ),
        scope=scope,
        also=further,
        since=texts["since"],
        message=texts["message"],
        what=texts["what"],
        why=texts["why"],
        remedy=texts["remedy"],
        needs=tuple(_choice(code, Need, need) for need in document.get("needs", ())),
        sample=document.get("sample", False) is True,
        parameters=tuple(_parameters(code, document.get("parameters", {}))),
        variants=_variants(code, document.get("variants", {}), defaults),
        reads=tuple(_field(code, field) for field in document.get("reads", ())),
        compares=tuple(_field(code, field) for field in document.get("compares", ())),
        reports=tuple(_field(code, field) for field in document.get("reports", ())),
        supersedes=tuple(_supersession(code, item) for item in document.get("supersedes", ())),
        guards=tuple(_choice(code, Guard, guard) for guard in document.get("guards", ())),
        references=tuple(document.get("references", ())),
        fix=fix,
        why_not=why_not,
        subject=subject,
        cases=tuple(_cases(code, document.get("case", ()), scope, further)),
    )


def frozen(value: Any) -> Value:
    """Turn TOML's lists into tuples, all the way down."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise DeclarationError(f"not a plain value: {value!r}")


def _field(code: str, field: object) -> str:
    try:
        stored_fields(str(field))
    except ValueError as error:
        raise DeclarationError(f"{code}: {error}") from error
    return str(field)


def _supersession(code: str, item: object) -> Supersession:
    if isinstance(item, str):
        return Supersession(code=item)
    if not isinstance(item, Mapping):
        raise DeclarationError(f"{code}: supersedes lists codes, or tables with a code")
    where = f"{code}, supersedes"
    refuse_unknown(where, item, ("code", "linked", "same", "variants"))
    return Supersession(
        code=_text(where, item, "code"),
        linked=bool(item.get("linked", False)),
        same=str(item.get("same", "")),
        variants=tuple(map(str, item.get("variants", ()))),
    )


def _parameters(code: str, tables: Mapping[str, Any]) -> Iterable[Parameter]:
    for name, table in tables.items():
        refuse_unknown(f"{code}, parameter {name}", table, ("default", "what", "source"))
        if ("default" in table) == ("source" in table):
            raise DeclarationError(f"{code}: parameter {name} has either a default or a source")
        yield Parameter(
            name=name,
            what=_text(code, table, "what"),
            default=frozen(table.get("default")),
            source=str(table.get("source", "")),
        )


def _variants(
    code: str, tables: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Variant]:
    variants = {}
    for name, table in tables.items():
        where = f"{code}, variant {name}"
        refuse_unknown(where, table, ("message", "severity", "remedy", "fix", "subject"))
        fix, why_not = _fix(where, _fix_of_variant(where, table, defaults["fix"]))
        variants[name] = Variant(
            name=name,
            message=_text(code, table, "message"),
            severity=_choice(code, Severity, table.get("severity", defaults["severity"])),
            remedy=str(table.get("remedy", defaults["remedy"])),
            fix=fix,
            why_not=why_not,
            subject=str(table.get("subject", defaults["subject"])),
        )
    return variants


def _fix(where: str, table: Mapping[str, Any] | None) -> tuple[Fix | None, str]:
    """Return what a table says of a fix, and why there is none."""
    where = f"{where}, fix"
    if table is None:
        return None, ""
    if "why_not" in table:
        if len(table) > 1:
            raise DeclarationError(f"{where}: 'why_not' stands alone")
        return None, _text(where, table, "why_not")
    safety = _choice(where, FixSafety, _text(where, table, "safety"))
    what = _text(where, table, "what")
    if safety is FixSafety.UNSAFE:
        return Fix(safety, what, _text(where, table, "assumption")), ""
    if "assumption" in table:
        raise DeclarationError(f"{where}: a safe fix has no 'assumption'")
    return Fix(safety, what), ""


def _fix_of_variant(
    where: str, table: Mapping[str, Any], of_rule: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return the rule's table of a fix, with what a variant says in place of it."""
    if "fix" not in table:
        return of_rule
    if table["fix"] == _NO_FIX:
        return None
    own = _fix_table(where, table["fix"])
    if "why_not" in own:
        return own
    dropped = {"why_not", "assumption"} if own.get("safety") == FixSafety.SAFE else {"why_not"}
    return {key: text for key, text in (of_rule or {}).items() if key not in dropped} | dict(own)


def _fix_table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where}, fix: {value!r} is no table with {', '.join(_FIX)}")
    refuse_unknown(f"{where}, fix", value, _FIX)
    return value


def _cases(
    code: str, tables: Iterable[Mapping[str, Any]], scope: Scope, also: Scope | None
) -> Iterable[Case]:
    scopes = {choice.value: choice for choice in (scope, also) if choice is not None}
    keys = ("id", *scopes, "expect", "severity", "skipped", "parameters")
    for table in tables:
        where = f"{code}, case {table.get('id', '?')}"
        refuse_unknown(where, table, keys)
        named = [name for name in scopes if name in table]
        if len(named) != 1:
            raise DeclarationError(f"{where}: names not one {' or '.join(scopes)}")
        severity = table.get("severity")
        yield Case(
            id=_text(where, table, "id"),
            subject=table[named[0]],
            scope=scopes[named[0]],
            expect=tuple(table.get("expect", ())),
            severity=_choice(where, Severity, severity) if severity is not None else None,
            skipped=str(table.get("skipped", "")),
            parameters={key: frozen(value) for key, value in table.get("parameters", {}).items()},
        )


def refuse_unknown(where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse a table with a key that nobody would read.

    Raises
    ------
    DeclarationError
        If there is one; names it.
    """
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise DeclarationError(f"{where}: unknown key {', '.join(unknown)}")


def _text(where: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DeclarationError(f"{where}: {key!r} is missing")
    return value.strip()


def _choice(where: str, choices: Callable[[str], _Choice], value: object) -> _Choice:
    try:
        return choices(str(value))
    except ValueError as error:
        raise DeclarationError(f"{where}: {error}") from error
