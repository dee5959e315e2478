"""Whether a plan that was read is one that posecheck would have made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from posecheck.fix.plan.values import FixPlan
from posecheck.model.edit import changed_places


def faults_of(plan: FixPlan) -> Iterator[str]:
    """Say what no posecheck would have planned, each as a clause."""
    posix, windows = PurePosixPath(plan.root), PureWindowsPath(plan.root)
    kind = PurePosixPath if posix.is_absolute() else PureWindowsPath
    if ".." in kind(plan.root).parts or not (posix.is_absolute() or windows.is_absolute()):
        yield f"the plan's root {plan.root!r} is no absolute path without '..'"
    if len({file.target for file in plan.files}) < len(plan.files):
        yield "the plan names a file twice"
    for file in plan.files:
        name = "/".join(file.target)
        if not file.target or not all(map(_is_name, file.target)):
            yield f"the plan's target {name!r} is no path below its root"
        elif kind(plan.root).joinpath(*file.target) != kind(file.source):
            yield f"the plan changes {file.source!r}, and calls it {name!r}"
        elif not _ends_with(kind(file.source), kind(file.path)):
            yield f"the plan shows {file.path!r} for {file.source!r}"
        if {change.place for change in file.changes} != set(changed_places(file.edits)):
            yield f"the plan changes other places of {name!r} than it shows"


def _ends_with(source: PurePath, shown: PurePath) -> bool:
    """Whether a path may be a person's name for a file, from whatever folder."""
    if shown.is_absolute():
        return source == shown
    parts: list[str] = []
    for part in shown.parts:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return bool(parts) and source.parts[-len(parts) :] == tuple(parts)


def _is_name(part: str) -> bool:
    return part not in {"", ".", ".."} and not any(mark in part for mark in "/\\\0")
