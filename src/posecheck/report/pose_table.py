"""The dandisets of an archive that were searched for pose: a table, and what was left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.pose_probes import NotProbed, PoseProbes
from posecheck.model.report import FileReport, Report
from posecheck.model.wording import counted
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape

_VERSION = re.compile(r"(?P<archive>dandi://[^/]+/)(?P<version>[0-9]{6}(?:@[^/]+)?)")
_MOST_RULES = 4
_MOST_NAMED = 6
_NUMBERS = (
    "with pose",
    "probed",
    "not probed",
    "dangling",
    "unreferenced",
    "unplayable",
)
_WHY_NOT = {
    NotProbed.NOT_CANDIDATE: "with a path that suggests no pose (--probe-all probes all)",
    NotProbed.NOT_NAMED: "beside what was named",
    NotProbed.ZARR: "stored as Zarr",
    NotProbed.FAILED: "with bytes that could not be had or read",
}
_WHY_NOT_LISTED = {
    NotProbed.EMBARGOED: "under embargo, not shown to you",
    NotProbed.FAILED: "that the archive did not answer for",
}


def searched(report: Report) -> dict[str, tuple[FileReport, DandisetContents, PoseProbes]]:
    """Return the dandisets that were searched for pose, by their addresses."""
    return {
        block.path: (block, block.contents, block.contents.pose_probes)
        for block in report.dandisets
        if block.contents is not None and block.contents.pose_probes is not None
    }


def print_search(console: Console, report: Report) -> None:
    """Print the table, and how the search went; nothing for other runs."""
    table = pose_table(report)
    if table is not None:
        with console:
            console.print(table)
    for line in describe_search(report):
        print_hanging(console, Text(), Text(line))


def pose_table(report: Report) -> Table | None:
    """Return a table of the dandisets with pose; ``None`` if there are none.

    After the counts of recordings come those of references that lead to no asset, of videos that no
    recording references, and of videos that cannot be played. The findings of a dandiset are those
    of its files, and those over several of them.
    """
    dandisets = searched(report)
    rules = _rules_by_dandiset(report.blocks, dandisets)
    shown = {path: found for path, found in dandisets.items() if found[2].with_pose}
    if not shown:
        return None
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("dandiset", no_wrap=True)
    for name in _NUMBERS:
        table.add_column(name, justify="right")
    table.add_column("findings")
    archives = {_archive_of(path) for path in dandisets}
    for path, (_, contents, probes) in shown.items():
        name = path.removeprefix(_archive_of(path)) if len(archives) == 1 else path
        table.add_row(
            Text(escape(name)),
            f"{probes.with_pose:,}",
            f"{probes.probed:,}",
            f"{sum(probes.not_probed.values()):,}",
            f"{contents.dangling:,}",
            _unreferenced(contents),
            f"{contents.unplayable:,}",
            Text(_rules(rules[path])),
        )
    return table


def describe_search(report: Report) -> Iterator[str]:
    """Say how many recordings hold pose, and what was not looked into and why."""
    dandisets = searched(report)
    if not dandisets:
        return
    every = [probes for _, _, probes in dandisets.values()]
    listed = [probes for probes in every if probes.not_listed is None]
    probed, posed = sum(each.probed for each in every), sum(each.with_pose for each in every)
    holds = "holds" if posed == 1 else "hold"
    yield (
        f"Of {counted(probed, 'recording')} that were probed in "
        f"{counted(len(listed), 'dandiset')}, {posed:,} {holds} pose."
    )
    whole = sum(each.read_whole for each in every)
    if whole:
        which = "One" if whole == 1 else f"{whole:,}"
        yield f"{which} of them had to be read for that: a few bytes did not tell."
    skipped = _skipped(every)
    if skipped:
        reasons = [f"{counted(n, 'recording')} {_WHY_NOT[why]}" for why, n in skipped.items()]
        yield f"Not probed: {', '.join(reasons)}."
    for why, words in _WHY_NOT_LISTED.items():
        names = [_short(path) for path, found in dandisets.items() if found[2].not_listed is why]
        if names:
            more = ", …" if len(names) > _MOST_NAMED else ""
            yield (
                f"Not listed: {counted(len(names), 'dandiset')} {words}: "
                f"{', '.join(map(escape, names[:_MOST_NAMED]))}{more}."
            )
    failures = [
        failure
        for each in every
        if each.not_listed is not NotProbed.EMBARGOED
        for failure in each.failures
    ]
    for failure in failures[:_MOST_NAMED]:
        yield f"Failed: {escape(failure)}"
    if len(failures) > _MOST_NAMED:
        yield f"{len(failures) - _MOST_NAMED:,} more failed; the JSON reports name them."


def _skipped(every: Iterable[PoseProbes]) -> Counter[NotProbed]:
    numbers: Counter[NotProbed] = Counter()
    for probes in every:
        numbers.update(probes.not_probed)
    return numbers


def _rules_by_dandiset(
    blocks: Iterable[FileReport], dandisets: Mapping[str, object]
) -> dict[str, Counter[str]]:
    rules: dict[str, Counter[str]] = {path: Counter() for path in dandisets}
    for block in blocks:
        found = _VERSION.match(block.path)
        if found is not None and found[0] in rules:
            rules[found[0]].update(finding.code for finding in block.active)
    return rules


def _rules(counts: Counter[str]) -> str:
    named = [f"{escape(code)} × {number:,}" for code, number in counts.most_common(_MOST_RULES)]
    more = len(counts) - _MOST_RULES
    return ", ".join(named) + (f", {more} more rules" if more > 0 else "")


def _unreferenced(contents: DandisetContents) -> str:
    """Write how many videos no recording references: what was not read may reference some."""
    if contents.unreferenced is not None:
        return f"{contents.unreferenced:,}"
    return f"≤ {contents.unreferenced_by_read:,}" if contents.unreferenced_by_read else "0"


def _archive_of(path: str) -> str:
    found = _VERSION.match(path)
    return found["archive"] if found is not None else ""


def _short(path: str) -> str:
    return path.rpartition("/")[2]
