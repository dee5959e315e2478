"""What a plan to fix does to files: each is edited in its place, and none waits for another."""

from __future__ import annotations

from posecheck.fix.plan.document import plan_from_json, plan_to_json
from posecheck.fix.plan.values import FixPlan, PlannedFile
from posecheck.transaction.operation import Operation
from posecheck.transaction.steps import ChangeSet, EditObjects, PlaceFile, TransferMode


def change_set_of(plan: FixPlan) -> ChangeSet:
    """Return what a plan does."""
    edited = tuple(_edited(file, repack=plan.repack) for file in plan.files)
    return ChangeSet(root=plan.root, phases=(edited,))


def save_plan(plan: FixPlan) -> bytes:
    """Return a plan as the journal keeps it."""
    return plan_to_json(plan).encode("ascii")


def _edited(file: PlannedFile, *, repack: bool) -> PlaceFile:
    return PlaceFile(
        source=file.source,
        stamp=file.stamp,
        target=file.target,
        mode=TransferMode.COPY,
        is_hdf5=True,
        objects=EditObjects(
            edits=file.edits,
            states=tuple((change.place, change.state) for change in file.changes),
            is_repacked=repack,
        ),
    )


FIX = Operation(
    name="fix",
    participle="fixing",
    read_plan=lambda content: change_set_of(plan_from_json(content)),
)
"""The operation whose runs these are."""
