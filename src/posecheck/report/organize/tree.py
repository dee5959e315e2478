"""A plan to organize as a tree: old → new, recording by recording and reference by reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from posecheck.model.reference import join, parse_reference
from posecheck.model.string_change import StringChange
from posecheck.model.wording import counted
from posecheck.organize.plan.facts import Destination
from posecheck.organize.plan.values import (
    Conflict,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape
from posecheck.report.finding_groups import enumerate_names
from posecheck.report.organize.conflict_list import find_blocked, print_conflicts
from posecheck.report.organize.display_paths import place, place_of
from posecheck.report.organize.mode_texts import (
    describe_recording,
    describe_way,
    destination_of,
    is_same,
)
from posecheck.report.organize.totals import total

_MOST_RECORDINGS = 20
_MOST_BRANCHES = 12
_MOST_UNPLACED = 5
_MOST_NOTES = 12
"""How many of each, and lines below a recording, a person is shown without ``--verbose``."""

Target = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A line below a recording: one video, and the places that refer to it."""

    old: str
    new: str
    way: str
    places: tuple[str, ...] = ()


class PlanReport:
    """Print a plan.

    Parameters
    ----------
    console
        Where to print; see `posecheck.report.console.open_console`.
    verbose
        Whether to print every recording, reference and conflict, however many there are.
    quiet
        Whether to print conflicts and totals only.

    Notes
    -----
    Paths are relative to where the user stands, references to the folder of their NWB file, as they
    are stored.
    """

    def __init__(self, console: Console, *, verbose: bool = False, quiet: bool = False) -> None:
        self._console = console
        self._verbose = verbose
        self._quiet = quiet

    def print(self, plan: OrganizePlan) -> None:
        """Print a plan, what stands against it, and how much it is.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        """
        with self._console:  # one write for the whole
            if not self._quiet:
                self._print_tree(plan)
            print_conflicts(self._console, plan, verbose=self._verbose)
            self._print_totals(plan)

    def _print_tree(self, plan: OrganizePlan) -> None:
        media = {each.target: each for each in plan.media}
        destination = destination_of(plan)
        blocked = find_blocked(plan)
        most = len(plan.recordings) if self._verbose else _MOST_RECORDINGS
        listed, hidden = plan.recordings[:most], plan.recordings[most:]
        for recording in listed:
            conflicts = blocked.get(recording.source, ())
            self._print_recording(recording, plan.dandiset, media, destination, conflicts)
            self._console.print()
        referenced = {target for recording in plan.recordings for target in recording.media}
        for each in plan.media:
            if each.target not in referenced:
                way = describe_way(each, destination)
                self._print_head(each.source, plan.dandiset, each.target, way)
                self._console.print()
        if hidden:
            videos = len({target for recording in hidden for target in recording.media})
            also = f" with {counted(videos, 'video')}" if videos else ""
            number = sum(recording.source in blocked for recording in hidden)
            if number:
                also += f", {number:,} of them blocked by a conflict"
            self._print_rest(f"{counted(len(hidden), 'more recording')}{also}", "")
            self._console.print()
        self._print_unplaced(plan, blocked)

    def _print_unplaced(
        self, plan: OrganizePlan, blocked: Mapping[str, Sequence[Conflict]]
    ) -> None:
        """Print the recordings that have no place in the plan because of a conflict."""
        placed = {recording.source for recording in plan.recordings}
        unplaced = [source for source in blocked if source not in placed]
        # Each is named once more below, with its conflict.
        listed = unplaced if self._verbose or len(unplaced) <= _MOST_UNPLACED else []
        for source in listed:
            text = Text(escape(place(source)))
            print_hanging(self._console, Text(), text.append_text(_mark(blocked[source])))
        if len(listed) < len(unplaced):
            rest = counted(len(unplaced), "recording" if not placed else "more recording")
            self._print_rest(f"{rest} blocked by a conflict", "")
        if unplaced:
            self._console.print()

    def _print_recording(
        self,
        recording: PlannedRecording,
        dandiset: str,
        media: dict[Target, PlannedMedia],
        destination: Destination,
        conflicts: Sequence[Conflict],
    ) -> None:
        way = describe_recording(recording, dandiset)
        self._print_head(recording.source, dandiset, recording.target, way, conflicts)
        branches = branches_of(recording, media, destination)
        most = len(branches) if self._verbose else _MOST_BRANCHES
        hidden = branches[most:]
        lines: list[tuple[Text, tuple[str, ...]]] = [
            (_branch_text(branch), branch.places) for branch in branches[:most]
        ]
        if hidden:
            rest = f"… and {counted(len(hidden), 'more reference')}; --verbose lists them"
            lines.append((Text(rest, style="dim"), ()))
        notes = recording.notes if self._verbose else recording.notes[:_MOST_BRANCHES]
        lines += [(Text(escape(note), style="yellow"), ()) for note in notes]
        if len(notes) < len(recording.notes):
            rest = counted(len(recording.notes) - len(notes), "more note")
            lines.append((Text(f"… and {rest}; --verbose lists them", style="dim"), ()))
        for number, (text, places) in enumerate(lines, start=1):
            last = number == len(lines)
            print_hanging(self._console, Text("└─ " if last else "├─ ", style="dim"), text)
            if places:
                listed = places if self._verbose else (enumerate_names(places, width=100),)
                for where in listed:
                    head = Text("   " if last else "│  ", style="dim")
                    print_hanging(self._console, head, Text(where, style="dim"))

    def _print_head(
        self,
        source: str,
        dandiset: str,
        target: Target,
        way: str,
        conflicts: Sequence[Conflict] = (),
    ) -> None:
        text = Text(escape(place(source)))
        if not is_same(source, dandiset, target):
            text.append(" → ", style="dim")
            text.append(escape(place(dandiset, *target)), style="bold")
        text.append(f"  {way}", style="cyan").append_text(_mark(conflicts))
        print_hanging(self._console, Text(), text)

    def _print_rest(self, what: str, indent: str) -> None:
        text = Text(f"… and {what}; --verbose lists them", style="dim")
        print_hanging(self._console, Text(indent), text)

    def _print_totals(self, plan: OrganizePlan) -> None:
        totals = total(plan)
        dandiset = escape(place_of(plan.dandiset))
        if plan.is_empty and not plan.conflicts:
            text = Text(f"Nothing to do in {dandiset}", style="bold green")
        else:
            what = f"{totals.what} into {dandiset}"
            if not totals.what:
                what = f"Nothing is placed in {dandiset}"
            elif plan.is_blocked:
                what = f"Not done: {what}"
            text = Text(what, style="bold")
        parts = []
        if totals.references:
            parts.append(f"{counted(totals.references, 'reference')} rewritten")
        if plan.new_identifier is not None and not plan.is_blocked:
            parts.append(f"a new dandiset.yaml ({escape(plan.new_identifier)})")
        if totals.settled:
            parts.append(
                f"{counted(totals.settled, 'recording')} already where "
                f"{'it belongs' if totals.settled == 1 else 'they belong'}"
            )
        if totals.left_out:
            parts.append(f"{counted(totals.left_out, 'recording')} left out")
        text.append("".join(f"; {part}" for part in parts), style="not bold")
        print_hanging(self._console, Text(), text.append("."))
        listed = plan.notes if self._verbose else plan.notes[:_MOST_NOTES]
        for note in listed:
            print_hanging(self._console, Text(), Text(escape(note), style="yellow"))
        if len(listed) < len(plan.notes):
            self._print_rest(counted(len(plan.notes) - len(listed), "more note"), "")


def branches_of(
    recording: PlannedRecording, media: dict[Target, PlannedMedia], destination: Destination
) -> tuple[Branch, ...]:
    """Group the references of a recording that say the same and are to say the same.

    Parameters
    ----------
    recording
        The recording.
    media
        What the plan places, by target.
    destination
        The dandiset's folder.

    Returns
    -------
    tuple of Branch
        In the order of the plan; videos that are placed and whose references stay as they are
        come last.
    """
    folder = recording.target[:-1]
    grouped: dict[tuple[str, str], list[StringChange]] = {}
    for rewrite in recording.rewrites:
        grouped.setdefault((rewrite.old, rewrite.new), []).append(rewrite)
    branches, listed_targets = [], set()
    for (old, new), rewrites in grouped.items():
        target = join(folder, parse_reference(new))
        placed = media.get(target) if target is not None else None
        listed_targets.add(target)
        way = describe_way(placed, destination) if placed is not None else "stays where it is"
        places = tuple(escape(spell_place(rewrite)) for rewrite in rewrites)
        branches.append(Branch(old=old, new=new, way=way, places=places))
    for target in recording.media:
        if target not in listed_targets and target in media:
            placed = media[target]
            way = describe_way(placed, destination)
            branches.append(Branch(old=place(placed.source), new="/".join(target), way=way))
    return tuple(branches)


def _mark(conflicts: Sequence[Conflict]) -> Text:
    """Say after a recording that it is blocked, and by what."""
    kinds = dict.fromkeys(conflict.kind.value for conflict in conflicts)
    return Text(f"  blocked: {', '.join(kinds)}", style="bold red") if kinds else Text()


def spell_place(rewrite: StringChange) -> str:
    """Name a string in a file: ``/acquisition/camera/external_file[0]``."""
    return rewrite.dataset + (f"[{rewrite.index}]" if rewrite.index is not None else "")


def _branch_text(branch: Branch) -> Text:
    text = Text(escape(branch.old))
    text.append(" → ", style="dim").append(escape(branch.new))
    return text.append(f"  {branch.way}", style="cyan")
