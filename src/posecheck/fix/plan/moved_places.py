"""Where in a file something lies after edits that move objects."""

from __future__ import annotations

from collections.abc import Iterable

from posecheck.model.edit import Edit, MoveObject


def place_after(location: str, edits: Iterable[Edit]) -> str:
    """Return where an object lies after edits: what was wrong with it before is not new there.

    Parameters
    ----------
    location
        Its path before.
    edits
        What is done, in this order.
    """
    for edit in edits:
        if isinstance(edit, MoveObject):
            if location == edit.path:
                location = edit.target
            elif location.startswith(f"{edit.path.rstrip('/')}/"):
                location = edit.target + location[len(edit.path.rstrip("/")) :]
    return location
