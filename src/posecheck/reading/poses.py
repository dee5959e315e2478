"""Every PoseEstimation and MultiCameraPoseEstimation, for ndx-pose 0.1 to 0.4.

What changed between the generations: 0.1 kept nodes and edges on the container and had no
Skeleton; 0.2 brought Skeleton and the links to ImageSeries; up to 0.3 a container linked any
number of devices by their own names, 0.4 links one, named ``device``, and brings calibrated
cameras and their containers.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain

from posecheck.facts import OutsideReducer, SharedSentinels
from posecheck.model.facts import FrameSize
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.rule import Need
from posecheck.reading.field_reader import Fields, holds_no_numbers
from posecheck.reading.inventory import Entry, Inventory
from posecheck.reading.reprojected_views import reproject
from posecheck.reading.samples import Samples
from posecheck.reading.videos import VideoReader, read_clock
from posecheck.storage import Array

_SAMPLED = ("data", "confidence", "timestamps")


class PoseReader:
    """Reads the pose of one file.

    Parameters
    ----------
    inventory
        What the walk found.
    fields, samples, videos
        Where small values, samples and references come from.
    needs
        The facts that the selected rules ask for.
    """

    def __init__(
        self,
        inventory: Inventory,
        fields: Fields,
        samples: Samples,
        videos: VideoReader,
        needs: frozenset[Need],
    ) -> None:
        self._inventory = inventory
        self._fields = fields
        self._samples = samples
        self._videos = videos
        self._needs = needs
        self.devices = tuple(self._device(entry) for entry in inventory.of("Device"))
        self.skeletons = tuple(self._skeleton(entry) for entry in inventory.of("Skeleton"))
        self._skeleton_at = {skeleton.path: skeleton for skeleton in self.skeletons}

    def containers(self) -> tuple[PoseContainer, ...]:
        """Read every container; a view is inside its MultiCameraPoseEstimation."""
        inventory = self._inventory
        containers = []
        for entry in inventory.entries.values():
            if entry.inherits("MultiCameraPoseEstimation"):
                containers.append(self._multi_camera(entry))
            elif entry.inherits("PoseEstimation") and not _is_view(entry):
                containers.append(self._container(entry))
        return tuple(containers)

    def _multi_camera(self, entry: Entry) -> PoseContainer:
        views = tuple(
            self._container(view)
            for view in self._inventory.linked(entry, "PoseEstimation")
            if view.parent is entry
        )
        container = replace(self._container(entry), multi_camera=True, views=views)
        if Need.REPROJECTION not in self._needs or _is_sampled(container):
            return container
        return replace(container, reprojection=reproject(container, self.devices, self._inventory))

    def _container(self, entry: Entry) -> PoseContainer:
        fields = self._fields
        dimensions = fields.integer_rows(entry, "dimensions")
        frame = self._videos.frame_of(entry, dimensions or ())
        sentinels = SharedSentinels()
        stored = tuple(self._inventory.linked(entry, "PoseEstimationSeries"))
        self._samples.fetch(
            found
            for one in stored
            for name in _SAMPLED
            if isinstance(found := one.members.get(name), Array)
        )
        series = tuple(self._series(found, frame, sentinels) for found in stored)
        if sentinels.count:
            series = tuple(_share_sentinels(one, sentinels.count) for one in series)
        return PoseContainer(
            name=entry.name,
            path=entry.path,
            neurodata_type=entry.neurodata_type,
            parent=entry.parent.path if entry.parent is not None and _is_view(entry) else None,
            module=module_of(entry),
            description=fields.text(entry, "description"),
            series=series,
            skeleton=self._skeleton_of(entry),
            devices=tuple(
                found.path
                for found in fields.linked(self._inventory, entry, "Device", usual="device")
            ),
            source_video=fields.link(self._inventory, entry, "source_video", "ImageSeries"),
            labeled_video=fields.link(self._inventory, entry, "labeled_video", "ImageSeries"),
            original_videos=self._videos.references(entry, "original_videos"),
            labeled_videos=self._videos.references(entry, "labeled_videos"),
            dimensions=dimensions,
            scorer=fields.text(entry, "scorer"),
            source_software=fields.text(entry, "source_software"),
            source_software_version=fields.text_attribute(entry, "source_software", "version"),
            clock_differences=self._samples.clock_differences(series),
            object_id=fields.text_attribute(entry, "", "object_id"),
            datasets=entry.datasets,
        )

    def _series(
        self, entry: Entry, frame: FrameSize | None, sentinels: SharedSentinels
    ) -> PoseSeries:
        fields = self._fields
        data = fields.samples(entry, "data")
        confidence = fields.samples(entry, "confidence", plain_list=True)
        conversion = fields.number_attribute(entry, "data", "conversion")
        offset = fields.number_attribute(entry, "data", "offset")
        data_info, positions, confidence_info, certainty = self._samples.trajectory(
            data, confidence, _outside(frame, conversion, offset), sentinels
        )
        return PoseSeries(
            name=entry.name,
            path=entry.path,
            description=fields.text_attribute(entry, "", "description"),
            data=data_info,
            positions=positions,
            unit=fields.text_attribute(entry, "data", "unit"),
            conversion=1.0 if conversion is None else conversion,
            offset=0.0 if offset is None else offset,
            reference_frame=fields.text(entry, "reference_frame"),
            confidence_data=confidence_info,
            confidence=certainty,
            confidence_definition=fields.text_attribute(entry, "confidence", "definition"),
            clock=read_clock(entry, fields, self._samples),
            datasets=entry.datasets,
        )

    def _skeleton_of(self, entry: Entry) -> Skeleton | None:
        linked = self._fields.linked(self._inventory, entry, "Skeleton", usual="skeleton")
        if linked:
            return self._skeleton_at[linked[0].path]
        if "nodes" in entry.members or "edges" in entry.members:
            return self._nodes_and_edges(entry, on_container=True)
        return None

    def _skeleton(self, entry: Entry) -> Skeleton:
        subject = next(self._inventory.linked(entry, "Subject"), None)
        return replace(
            self._nodes_and_edges(entry, on_container=False),
            in_skeletons=entry.parent is not None and entry.parent.inherits("Skeletons"),
            users=tuple(
                user.path
                for user in self._inventory.entries.values()
                if user.inherits("PoseEstimation") or user.inherits("MultiCameraPoseEstimation")
                if any(member.identity == entry.node.identity for member in user.members.values())
            ),
            subject=subject.path if subject is not None else None,
        )

    def _nodes_and_edges(self, entry: Entry, *, on_container: bool) -> Skeleton:
        stored = self._fields.samples(entry, "edges")
        shape = stored.info.shape if stored is not None else None
        pairs = None
        are_numbers = stored is not None and not holds_no_numbers(stored.info)
        if are_numbers and shape is not None and len(shape) == 2 and shape[1] == 2:
            rows = self._fields.integer_rows(entry, "edges")
            pairs = tuple((row[0], row[1]) for row in rows) if rows is not None else None
        return Skeleton(
            name=entry.name,
            path=entry.path,
            nodes=self._fields.texts(entry, "nodes"),
            edges=pairs,
            edges_shape=shape,
            edges_dtype=stored.info.dtype if stored is not None else "uint8",
            on_container=on_container,
            in_skeletons=False,
            users=(entry.path,) if on_container else (),
            datasets=entry.datasets,
        )

    def _device(self, entry: Entry) -> Device:
        fields = self._fields
        calibrated = entry.inherits("CalibratedCamera")
        if not calibrated:
            return Device(
                name=entry.name,
                path=entry.path,
                description=fields.text_attribute(entry, "", "description"),
            )
        return Device(
            name=entry.name,
            path=entry.path,
            calibrated=True,
            description=fields.text_attribute(entry, "", "description"),
            intrinsic_matrix=fields.rows(entry, "intrinsic_matrix"),
            rotation_matrix=fields.rows(entry, "rotation_matrix"),
            translation_vector=fields.numbers(entry, "translation_vector"),
            distortion_coefficients=fields.numbers(entry, "distortion_coefficients"),
            datasets=entry.datasets,
        )


def _share_sentinels(series: PoseSeries, count: int) -> PoseSeries:
    """Note in how many frames every series of its container holds a placeholder."""
    if series.positions is None or not series.positions.frames:
        return series
    return replace(series, positions=replace(series.positions, shared_sentinels=count))


def _outside(
    frame: FrameSize | None, conversion: float | None, offset: float | None
) -> OutsideReducer | None:
    factor = 1.0 if conversion is None else conversion
    shift = offset or 0.0
    if frame is None or not factor or not math.isfinite(factor) or not math.isfinite(shift):
        return None
    return OutsideReducer(frame, factor, shift)


def module_of(entry: Entry) -> str | None:
    """Return the name of the processing module that holds an entry, if one does."""
    holder = entry.parent
    while holder is not None:
        if holder.inherits("ProcessingModule"):
            return holder.name
        holder = holder.parent
    return None


def _is_sampled(container: PoseContainer) -> bool:
    """Whether only a sample was read of a series in the container, or in one of its views."""
    every = chain(container.series, *(view.series for view in container.views))
    return any(
        info is not None and info.rows_read is not None
        for one in every
        for info in (one.data, one.clock.timestamps)
    )


def _is_view(entry: Entry) -> bool:
    return entry.parent is not None and entry.parent.inherits("MultiCameraPoseEstimation")
