"""The rules over several files, evaluated once each file of a dandiset was checked alone.

Each worker sends a small summary along with its report. The parent sorts the summaries by dandiset,
lists the videos of each, and evaluates the rules whose scope is the dandiset.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from posecheck.dandi_layout.constants import video_extensions
from posecheck.dandi_layout.markers import BIDS_FILE, STORES
from posecheck.engine.discovery import Found
from posecheck.engine.evaluation import Outcomes, in_order
from posecheck.engine.run_plan import Plan
from posecheck.files.walk import is_folder, is_hidden, walk
from posecheck.model.collection import Collection, FileSummary, VideoOnDisk
from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.finding import WHOLE_FILE
from posecheck.model.report import FileReport, FileStatus
from posecheck.model.rule import Rule, Scope

_PART = "only a part of the dandiset was checked"
_NAMED = 3


def evaluate_dandisets(
    plan: Plan, named: Sequence[str], summaries: Sequence[FileSummary | None]
) -> Iterator[FileReport]:
    """Evaluate the rules over several files on each dandiset, in the order of their first files.

    Parameters
    ----------
    plan
        What the run did.
    named
        The paths that the user named: a dandiset is known to be whole if one of them holds it.
    summaries
        The summaries of ``plan.found``, in the same order.

    Yields
    ------
    FileReport
        One for each dandiset's folder; each of its findings names the file that it concerns.
    """
    rules = [rule for rule in plan.rule_set.rules if Scope.DANDISET in rule.scopes]
    silenced = {
        found.display_path: codes
        for found, codes in zip(plan.found, plan.ignored, strict=True)
        if codes
    }
    for collection in _local(plan, named, summaries) if rules else ():
        yield _evaluate(plan, rules, collection, silenced)
    for collection, contents in _archived(plan, summaries):
        report = _evaluate(plan, rules, collection, silenced)
        yield replace(report, contents=contents)


def _archived(
    plan: Plan, summaries: Sequence[FileSummary | None]
) -> Iterable[tuple[Collection, DandisetContents]]:
    if not any(found.source.is_on_archive for found in plan.found):
        return ()
    from posecheck.engine.archived_dandisets import archived_dandisets  # noqa: PLC0415 - seldom needed

    return archived_dandisets(plan.found, summaries)


def _local(
    plan: Plan, named: Sequence[str], summaries: Sequence[FileSummary | None]
) -> Iterator[Collection]:
    dandisets: dict[Path, list[FileSummary]] = {}
    for found, summary in zip(plan.found, summaries, strict=True):
        if summary is not None and summary.path and found.source.has_path:
            dandisets.setdefault(_root(found.path, summary), []).append(summary)
    for root, files in dandisets.items():
        yield _collect(root, files, plan.found, named)


def _evaluate(
    plan: Plan,
    rules: Sequence[Rule],
    collection: Collection,
    silenced: Mapping[str, frozenset[str]],
) -> FileReport:
    began = time.perf_counter()
    outcomes = Outcomes(plan.rule_set, collection.path)
    for rule in rules:
        outcomes.evaluate(rule, collection, WHOLE_FILE)
    silent = [
        finding
        for finding in outcomes.findings
        if finding.code in silenced.get(finding.file, frozenset())
    ]
    return FileReport(
        path=collection.path,
        status=FileStatus.CHECKED,
        findings=in_order(
            plan.rule_set.with_severity(finding)
            for finding in outcomes.findings
            if finding not in silent
        ),
        ignored=Counter(finding.code for finding in in_order(silent)),
        skipped=tuple(outcomes.skipped),
        rules_run=len(rules) - len({skip.code for skip in outcomes.skipped}),
        seconds=time.perf_counter() - began,
    )


def _root(path: Path, summary: FileSummary) -> Path:
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    return absolute.parents[len(summary.path) - 1]


def _collect(
    root: Path, files: Sequence[FileSummary], found: Sequence[Found], named: Sequence[str]
) -> Collection:
    display_path = _relative_to_cwd(root)
    unknown = _why_unknown(root, files, found, named)
    videos = () if unknown else tuple(_videos_in(root, display_path, _known_paths(files)))
    return Collection(path=display_path, files=tuple(files), videos=videos, unknown=unknown)


def _known_paths(files: Sequence[FileSummary]) -> frozenset[tuple[str, ...]]:
    return frozenset(mention.path for file in files for mention in file.mentions)


def _relative_to_cwd(root: Path) -> str:
    relative = os.path.relpath(root)
    return str(root) if relative.startswith("..") else relative


def _why_unknown(
    root: Path, files: Sequence[FileSummary], found: Sequence[Found], named: Sequence[str]
) -> str:
    folders = (Path(os.path.abspath(text)) for text in named or (".",))  # noqa: PTH100
    if not any(folder == root or folder in root.parents for folder in folders):
        return _PART
    read = {file.file for file in files}
    unread = [
        item.display_path
        for item in found
        if item.display_path not in read and _is_below(item, root)
    ]
    if not unread:
        return ""
    listed = ", ".join(unread[:_NAMED]) + (" …" if len(unread) > _NAMED else "")
    return f"NWB files of the dandiset could not be read: {listed}"


def _is_below(found: Found, root: Path) -> bool:
    path = found.source.address
    return found.source.has_path and root in Path(os.path.abspath(path)).parents  # noqa: PTH100


def _videos_in(
    root: Path, display_path: str, known: frozenset[tuple[str, ...]]
) -> Iterator[VideoOnDisk]:
    """Yield the videos that dandi could find: not in hidden or linked folders, Zarr, or BIDS."""
    suffixes = video_extensions()
    for found in walk(
        root,
        enters=lambda name: not is_hidden(name) and not name.lower().endswith(STORES),
        wants=lambda entry: not is_hidden(entry.name) and entry.name.lower().endswith(suffixes),
        skips=lambda names: BIDS_FILE in names,
    ):
        # A folder that cannot be listed is reported by the search for NWB files.
        if found.entry is None or is_folder(found.entry):
            continue
        path = Path(found.relative).parts
        # Only the few left over are checked for being another name of a referenced file.
        identity = "" if path in known else _identity(found.entry)
        file = os.path.normpath(os.path.join(display_path, *path))  # noqa: PTH118 - joins text
        yield VideoOnDisk(file=file, path=path, identity=identity)


def _identity(entry: os.DirEntry[str]) -> str:
    """Return what `posecheck.reading.targets` calls the identity of a file."""
    try:
        stat = entry.stat()
    except OSError:
        return ""
    return f"{stat.st_dev}:{stat.st_ino}"
