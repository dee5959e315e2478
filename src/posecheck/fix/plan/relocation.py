"""A plan whose folder was renamed or moved since it was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from posecheck.fix.plan.values import FixPlan


def relocated(plan: FixPlan, root: str) -> FixPlan:
    """Return the same plan below another root.

    Parameters
    ----------
    plan
        The plan.
    root
        The absolute folder that holds its files now.
    """
    if root == plan.root:
        return plan
    check = replace(
        plan.check,
        config=_moved(plan.check.config, plan.root, root),
        globs_from=_moved(plan.check.globs_from, plan.root, root),
    )
    files = []
    for file in plan.files:
        source = str(PurePath(root).joinpath(*file.target))
        files.append(replace(file, source=source, path=source))
    return replace(plan, root=root, files=tuple(files), check=check)


def _moved(path: str, old: str, new: str) -> str:
    if not path or not PurePath(path).is_relative_to(old):
        return path
    return str(PurePath(new) / PurePath(path).relative_to(old))
