"""Which rules run: codes, prefixes and names, the more specific beating the less specific.

The semantics are ruff's (https://docs.astral.sh/ruff/linter/#rule-selection): within one layer a
longer prefix beats a shorter one, and ``ignore`` beats ``select`` at the same length; a later layer
(the command line) with a ``select`` replaces the earlier one (the configuration file), and without
one amends it. Case does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from posecheck.model.errors import Argument, ConfigurationError, PosecheckError, UsageError
from posecheck.model.fail_on import FailOn
from posecheck.model.finding import Threshold
from posecheck.model.rule import Rule
from posecheck.validators.codes import OtherValidator, validator_of

T = TypeVar("T")

EVERYTHING = "ALL"

_CODE_LENGTH = 6
_CODE_OR_PREFIX = re.compile(r"[A-Za-z]{1,3}|[A-Za-z]{3}[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place says about the rules to run.

    Attributes
    ----------
    source
        The configuration file that says it; empty for the command line.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    source: str = ""


def select_rules(rules: Sequence[Rule], layers: Iterable[Layer]) -> tuple[Rule, ...]:
    """Return the rules that the layers leave, in the order of ``rules``.

    Raises
    ------
    ConfigurationError, UsageError
        If a selector matches no rule; the sentence names the nearest that does.
    """
    chosen = {rule.code for rule in rules}
    for layer in layers:
        selected = _selected(rules, layer)
        if layer.select is not None:
            chosen = {code for code, wanted in selected.items() if wanted}
            continue
        chosen |= {code for code, wanted in selected.items() if wanted}
        chosen -= {code for code, wanted in selected.items() if not wanted}
    return tuple(rule for rule in rules if rule.code in chosen)


def check_selectors(
    rules: Sequence[Rule], layers: Iterable[Layer], *, on_archive: bool = False
) -> None:
    """Refuse to select what is not evaluated on files: the rules on what an archive holds.

    A selector that also stands for others (``LAY``) stands for those alone.

    Parameters
    ----------
    rules
        The catalogue.
    layers
        What is selected.
    on_archive
        Whether an archive holds some of the files.

    Raises
    ------
    ConfigurationError, UsageError
        If a selector stands for nothing else, or for no rule.
    """
    elsewhere = {rule.code for rule in rules if not rule.is_evaluated(on_archive=on_archive)}
    for layer in layers:
        stated = {"select": layer.select or (), "extend_select": layer.extend_select}
        for keyword, selectors in stated.items():
            key = _key(keyword, layer)
            for selector in selectors:
                codes = codes_matching(rules, selector, key=key, source=layer.source)
                if elsewhere.issuperset(codes):
                    text = (
                        f": {selector!r} is about what an archive holds: no file on a disk is "
                        "checked for it, `posecheck upload` evaluates it when it verifies"
                    )
                    raise _error_at(layer.source, key, text)


def guards_of(rules: Sequence[Rule], layers: Iterable[Layer]) -> tuple[Rule, ...]:
    """Return the rules that report some files although they were not selected, unless ignored."""
    ignored = {
        code
        for layer in layers
        for selector in layer.ignore
        for code in codes_matching(
            rules, selector, key=_key("ignore", layer), source=layer.source, foreign=True
        )
    }
    return tuple(rule for rule in rules if rule.guards and rule.code not in ignored)


def without_foreign(layers: Iterable[Layer]) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """Take the ignored codes of other validators out of the layers, and return them apart.

    They begin with the validator's prefix (``NWBI``, ``pynwb``, ``DANDI``).

    Raises
    ------
    ConfigurationError, UsageError
        If the installed validator has no such code.
    """
    kept: list[Layer] = []
    foreign: list[str] = []
    for layer in layers:
        theirs = [code for code in layer.ignore if validator_of(code) is not None]
        for code in theirs:
            foreign += codes_matching(
                (), code, key=_key("ignore", layer), source=layer.source, foreign=True
            )
        kept.append(replace(layer, ignore=tuple(c for c in layer.ignore if c not in theirs)))
    return tuple(kept), tuple(foreign)


def values_by_code(
    rules: Sequence[Rule], values: Mapping[str, T], *, key: str | Argument, source: str = ""
) -> dict[str, T]:
    """Return the value of each code, where selectors have values; the more specific one counts.

    Parameters
    ----------
    rules
        All rules.
    values
        By selector: codes, prefixes, names, ``ALL``, and codes and prefixes of other validators,
        which stand for themselves.
    key, source
        As for `codes_matching`.

    Raises
    ------
    ConfigurationError, UsageError
        If a selector matches no rule.
    """
    by_code: dict[str, T] = {}
    for selector in sorted(values, key=_specificity):
        codes = codes_matching(rules, selector, key=key, source=source, foreign=True)
        by_code.update(dict.fromkeys(codes, values[selector]))
    return by_code


def fail_on_of(
    default: Threshold,
    thresholds: Mapping[str, Threshold],
    rules: Sequence[Rule],
    *,
    key: str | Argument,
    source: str = "",
) -> FailOn:
    """Return which findings fail a run, where single rules have thresholds of their own.

    Raises
    ------
    ConfigurationError, UsageError
        If a selector matches no rule.
    """
    by_code = values_by_code(rules, thresholds, key=key, source=source)
    stated = (f"{selector}={threshold}" for selector, threshold in thresholds.items())
    return FailOn(default, by_code, ", ".join((str(default), *stated)))


def is_everything(selector: str) -> bool:
    """Whether a selector stands for all rules."""
    return selector.upper() == EVERYTHING


def codes_matching(
    rules: Sequence[Rule],
    selector: str,
    *,
    key: str | Argument,
    source: str = "",
    foreign: bool = False,
) -> tuple[str, ...]:
    """Return the codes that a code, a prefix, a name or ``ALL`` stands for, in any case.

    Parameters
    ----------
    key, source
        The argument, or the key and the configuration file, that the error names.
    foreign
        Whether it may be another validator's code, or that validator's prefix, which stand for
        themselves: they can be ignored, but not selected.

    Raises
    ------
    ConfigurationError, UsageError
        If it matches no rule: the former if ``source`` says that a file is at fault.
    """
    if is_everything(selector):
        return tuple(rule.code for rule in rules)
    validator = validator_of(selector)
    if validator is not None:
        if not foreign:
            text = (
                f": {selector!r} is {validator.name}'s. Codes of other validators can be ignored, "
                "but not selected; to run them alone, name the engine: "
            )
            raise _error_at(source, key, text, Argument("engines", validator.engine))
        return (_foreign_code(validator, selector, key, source),)
    upper, lower = selector.upper(), selector.lower()
    found = tuple(
        rule.code
        for rule in rules
        if selector.isascii() and selector and (lower == rule.name or rule.code.startswith(upper))
    )
    if not found:
        raise _unknown(rules, selector, key, source)
    return found


def nearest(word: str, choices: Iterable[str], *, most: int = 1) -> str:
    """Return "; did you mean …?" for the nearest choices, or nothing where none is near."""
    import difflib  # noqa: PLC0415 - costs time, and only an error needs it

    by_fold = {choice.casefold(): choice for choice in choices}
    close = [
        repr(by_fold[fold]) for fold in difflib.get_close_matches(word.casefold(), by_fold, n=most)
    ]
    if not close:
        return ""
    listed = f"{', '.join(close[:-1])} or {close[-1]}" if close[:-1] else close[-1]
    return f"; did you mean {listed}?"


def _foreign_code(
    validator: OtherValidator, selector: str, key: str | Argument, source: str
) -> str:
    """Return another validator's code, or its prefix, as that validator spells it."""
    if "." not in selector:
        return validator.prefix
    codes = validator.codes()
    by_fold = {code.casefold(): code for code in codes}
    if codes and selector.casefold() not in by_fold:
        text = f": {validator.name} has no {selector!r}{nearest(selector, codes, most=3)}"
        raise _error_at(source, key, text)
    return by_fold.get(selector.casefold(), selector)


def _key(keyword: str, layer: Layer) -> str | Argument:
    """Return what an error names: the key of a file, or the argument of a call."""
    return keyword.replace("_", "-") if layer.source else Argument(keyword)


def _selected(rules: Sequence[Rule], layer: Layer) -> dict[str, bool]:
    keywords = ("select", "extend_select", "ignore")
    stated = (layer.select or (), layer.extend_select, layer.ignore)
    matched: list[tuple[int, bool, tuple[str, ...]]] = []
    for keyword, selectors in zip(keywords, stated, strict=True):
        for selector in selectors:
            key = _key(keyword, layer)
            ignores = keyword == "ignore"
            codes = codes_matching(rules, selector, key=key, source=layer.source, foreign=ignores)
            matched.append((_specificity(selector), not ignores, codes))
    selected: dict[str, bool] = {}
    # True sorts after False, but at one length ignore has the last word.
    for _, wanted, codes in sorted(matched, key=lambda entry: (entry[0], not entry[1])):
        selected.update(dict.fromkeys(codes, wanted))
    return selected


def _specificity(selector: str) -> int:
    """Return how few codes a selector stands for; a name stands for one, however short it is."""
    if is_everything(selector):
        return 0
    if validator_of(selector) is not None:
        return _CODE_LENGTH if "." in selector else 1
    return len(selector) if _CODE_OR_PREFIX.fullmatch(selector) else _CODE_LENGTH


def _unknown(
    rules: Sequence[Rule], selector: str, key: str | Argument, source: str
) -> PosecheckError:
    families = {rule.code[:3] for rule in rules}
    known = [*(rule.code for rule in rules), *(rule.name for rule in rules), *families, EVERYTHING]
    text = f": no rule has the code, prefix or name {selector!r}{nearest(selector, known)}"
    return _error_at(source, key, text)


def _error_at(source: str, *parts: str | Argument) -> PosecheckError:
    return ConfigurationError(f"{source}: ", *parts) if source else UsageError(*parts)
