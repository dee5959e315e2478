"""The figures that were last written down, and what is to be said of new ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "docs" / "speed.json"
"""What `docs/_extensions/speed_table.py` shows."""

_TOLERANCE = 0.05
"""By which part a figure may be worse before it is said: runs of one commit differ by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a figure is to be.

    Attributes
    ----------
    value
        The bound.
    is_most
        Whether the figure may be at most that; otherwise it has to be that at least.
    unit
        What stands after it: ``×``, ``%``, ``MB``.
    """

    value: float
    is_most: bool = False
    unit: str = "×"

    def holds(self, figure: float) -> bool:
        """Whether a figure is as wanted."""
        return figure <= self.value if self.is_most else figure >= self.value

    def is_worse(self, figure: float, before: float) -> bool:
        """Whether a figure is worse than one before, by more than runs differ."""
        allowed = abs(before) * _TOLERANCE
        return figure > before + allowed if self.is_most else figure < before - allowed

    def __str__(self) -> str:
        return f"{'≤' if self.is_most else '≥'} {self.value:g} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    key
        What it is called by ``--only``.
    case
        What was done.
    against
        What it is compared with.
    figure
        The ratio, or what else is bounded.
    wanted
        What it is to be; ``None`` where nothing is promised.
    unit
        What stands after the figure.
    ours, theirs
        What was measured, in words.
    """

    key: str
    case: str
    against: str
    figure: float
    wanted: Bound | None = None
    unit: str = "×"
    ours: str
    theirs: str = ""

    @property
    def figure_text(self) -> str:
        """The figure as it is shown."""
        digits = 2 if self.figure < 2 else 1
        return f"{self.figure:.{digits if self.figure < 100 else 0}f} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A row, and the run that made it.

    Attributes
    ----------
    row
        The row.
    run
        The command, the versions and the machine, as `benchmarks.surroundings.describe_run` says.
    """

    row: Row
    run: Mapping[str, Any]


def read_results(path: Path = RESULTS) -> dict[str, Measured]:
    """Return what was written last, by key; nothing if nothing was."""
    if not path.exists():
        return {}
    read: dict[str, Measured] = {}
    for each in json.loads(path.read_text(encoding="utf-8")):
        wanted = each["row"].pop("wanted")
        row = Row(**each["row"], wanted=Bound(**wanted) if wanted else None)
        read[row.key] = Measured(row=row, run=each["run"])
    return read


def write_results(results: Iterable[Measured], path: Path = RESULTS) -> None:
    """Write all results, in place of those before."""
    document = [asdict(each) for each in results]
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def remarks_on(row: Row, before: Measured | None) -> tuple[str, ...]:
    """Return what is to be said of a figure: that it is not as wanted, or worse than the last."""
    remarks = []
    if row.wanted is not None and not row.wanted.holds(row.figure):
        remarks.append(f"not as wanted ({row.wanted})")
    bound = row.wanted or Bound(value=0.0)
    if before is not None and bound.is_worse(row.figure, before.row.figure):
        remarks.append(f"worse than the last, {before.row.figure_text}")
    return tuple(remarks)
