"""Which fixes can be made at once: those that do not change the same place in different ways.

A fix was worked out on the file as it is. Where another one changes the same place first, it has to
be worked out again: it waits for the next round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from posecheck.model.edit import (
    DeleteAttribute,
    DeleteObject,
    Edit,
    MoveObject,
    SetAttribute,
    SetElement,
)
from posecheck.model.finding import Finding


def made_together(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings whose fixes can be made at once: the first, and those that fit to it."""
    chosen: list[Finding] = []
    edits: dict[Edit, None] = {}
    for finding in findings:
        new = [edit for edit in finding.edits if edit not in edits]
        others = [edit for edit in edits if edit not in finding.edits]
        if not any(_collide(one, other) for one in new for other in others):
            chosen.append(finding)
            edits.update(dict.fromkeys(new))
    return chosen


def _collide(one: Edit, other: Edit) -> bool:
    if _takes_away(one, other) or _takes_away(other, one):
        return True
    first, second = _attribute(one), _attribute(other)
    if first is not None or second is not None:
        return one.path == other.path and first == second
    if isinstance(one, SetElement) and isinstance(other, SetElement):
        return one.path == other.path and one.index == other.index
    return one.path == other.path


def _attribute(edit: Edit) -> str | None:
    return edit.name if isinstance(edit, SetAttribute | DeleteAttribute) else None


def _takes_away(edit: Edit, other: Edit) -> bool:
    """Whether an edit takes away, or fills, a path at or above one that another edit names."""
    if isinstance(edit, DeleteObject):
        places: Iterable[str] = (edit.path,)
    elif isinstance(edit, MoveObject):
        places = (edit.path, edit.target)
    else:
        return False
    named = (other.path, other.target) if isinstance(other, MoveObject) else (other.path,)
    return any(path == place or path.startswith(f"{place}/") for path in named for place in places)
