"""Which rules run: codes, prefixes and names, the more specific beating the less specific.

The semantics are ruff's (https://docs.astral.sh/ruff/linter/#rule-selection): within one layer a
longer prefix beats a shorter one, and ``ignore`` beats ``select`` at the same length; a later layer
(the command line) with a ``select`` replaces the earlier one (the configuration file), and without
one amends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from posecheck.model.errors import ConfigurationError, PosecheckError, UsageError
from posecheck.model.rule import Rule, Scope

EVERYTHING = "ALL"

FOREIGN_PREFIXES = frozenset({"NWBI", "pynwb", "DANDI"})
"""How the codes of other validators begin, before the dot."""

GUARDS = frozenset({"FIL001", "FIL002", "FIL009", "FIL013", "FIL014"})
"""What is said of a file that cannot be judged, whatever was selected."""

_CODE_LENGTH = 6


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
        verdicts = _verdicts(rules, layer)
        if layer.select is not None:
            chosen = {code for code, wanted in verdicts.items() if wanted}
            continue
        chosen |= {code for code, wanted in verdicts.items() if wanted}
        chosen -= {code for code, wanted in verdicts.items() if not wanted}
    return tuple(rule for rule in rules if rule.code in chosen)


def check_selectors(rules: Sequence[Rule], layers: Iterable[Layer]) -> None:
    """Refuse to select what is not asked of files: the rules on what an archive holds.

    A selector that also stands for others (``LAY``) stands for those alone.

    Raises
    ------
    ConfigurationError, UsageError
        If a selector stands for nothing else, or for no rule.
    """
    elsewhere = {rule.code for rule in rules if rule.scope is Scope.ASSET}
    for layer in layers:
        stated = {"select": layer.select or (), "extend-select": layer.extend_select}
        for key, selectors in stated.items():
            name = key if layer.source else f"--{key}"
            for selector in selectors:
                codes = codes_matching(rules, selector, key=name, source=layer.source)
                if elsewhere.issuperset(codes):
                    text = (
                        f"{name}: {selector!r} is asked of what an archive holds, whenever "
                        "`posecheck upload` verifies, and of no file"
                    )
                    raise _blame(text, layer.source)


def guards_of(rules: Sequence[Rule], layers: Iterable[Layer]) -> tuple[Rule, ...]:
    """Return the rules that say that a file cannot be judged, but for those that are ignored."""
    ignored = {
        code
        for layer in layers
        for selector in layer.ignore
        for code in codes_matching(rules, selector, key="ignore", source=layer.source, foreign=True)
    }
    return tuple(rule for rule in rules if rule.code in GUARDS - ignored)


def without_foreign(layers: Iterable[Layer]) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """Take the ignored codes of other validators out of the layers, and return them apart.

    They begin with the validator's prefix (``NWBI``, ``pynwb``, ``DANDI``). Which of them exist is
    for the installed validators to say, and is not asked.
    """
    kept, foreign = [], []
    for layer in layers:
        theirs = [code for code in layer.ignore if code.split(".", 1)[0] in FOREIGN_PREFIXES]
        foreign += theirs
        kept.append(replace(layer, ignore=tuple(c for c in layer.ignore if c not in theirs)))
    return tuple(kept), tuple(foreign)


def codes_matching(
    rules: Sequence[Rule], selector: str, *, key: str, source: str = "", foreign: bool = False
) -> tuple[str, ...]:
    """Return the codes that a code, a prefix, a name or ``ALL`` stands for.

    Parameters
    ----------
    key, source
        The option or the key, and the configuration file, that the error names.
    foreign
        Whether it may be another validator's code, or that validator's prefix, which stand for
        themselves: they can be ignored, but not selected.

    Raises
    ------
    ConfigurationError, UsageError
        If it matches no rule: the former if ``source`` says that a file is to blame.
    """
    if selector == EVERYTHING:
        return tuple(rule.code for rule in rules)
    if foreign and selector.split(".", 1)[0] in FOREIGN_PREFIXES:
        return (selector,)
    found = tuple(
        rule.code
        for rule in rules
        if selector == rule.name or (selector and rule.code.startswith(selector))
    )
    if not found:
        raise _unknown(rules, selector, key, source)
    return found


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return "; did you mean …?" for the nearest choice, or nothing where none is near."""
    import difflib  # noqa: PLC0415 - costs time, and only an error needs it

    by_fold = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return f"; did you mean {by_fold[close[0]]!r}?" if close else ""


def _verdicts(rules: Sequence[Rule], layer: Layer) -> dict[str, bool]:
    keys = ("select", "extend-select", "ignore")
    stated = (layer.select or (), layer.extend_select, layer.ignore)
    judged: list[tuple[int, bool, tuple[str, ...]]] = []
    for key, selectors in zip(keys, stated, strict=True):
        for selector in selectors:
            name = key if layer.source else f"--{key}"
            ignores = key == "ignore"
            codes = codes_matching(rules, selector, key=name, source=layer.source, foreign=ignores)
            judged.append((_specificity(selector), not ignores, codes))
    verdicts: dict[str, bool] = {}
    # True sorts after False, but at one length ignore has the last word.
    for _, wanted, codes in sorted(judged, key=lambda entry: (entry[0], not entry[1])):
        verdicts.update(dict.fromkeys(codes, wanted))
    return verdicts


def _specificity(selector: str) -> int:
    return 0 if selector == EVERYTHING else min(len(selector), _CODE_LENGTH)


def _unknown(rules: Sequence[Rule], selector: str, key: str, source: str) -> PosecheckError:
    families = {rule.code[:3] for rule in rules}
    known = [*(rule.code for rule in rules), *(rule.name for rule in rules), *families, EVERYTHING]
    text = f"{key}: no rule has the code, prefix or name {selector!r}{nearest(selector, known)}"
    return _blame(text, source)


def _blame(text: str, source: str) -> PosecheckError:
    return ConfigurationError(f"{source}: {text}") if source else UsageError(text)
