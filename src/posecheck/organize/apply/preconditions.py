"""Whether a plan to organize may be applied, whatever became of its files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from posecheck.dandi_layout.constants import media_extensions
from posecheck.dandi_layout.markers import DANDISET_FILE
from posecheck.model.errors import UsageError
from posecheck.organize.plan.validity import check_plan as check_whole_plan
from posecheck.organize.plan.validity import existing_media
from posecheck.organize.plan.values import OrganizePlan
from posecheck.transaction.items import Item
from posecheck.transaction.preconditions import AGAIN


def check_plan(plan: OrganizePlan) -> None:
    """Refuse a plan that no program should carry out, and one for a folder that is no dandiset.

    Raises
    ------
    UsageError
        If a conflict forbids it, it reaches out of its dandiset, or there is no such dandiset.
    """
    if plan.is_blocked:
        raise UsageError("the plan has conflicts, so nothing of it is applied. Resolve them first.")
    check_whole_plan(plan, frozenset(media_extensions()))
    if not Path(plan.dandiset).is_absolute():
        raise UsageError(f"the plan's dandiset {plan.dandiset!r} is of another system.")
    if plan.new_identifier is None and not (Path(plan.dandiset) / DANDISET_FILE).is_file():
        raise UsageError(
            f"there is no {DANDISET_FILE} in {plan.dandiset}, so it is no dandiset. {AGAIN}"
        )


def check_existing(plan: OrganizePlan, items: Sequence[Item]) -> None:
    """Check that videos are there, and stay, to which recordings are to refer.

    Raises
    ------
    UsageError
        If one is not.
    """
    root = Path(os.path.realpath(plan.dandiset))
    leaving = {
        Path(os.path.realpath(item.source.parent)) / item.source.name
        for item in items
        if item.is_moved
    }
    for recording, path in existing_media(plan):
        target = root.joinpath(*path)
        if not os.path.lexists(target) or target in leaving:
            raise UsageError(
                f"{recording.source} is to refer to {'/'.join(path)}, which the plan does not "
                f"place, and which will not be there. {AGAIN}"
            )
