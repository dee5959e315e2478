"""What waits for what while files are sent.

A video waits for nothing; an NWB file for its metadata and for all that it references, so that the
archive never shows it without its videos.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from posecheck.upload.plan.files import Digests, PlannedAsset
from posecheck.upload.plan.upload_plan import UploadPlan

METADATA = ""
"""What a task waits for, in the place of a path, whose metadata is being extracted."""


@dataclass(slots=True)
class Task:
    """A file to send.

    Attributes
    ----------
    order
        Its place in the plan.
    waits_for
        The paths that must arrive before, and `METADATA`.
    waiters
        The paths of the NWB files that wait for it.
    digests, metadata
        As far as they are known.
    is_second_turn
        Whether it has failed once, in a way that may heal.
    """

    asset: PlannedAsset
    order: int
    waits_for: set[str] = field(default_factory=set)
    waiters: list[str] = field(default_factory=list)
    digests: Digests | None = None
    metadata: dict[str, Any] | None = None
    is_second_turn: bool = False


def tasks_of(plan: UploadPlan, described: Collection[str]) -> dict[str, Task]:
    """Order the files of a plan: recording by recording, the NWB file after what it references.

    Parameters
    ----------
    plan
        The plan.
    described
        The paths of the files whose metadata is being extracted.
    """
    wanted = {asset.path: asset for asset in plan.to_send}
    ordered = [path for recording in plan.going for path in recording.paths if path in wanted]
    tasks = {
        path: Task(
            asset=wanted[path],
            order=order,
            waits_for={METADATA} if path in described else set(),
            digests=wanted[path].digests,
        )
        for order, path in enumerate(dict.fromkeys([*ordered, *wanted]))
    }
    for recording in plan.going:
        if recording.path in tasks:
            for path in filter(tasks.__contains__, recording.media):
                tasks[recording.path].waits_for.add(path)
                tasks[path].waiters.append(recording.path)
    return tasks
