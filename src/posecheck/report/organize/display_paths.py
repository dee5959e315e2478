"""Where something lies, as the user would write it."""

from __future__ import annotations

import os
from pathlib import PurePath


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
