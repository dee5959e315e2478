"""The order in which people expect names: ``sub-2`` before ``sub-10``."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")

NaturalKey = tuple[tuple[tuple[int, int, str], ...], str]
"""Compares as people read; the text itself comes last, so that no two names are equal."""


def natural_key(text: str) -> NaturalKey:
    """Return a sort key in which runs of digits compare as numbers, and case matters last.

    Digits are compared by their count and then as text: names come from files that nobody vetted,
    and Python refuses to turn thousands of digits into an integer.
    """
    parts = []
    for position, part in enumerate(_DIGITS.split(text)):
        if position % 2:
            digits = part.lstrip("0")
            parts.append((0, len(digits), digits))
        elif part:
            parts.append((1, 0, part.casefold()))
    return tuple(parts), text
