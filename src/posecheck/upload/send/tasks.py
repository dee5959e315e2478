"""The files to send as tasks, and what each depends on.

A video depends on nothing. An NWB file depends on its metadata and on all that it references, so
that the archive never shows it without its videos.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from posecheck.upload.plan.files import Digests, PlannedAsset
from posecheck.upload.plan.upload_plan import UploadPlan

METADATA = ""
"""A dependency in place of a path: the task's metadata is being extracted."""


@dataclass(slots=True)
class Task:
    """A file to send.

    Attributes
    ----------
    order
        Its position in the plan.
    dependencies
        The paths that must arrive first, and `METADATA`.
    dependents
        The paths of the NWB files that depend on it.
    digests, metadata
        As far as they are known.
    is_second_turn
        Whether it has failed once, temporarily.
    """

    asset: PlannedAsset
    order: int
    dependencies: set[str] = field(default_factory=set)
    dependents: list[str] = field(default_factory=list)
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
            dependencies={METADATA} if path in described else set(),
            digests=wanted[path].digests,
        )
        for order, path in enumerate(dict.fromkeys([*ordered, *wanted]))
    }
    for recording in plan.going:
        if recording.path in tasks:
            for path in filter(tasks.__contains__, recording.media):
                tasks[recording.path].dependencies.add(path)
                tasks[path].dependents.append(recording.path)
    return tasks
