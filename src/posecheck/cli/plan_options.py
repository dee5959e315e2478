"""Options of commands that make a plan, carry it out, and can undo it: organize and fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from posecheck.model.errors import UsageError

BEFORE = "Before anything is touched"
AFTER = "After a run"

DryRun = Annotated[
    bool,
    typer.Option("--dry-run", "-n", help="Show the plan, and stop.", rich_help_panel=BEFORE),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask, and begin.", rich_help_panel=BEFORE)
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan-file",
        metavar="FILE",
        help="Write the plan to a new file, as JSON.",
        rich_help_panel=BEFORE,
    ),
]
FromPlan = Annotated[
    Path | None,
    typer.Option(
        "--from-plan",
        metavar="FILE",
        help="Do exactly what a saved plan says.",
        rich_help_panel=BEFORE,
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Finish a run that was broken off.", rich_help_panel=AFTER),
]
Finalize = Annotated[
    bool,
    typer.Option(
        "--finalize",
        help="Make the runs final: what was kept to undo them is removed.",
        rich_help_panel=AFTER,
    ),
]


def given(values: Mapping[str, object]) -> list[str]:
    """Return the names of the options that were given."""
    return [name for name, value in values.items() if value not in (None, False, [])]


def check_choices(
    after: Sequence[str],
    *,
    choices: Sequence[str],
    where: Sequence[str],
    saving: Sequence[str],
    others: Sequence[str],
) -> None:
    """Refuse options of which one would be ignored.

    Parameters
    ----------
    after
        Those that concern a run which was begun.
    choices, where, saving, others
        Those that make a plan, say where it is carried out, save, read or merely show a plan, and
        the rest.

    Raises
    ------
    UsageError
        If two of them contradict each other.
    """
    if "--dry-run" in saving and "--yes" in others:
        raise UsageError(
            "--dry-run begins nothing, and --yes begins without asking: use one of them"
        )
    if "--quiet" in others and "--verbose" in others:
        raise UsageError("--quiet asks for less and --verbose for more: use one of them")
    if len(after) > 1:
        raise UsageError(f"{after[0]} and {after[1]} exclude each other: use one of them")
    if after and (choices or saving):
        raise UsageError(
            f"{after[0]} concerns a run that was begun, where all is decided: "
            f"leave out {', '.join([*choices, *saving])}"
        )
    if "--from-plan" in saving:
        decided = [*choices, *where, *(option for option in saving if option == "--plan-file")]
        if decided:
            raise UsageError(
                f"--from-plan does exactly what the plan says: leave out {', '.join(decided)}"
            )
