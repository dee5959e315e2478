"""How much something is, as a person writes it."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def sized(count: float) -> str:
    """Write a number of bytes as people do: ``950 B``, ``3.4 MB``, ``120 GB``."""
    for unit in _UNITS[:-1]:
        # below 999.5 of a unit it is written in that unit without a fourth digit
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} {_UNITS[-1]}"
