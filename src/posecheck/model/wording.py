"""From a rule and a hit to the sentence that a person reads, and from a number to its words."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from posecheck.model.display import counted as counted  # noqa: PLC0414 - a word among words
from posecheck.model.edit import FixSafety, is_within_limits
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.fix import Fix
from posecheck.model.rule import Hit, Rule
from posecheck.model.values import Value


class WordingError(ValueError):
    """A message template names a value that the hit does not carry."""


class _Template(string.Formatter):
    """``str.format`` over plain values: no attributes, no indices, lists joined by commas."""

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, str]:
        if not field_name.isidentifier():
            raise WordingError(f"a message may name a value and no more: {{{field_name}}}")
        if field_name not in kwargs:
            raise WordingError(f"the message names {{{field_name}}}, which the hit does not carry")
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, tuple):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        if format_spec.startswith(_COUNTED):
            return counted(value, format_spec.removeprefix(_COUNTED))
        if _CHOICE in format_spec:
            one, _, several = format_spec.partition(_CHOICE)
            return one if format(value, ".0f") == "1" else several
        return str(format(value, format_spec))


_COUNTED = "counted "
"""A format of numbers: ``{frames:counted frame}`` is ``1 frame`` or ``2,330 frames``."""

_CHOICE = "|"
"""A format of numbers: ``{count:is|are}`` is ``is`` beside a number that is shown as 1."""

_TEMPLATE = _Template()

CODE_INDENT = "    "
"""What the lines of code in a remedy begin with."""

_LONGEST_TEXT = 2_000
_LONGEST_LIST = 1_000


def word(template: str, values: Mapping[str, Value]) -> str:
    """Fill a message template.

    Raises
    ------
    WordingError
        If the template asks for more than a named value that is there.
    """
    try:
        return _TEMPLATE.vformat(template, (), values)
    except (ValueError, TypeError) as error:
        if isinstance(error, WordingError):
            raise
        raise WordingError(f"{template!r} does not fit {dict(values)!r}: {error}") from error


def bounded(value: Value) -> Value:
    """Cut what a hostile file could make endless: long texts, and long lists."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[:_LONGEST_TEXT] + "…"
    if isinstance(value, tuple):
        return tuple(bounded(item) for item in value[:_LONGEST_LIST])
    return value


def to_finding(rule: Rule, hit: Hit, file: str, origin: Origin) -> Finding:
    """Word a hit as its rule, or the variant that it names, wants it.

    Raises
    ------
    WordingError
        If the variant is not declared or the message does not fit the hit.
    """
    # Cut edits would do something else, so it is all of them or none.
    edits = hit.edits if is_within_limits(hit.edits) else ()
    short = Hit(hit.location, hit.variant, **{k: bounded(v) for k, v in hit.values.items()})
    hit = short.outside_dandiset() if hit.is_outside else short
    severity, message, remedy = wording_of(rule, hit)
    fix = fix_of(rule, hit.variant) if edits else None
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        message=str(bounded(message)),
        file=file,
        location=hit.location,
        remedy=remedy,
        origin=origin,
        values=hit.values,
        edits=edits if fix is not None else (),
        fix=fix,
        variant=hit.variant,
        subject=subject_of(rule, hit),
        url=next((each for each in rule.references if each.startswith("https://")), ""),
    )


def subject_of(rule: Rule, hit: Hit) -> str:
    """Return what a hit is about besides its location; several names in alphabetical order.

    Raises
    ------
    WordingError
        If the hit does not carry the value that the declaration names, or it is a number.
    """
    name = rule.variants[hit.variant].subject if hit.variant else rule.subject
    if not name:
        return ""
    value = hit.values.get(name)
    names = value if isinstance(value, tuple) else (value,)
    texts = [text for text in names if isinstance(text, str)]
    if len(texts) < len(names):
        raise WordingError(f"the subject of {rule.code}, {{{name}}}, is no text: {value!r}")
    return str(bounded(", ".join(sorted(texts))))


def fix_of(rule: Rule, variant: str) -> FixSafety | None:
    """Return whether the edits of a hit may be made without asking; ``None`` if not at all."""
    fix = declared_fix(rule, variant)
    return None if fix is None else fix.safety


def declared_fix(rule: Rule, variant: str) -> Fix | None:
    """Return what the declaration says of the edits of a hit; ``None`` if there are none."""
    return rule.variants[variant].fix if variant else rule.fix


def wording_of(rule: Rule, hit: Hit) -> tuple[Severity, str, str]:
    """Return the severity, the message and the remedy of a hit."""
    if not hit.variant:
        template, severity, remedy = rule.message, rule.severity, rule.remedy
    elif hit.variant in rule.variants:
        variant = rule.variants[hit.variant]
        template, severity, remedy = variant.message, variant.severity, variant.remedy
    else:
        raise WordingError(f"{rule.code} declares no variant {hit.variant!r}")
    if hit.is_outside and rule.severity_outside is not None:
        severity = rule.severity_outside
    return severity, word(template, hit.values), remedy


def parts_of_remedy(remedy: str) -> tuple[str, tuple[str, ...]]:
    """Return what a remedy says in prose, and the lines of code that follow it.

    Parameters
    ----------
    remedy
        Prose, and then perhaps lines of code, indented by four spaces.
    """
    prose, *rest = remedy.split(f"\n{CODE_INDENT}", maxsplit=1)
    lines = f"{CODE_INDENT}{rest[0]}".split("\n") if rest else []
    return " ".join(prose.split()), tuple(line.removeprefix(CODE_INDENT) for line in lines)


def with_code(prose: str, lines: Sequence[str]) -> str:
    """Put a remedy together that `parts_of_remedy` takes apart."""
    return "\n".join([prose, *(f"{CODE_INDENT}{line}" for line in lines)])
