"""Write the table of measured speeds, from what ``python -m benchmarks --write`` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = Path("_generated") / "speed.md"
"""What ``reference/speed.md`` includes."""

_RESULTS = Path("speed.json")


def write_table(app: Any) -> None:
    """Write the table; one that did not change keeps its time."""
    source = Path(app.srcdir)
    results = json.loads((source / _RESULTS).read_text(encoding="utf-8"))
    path, text = source / TABLE, table(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def table(results: list[Mapping[str, Any]]) -> str:
    """Return the table, and below it how each row was measured."""
    runs: list[Mapping[str, Any]] = []
    lines = ["| case | posecheck | against | figure | wanted | run |", "|---|---|---|---|---|---|"]
    for result in results:
        row, run = result["row"], result["run"]
        if run not in runs:
            runs.append(run)
        theirs = f": {row['theirs']}" if row["theirs"] else ""
        cells = (
            row["case"],
            row["ours"],
            f"{row['against']}{theirs}",
            f"**{_figure(row)}**",
            _bound(row["wanted"]),
            str(runs.index(run) + 1),
        )
        lines.append("| " + " | ".join(cells) + " |")
    for number, run in enumerate(runs, 1):
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        lines += [
            "",
            f"Run {number}: `{run['command']}`, {run['day']}, commit {run['commit']}; "
            f"{run['machine']}; {versions}.",
        ]
    return "\n".join(lines) + "\n"


def _figure(row: Mapping[str, Any]) -> str:
    figure = row["figure"]
    digits = 0 if figure >= 100 else 1 if figure >= 2 else 2
    return f"{figure:.{digits}f} {row['unit']}"


def _bound(wanted: Mapping[str, Any] | None) -> str:
    if wanted is None:
        return ""
    return f"{'≤' if wanted['is_most'] else '≥'} {wanted['value']:g} {wanted['unit']}"


def setup(app: Any) -> dict[str, bool]:
    """Write the table before Sphinx reads its sources."""
    app.connect("builder-inited", write_table)
    return {"parallel_read_safe": True}
