"""How a message shows what series say: grouped by what they share, and free text cut short."""

from __future__ import annotations

from collections.abc import Iterable

from posecheck.rules.body_part_names import listed

_NAMES = 3
_GROUPS = 4
_WIDTH = 60


def grouped(pairs: Iterable[tuple[str, str]]) -> str:
    """Say who has what: ``pixels (nose, ear); millimeters (tail_base)``.

    Parameters
    ----------
    pairs
        What is common, and the name of a series that has it.
    """
    groups: dict[str, list[str]] = {}
    for common, name in pairs:
        groups.setdefault(common, []).append(name)
    said = [
        f"{common} ({listed(names, _NAMES)})" for common, names in list(groups.items())[:_GROUPS]
    ]
    rest = len(groups) - _GROUPS
    return "; ".join(said) + (f"; and {rest} more" if rest > 0 else "")


def shortened(text: str) -> str:
    """Bring free text to one line of at most 60 characters, with an ellipsis if it was longer."""
    line = " ".join(text[: 4 * _WIDTH].split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1].rstrip() + "…"
