"""What a rule says of its fixes, in sentences: its pages in the terminal, on the web, in SARIF."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.edit import FixSafety
from posecheck.model.fix import Fix
from posecheck.model.rule import Rule

_SAFETIES = {
    FixSafety.SAFE: "safe: there is one right answer, and nothing is lost",
    FixSafety.UNSAFE: "unsafe: it needs a person's yes",
}


@dataclass(frozen=True, slots=True)
class DeclaredFix:
    """What is said of the fix of some findings.

    Attributes
    ----------
    variants
        Whose findings are meant; empty for those without a variant, and all that are not named.
    text
        The safety in lower case, then sentences: what is changed, and what that assumes; or why
        there is no fix.
    """

    variants: tuple[str, ...]
    text: str


def declared_fixes(rule: Rule) -> tuple[DeclaredFix, ...]:
    """Return what a rule says of its fixes: of its own first, then of variants that differ.

    Returns
    -------
    tuple of DeclaredFix
        Empty if the rule has no fix and gives no reason for it.
    """
    own = (rule.fix, rule.why_not)
    alike: dict[tuple[Fix | None, str], list[str]] = {own: []}
    for variant in rule.variants.values():
        said = (variant.fix, variant.why_not)
        if said != own:
            alike.setdefault(said, []).append(variant.name)
    if list(alike) == [(None, "")]:
        return ()
    return tuple(DeclaredFix(tuple(names), _in_words(*said)) for said, names in alike.items())


def _in_words(fix: Fix | None, why_not: str) -> str:
    if fix is None:
        return f"none. {why_not}" if why_not else "by hand: only a person can decide."
    return " ".join(filter(None, (f"{_SAFETIES[fix.safety]}.", fix.what, fix.assumption)))
