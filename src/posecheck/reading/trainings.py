"""Every PoseTraining: labeled frames, their instances, and the videos that they come from."""

from __future__ import annotations

from dataclasses import replace

from posecheck.facts import instance_facts
from posecheck.model.facts import HEADER_ONLY, ArrayInfo, InstanceFacts
from posecheck.model.pose_training import PoseTraining, SkeletonInstance, TrainingFrame
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.rule import Need
from posecheck.reading.field_reader import Fields, holds_no_numbers
from posecheck.reading.inventory import Entry, Inventory
from posecheck.reading.poses import module_of
from posecheck.storage import Array, StorageError

_MOST_NODES = 1_000_000


class TrainingReader:
    """Reads the training data of one file.

    Parameters
    ----------
    inventory
        What the walk found.
    fields
        Where small values come from.
    needs
        The facts that the selected rules ask for.
    """

    def __init__(self, inventory: Inventory, fields: Fields, needs: frozenset[Need]) -> None:
        self._inventory = inventory
        self._fields = fields
        self._needs = needs

    def trainings(self) -> tuple[PoseTraining, ...]:
        """Read every PoseTraining."""
        frames: dict[str, list[TrainingFrame]] = {}
        instances = self._instances_by_frame()
        for entry in self._inventory.of("TrainingFrame"):
            holder = _holder(entry, "PoseTraining")
            if holder is not None:
                frame = self._frame(entry, tuple(instances.get(entry.path, ())))
                frames.setdefault(holder.path, []).append(frame)
        return tuple(
            PoseTraining(
                name=entry.name,
                path=entry.path,
                module=module_of(entry),
                frames=tuple(frames.get(entry.path, ())),
            )
            for entry in self._inventory.of("PoseTraining")
        )

    def _instances_by_frame(self) -> dict[str, list[SkeletonInstance]]:
        instances: dict[str, list[SkeletonInstance]] = {}
        for entry in self._inventory.of("SkeletonInstance"):
            holder = _holder(entry, "TrainingFrame")
            if holder is not None:
                instances.setdefault(holder.path, []).append(self._instance(entry))
        return instances

    def _frame(self, entry: Entry, instances: tuple[SkeletonInstance, ...]) -> TrainingFrame:
        fields, inventory = self._fields, self._inventory
        return TrainingFrame(
            name=entry.name,
            path=entry.path,
            annotator=fields.text_attribute(entry, "", "annotator"),
            frame_index=fields.integer_attribute(entry, "", "source_video_frame_index"),
            frame_index_dtype=entry.node.attribute_dtype("source_video_frame_index") or "",
            source_video=fields.link(inventory, entry, "source_video", "ImageSeries"),
            source_frame=fields.link(inventory, entry, "source_frame", "BaseImage"),
            instances=instances,
        )

    def _instance(self, entry: Entry) -> SkeletonInstance:
        linked = self._fields.linked(self._inventory, entry, "Skeleton", usual="skeleton")
        skeleton = linked[0] if linked else None
        locations = self._fields.samples(entry, "node_locations")
        visibility = self._fields.samples(entry, "node_visibility", plain_list=True)
        return SkeletonInstance(
            name=entry.name,
            path=entry.path,
            id=self._fields.integer_attribute(entry, "", "id"),
            id_dtype=entry.node.attribute_dtype("id") or "",
            skeleton=skeleton.path if skeleton is not None else None,
            locations=self._info(locations),
            visibility=self._info(visibility),
            facts=self._facts(locations, visibility),
        )

    def _info(self, array: Array | None) -> ArrayInfo | None:
        if array is None or array.info.unread or Need.INSTANCES in self._needs:
            return array.info if array is not None else None
        return replace(array.info, unread=HEADER_ONLY)

    def _facts(self, locations: Array | None, visibility: Array | None) -> InstanceFacts | None:
        if Need.INSTANCES not in self._needs:
            return None
        locations, visible = _numeric(locations, 2), _numeric(visibility, 1)
        if locations is None:
            return None
        try:
            return instance_facts(
                locations.read(0, locations.info.length),
                visible.read(0, visible.info.length) if visible is not None else None,
            )
        except StorageError as error:
            self._fields.problems.append(
                Problem(
                    kind=ProblemKind.UNREADABLE_PART, location=error.location, detail=error.detail
                )
            )
            return None


def _holder(entry: Entry, neurodata_type: str) -> Entry | None:
    holder = entry.parent
    while holder is not None and not holder.inherits(neurodata_type):
        holder = holder.parent
    return holder


def _numeric(array: Array | None, dimensions: int) -> Array | None:
    """Return an array if it holds numbers that a skeleton could have."""
    if array is None or array.info.unread or holds_no_numbers(array.info):
        return None
    fits = len(array.info.shape) == dimensions and array.info.length <= _MOST_NODES
    return array if fits else None
