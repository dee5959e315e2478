"""How values show themselves in an interactive session: on one line, whatever they hold.

A report or a recording holds thousands of values, and a session prints what a call returns.
"""

from __future__ import annotations

_LONGEST = 200


def one_line(value: object, *facts: str) -> str:
    """Return a ``repr`` of some facts; of many or long ones the beginning.

    Parameters
    ----------
    value
        What shows itself.
    facts
        What is said of it, in printable characters; empty ones are left out. Texts from a file are
        given as their own ``repr``.
    """
    text = ", ".join(filter(None, facts))
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"<{type(value).__name__}: {shown}>"


def counted(number: int, noun: str) -> str:
    """Write a number before its noun: ``1 file``, ``2,330 files``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
