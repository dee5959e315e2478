"""Where something lies as the user would write it, and how much it is."""

from __future__ import annotations

import os
from pathlib import PurePath

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def place(path: str | PurePath, *parts: str) -> str:
    """Spell a path relative to where the user stands.

    Parameters
    ----------
    path
        An absolute path of this machine.
    parts
        Components below it.

    Returns
    -------
    str
        Relative where that is shorter, for a place that is far off reads better in full.
    """
    whole = os.path.join(path, *parts)  # noqa: PTH118 - the separators of this machine, as typed
    try:
        short = os.path.relpath(whole)
    except (OSError, ValueError):  # another drive, or a folder that is gone from under the user
        return whole
    return short if len(short) < len(whole) else whole


def place_of(dandiset: str | PurePath) -> str:
    """Spell a dandiset's folder for a sentence: where the user stands in it, in words."""
    spelled = place(dandiset)
    return "the current folder" if spelled == os.curdir else spelled


def sized(count: float) -> str:
    """Write a number of bytes as people do: ``950 B``, ``3.4 MB``, ``120 GB``."""
    for unit in _UNITS[:-1]:
        # below 999.5 of a unit it is written in that unit without a fourth digit
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} {_UNITS[-1]}"
