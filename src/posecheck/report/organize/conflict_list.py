"""What stands against a plan, grouped: a thousand missing videos are one defect, not a thousand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from posecheck.model.wording import counted
from posecheck.organize.plan.values import Conflict, ConflictKind, OrganizePlan
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape, shorten_inside

_PLACES = 5
_LONGEST = 600
_INDENT = " " * 4
_SKIP = "--skip-conflicts organizes the other recordings, each whole, and leaves these as they are."


def print_conflicts(console: Console, plan: OrganizePlan, *, verbose: bool = False) -> None:
    """Print why recordings cannot be organized, by kind, each with what to do about it.

    Parameters
    ----------
    console
        Where to print.
    plan
        The plan. Conflicts of recordings that it leaves out are marked as such.
    verbose
        Whether to print every one, and in full.
    """
    left_out = set(plan.left_out)
    blocking = [conflict for conflict in plan.conflicts if conflict.source not in left_out]
    avoided = [conflict for conflict in plan.conflicts if conflict.source in left_out]
    if blocking:
        title = f"{counted(len(blocking), 'conflict')}: nothing is touched"
        _print_section(console, Text(title, style="bold red"), blocking, verbose=verbose)
        if _has_others(plan, blocking):
            print_hanging(console, Text("→ ", style="green"), Text(_SKIP, style="green"))
            console.print()
    if avoided:
        title = f"{counted(len(left_out), 'recording')} left out"
        _print_section(console, Text(title, style="bold yellow"), avoided, verbose=verbose)


def find_blocked(plan: OrganizePlan) -> dict[str, tuple[Conflict, ...]]:
    """Return the conflicts of each recording that keep a plan from being applied.

    Returns
    -------
    dict
        By the absolute path of the NWB file, in the order of the plan. Recordings that are left
        out are not in it, nor are conflicts of the plan as a whole.
    """
    left_out = set(plan.left_out)
    blocked: dict[str, tuple[Conflict, ...]] = {}
    for conflict in plan.conflicts:
        if conflict.source and conflict.source not in left_out:
            path = os.path.abspath(conflict.source)  # noqa: PTH100 - as typed
            blocked[path] = (*blocked.get(path, ()), conflict)
    return blocked


def _has_others(plan: OrganizePlan, blocking: Sequence[Conflict]) -> bool:
    """Whether something would be placed if recordings with a conflict were left out."""
    if not all(conflict.source for conflict in blocking):
        return False
    blocked = find_blocked(plan)
    return any(recording.source not in blocked for recording in plan.recordings)


def group_conflicts(conflicts: Iterable[Conflict]) -> dict[ConflictKind, list[Conflict]]:
    """Group conflicts of a kind, in the order in which the kinds first appear."""
    grouped: dict[ConflictKind, list[Conflict]] = {}
    for conflict in conflicts:
        grouped.setdefault(conflict.kind, []).append(conflict)
    return grouped


def _print_section(
    console: Console, title: Text, conflicts: list[Conflict], *, verbose: bool
) -> None:
    print_hanging(console, Text(), title)
    for kind, group in group_conflicts(conflicts).items():
        head = Text("  ").append(kind.value, style="bold")
        if len(group) > 1:
            head.append(f" × {len(group):,}", style="bold")
        print_hanging(console, Text(), head)
        listed = group if verbose else group[:_PLACES]
        for conflict in listed:
            where = " ".join(filter(None, (conflict.source, conflict.location)))
            if where:
                print_hanging(console, Text(_INDENT), _cut(where, verbose=verbose))
            indent = _INDENT + ("  " if where else "")
            print_hanging(console, Text(indent), _cut(conflict.reason, verbose=verbose))
        if len(listed) < len(group):
            rest = f"… and {len(group) - len(listed):,} more; --verbose lists them"
            print_hanging(console, Text(_INDENT), Text(rest, style="dim"))
        remedies = list(dict.fromkeys(filter(None, (conflict.remedy for conflict in listed))))
        for remedy in remedies:
            text = _cut(remedy, verbose=verbose)
            text.stylize("green")
            print_hanging(console, Text(_INDENT).append("→ ", style="green"), text)
    console.print()


def _cut(text: str, *, verbose: bool) -> Text:
    return Text(escape(text) if verbose else shorten_inside(escape(text), _LONGEST))
