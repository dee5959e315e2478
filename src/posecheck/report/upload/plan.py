"""An upload for a person: what will be sent, what was refused and why, and what arrived."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from posecheck.model.wording import counted, parts_of_remedy
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized
from posecheck.upload.plan.files import Action, PlannedAsset
from posecheck.upload.plan.recordings import Refusal
from posecheck.upload.plan.upload_plan import UploadPlan

_STYLES = {
    Action.NEW: "green",
    Action.CHANGED: "yellow",
    Action.SAME: "dim",
    Action.KEPT: "magenta",
}
_MEANINGS = {
    Action.NEW: "",
    Action.CHANGED: "the archive's bytes are replaced",
    Action.SAME: "the archive holds these bytes",
    Action.KEPT: "the archive holds other bytes, which stay",
}
_RECORDINGS = 30
_REASONS = 5
_NAMES = 10
_LINES = 3
"""Of code in a remedy."""


def print_plan(console: Console, plan: UploadPlan, *, quiet: bool = False) -> None:
    """Print what an upload will do.

    Parameters
    ----------
    console
        Where to.
    plan
        The plan.
    quiet
        Whether to print refusals and the summary only.
    """
    where = plan.destination
    head = Text(f"Dandiset {escape(where.identifier)} on {escape(where.instance)}", style="bold")
    if where.embargoed:
        head.append("  embargoed", style="not bold magenta")
    _say(console, head)
    for note in plan.notes:
        _say(console, Text(f"Note: {escape(note)}", style="yellow"))
    if not quiet:
        _print_recordings(console, plan)
    print_refusals(console, plan)
    _print_totals(console, plan)
    if not quiet:
        _print_aside(console, plan)


def print_refusals(console: Console, plan: UploadPlan) -> None:
    """Print why recordings are refused, and that nothing is sent if that is so."""
    by_file: dict[str, list[Refusal]] = {}
    for refusal in plan.refusals:
        by_file.setdefault(refusal.display_path, []).append(refusal)
    for display_path, refusals in itertools.islice(by_file.items(), _RECORDINGS):
        console.print()
        _say(
            console,
            Text(escape(display_path), style="bold").append("  refused", style="not bold red"),
        )
        printed = set()
        for refusal in refusals[:_REASONS]:
            reason = Text(f"{escape(refusal.code)} " if refusal.code else "", style="bold")
            reason.append(escape(refusal.reason), style="not bold")
            _say(console, reason, indent="  ")
            if refusal.remedy and refusal.remedy not in printed:
                printed.add(refusal.remedy)
                _print_remedy(console, refusal.remedy)
        if len(refusals) > _REASONS:
            more = counted(len(refusals) - _REASONS, "more reason")
            _say(console, Text(f"and {more}; see `posecheck validate`"), indent="  ")
    if len(by_file) > _RECORDINGS:
        rest = counted(len(by_file) - _RECORDINGS, "more file")
        console.print()
        _say(console, Text(f"… and {rest} refused; see `posecheck validate`", style="dim"))
    if by_file:
        console.print()


def _print_remedy(console: Console, remedy: str) -> None:
    """Print what to do, with its lines of code where they are few."""
    prose, lines = parts_of_remedy(remedy)
    if len(lines) > _LINES:  # `posecheck validate` shows them
        lines = ()
        prose = f"{prose.removesuffix(':').rstrip('.')}; `posecheck validate` shows the lines."
    _say(console, Text(f"→ {escape(prose)}", style="dim"), indent="    ")
    for line in lines:
        _say(console, Text(escape(line), style="cyan"), indent="        ")


def _print_recordings(console: Console, plan: UploadPlan) -> None:
    assets = {asset.path: asset for asset in plan.assets}
    sent = {asset.path for asset in plan.held if asset.is_sent}
    display_path = [each for each in plan.going if any(path in sent for path in each.paths)]
    printed: set[str] = set()
    for recording in display_path[:_RECORDINGS]:
        if recording.path in assets:
            _print_asset(console, assets[recording.path], indent="  ")
        media = [path for path in recording.media if path in assets]
        for path in media[:_NAMES]:
            _print_asset(console, assets[path], indent="    ", again=path in printed)
            printed.add(path)
        if len(media) > _NAMES:
            rest = counted(len(media) - _NAMES, "more file")
            _say(console, Text(f"… and {rest} that it references", style="dim"), indent="    ")
    if len(display_path) > _RECORDINGS:
        rest = counted(len(display_path) - _RECORDINGS, "more recording")
        _say(console, Text(f"… and {rest} with something to send", style="dim"), indent="  ")
    bound = {path for recording in plan.recordings for path in recording.paths}
    alone = [asset for asset in plan.held if asset.path not in bound and asset.is_sent]
    for asset in alone[:_RECORDINGS]:
        _print_asset(console, asset, indent="  ")
    if len(alone) > _RECORDINGS:
        rest = counted(len(alone) - _RECORDINGS, "more file")
        _say(console, Text(f"… and {rest} that you named", style="dim"), indent="  ")


def _print_asset(
    console: Console, asset: PlannedAsset, *, indent: str, again: bool = False
) -> None:
    line = Text(f"{asset.action.value:<8}", style=_STYLES[asset.action])
    line.append(escape(asset.path), style="default not dim")
    line.append("  as above" if again else f"  {sized(asset.local.size)}", style="dim")
    if asset.local.origin and not again:
        line.append(f"  from {escape(asset.local.origin)}", style="yellow")
    if asset.reason:
        line.append(f"  {escape(asset.reason)}", style="dim")
    _say(console, line, indent=indent)


def _print_totals(console: Console, plan: UploadPlan) -> None:
    for action in Action:
        assets = list(plan.with_action(action))
        if assets:
            size = sized(sum(asset.local.size for asset in assets))
            line = Text(f"{action.value:<8}", style=_STYLES[action])
            meaning = f"  {_MEANINGS[action]}" if _MEANINGS[action] else ""
            line.append(f"{counted(len(assets), 'file')}, {size}{meaning}", style="default not dim")
            _say(console, line)
    linked = [asset for asset in plan.to_send if asset.local.origin]
    if linked:
        said = f"{counted(len(linked), 'file')} to send from {escape(', '.join(plan.linked_from))}"
        _say(console, Text(f"{'linked':<8}", style="yellow").append(said, "default"))
    if plan.refusals:
        files = counted(len({refusal.display_path for refusal in plan.refusals}), "file")
        rest = "the others are sent whole" if plan.skip_refused else "so nothing is sent"
        _say(console, Text(f"{'refused':<8}", style="red").append(f"{files}: {rest}", "default"))
    if plan.to_delete:
        count = counted(len(plan.to_delete), "asset")
        line = Text(f"{'delete':<8}", style="red")
        said = f"{count} on the archive and not on this disk, once everything has arrived"
        _say(console, line.append(said, "default"))
    if kept := len(plan.gone) - len(plan.to_delete):
        count = counted(kept, "asset")
        line = Text(f"{'gone':<8}", style="magenta")
        _say(console, line.append(f"{count} not on this disk; left alone", "default"))
    if plan.allowed:
        codes = ", ".join(sorted({finding.code for finding in plan.allowed}))
        count = counted(len(plan.allowed), "error")
        said = f"{count} ({escape(codes)}), because {escape(plan.because)}"
        _say(console, Text(f"{'allowed':<8}", style="yellow").append(said, "default"))


def _print_aside(console: Console, plan: UploadPlan) -> None:
    _print_names(
        console,
        "References to other servers, where posecheck does not look",
        list(dict.fromkeys(each.url for one in plan.going for each in one.external)),
    )
    archived = [pointer.path for one in plan.going for pointer in one.archived]
    _print_names(
        console,
        "Referenced, and not on this disk: the archive holds it already",
        list(dict.fromkeys(archived)),
    )
    left_out = [f"{p.entry}: {p.path}" for one in plan.going for p in one.left_out]
    _print_names(console, "References that lead nowhere, as you allowed", left_out)
    deleted = [asset.path for asset in plan.to_delete]
    left = [asset.path for asset in plan.gone if asset.path not in set(deleted)]
    _print_names(console, "In the archive and not on this disk, to be deleted", deleted)
    _print_names(console, "In the archive and not on this disk", left)
    _print_names(
        console,
        "Not sent, because no chosen NWB file references them (name them to send them)",
        plan.unreferenced,
    )


def _print_names(console: Console, head: str, paths: Sequence[str]) -> None:
    if not paths:
        return
    _say(console, Text(f"{head}:", style="dim"))
    for path in paths[:_NAMES]:
        _say(console, Text(escape(path), style="dim"), indent="  ")
    if len(paths) > _NAMES:
        _say(console, Text(f"… and {len(paths) - _NAMES} more", style="dim"), indent="  ")


def _say(console: Console, text: Text, *, indent: str = "") -> None:
    print_hanging(console, Text(indent), text)
