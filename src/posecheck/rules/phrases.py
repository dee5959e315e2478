"""Words by which a description or a definition answers what a rule checks."""

from __future__ import annotations

import re
from collections.abc import Iterable


def mentions(text: str | None, words: Iterable[str]) -> bool:
    """Whether a text holds a word that begins with one of these, in any case of letters."""
    folded = folded_text(text)
    return any(re.search(rf"\b{re.escape(word.casefold())}", folded) for word in words)


def folded_text(text: str | None) -> str:
    """Return a text in lower case, with single spaces."""
    return " ".join((text or "").casefold().split())
