"""The pose of a recording: containers, series, skeletons and cameras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posecheck.model.clock import NO_CLOCK, Clock
from posecheck.model.external_file import ExternalFile
from posecheck.model.facts import (
    ArrayInfo,
    ClockDifference,
    ConfidenceFacts,
    PositionFacts,
    ReprojectionFacts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """A Skeleton, or the nodes and edges that ndx-pose 0.1 kept on the container.

    Attributes
    ----------
    nodes
        Node names in stored order; ``None`` if there is no such dataset.
    edges
        Pairs of node indices; ``None`` if they are absent or not stored as pairs.
    edges_shape
        The stored extent, also of a malformed one.
    edges_dtype
        The stored integer type.
    on_container
        Whether a PoseEstimation carries them itself.
    in_skeletons
        Whether a Skeletons object holds it.
    users
        The paths of the containers that link it.
    subject
        The path of the linked Subject.
    datasets
        Its datasets: where each really lies, after links, by the name that it has here.
    """

    name: str = "Skeleton"
    path: str = "/processing/behavior/Skeletons/Skeleton"
    nodes: tuple[str, ...] | None = None
    edges: tuple[tuple[int, int], ...] | None = None
    edges_shape: tuple[int, ...] | None = None
    edges_dtype: str = "uint8"
    on_container: bool = False
    in_skeletons: bool = True
    users: tuple[str, ...] = ()
    subject: str | None = None
    datasets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseSeries:
    """A PoseEstimationSeries: one node's position over time.

    Attributes
    ----------
    data
        The stored positions, shape (frames, 2 or 3).
    positions
        What reading them gave, in stored units; multiply by ``conversion``, add ``offset``.
    unit
        The unit of ``data`` after conversion, as stored.
    confidence_data, confidence
        The stored confidence, shape (frames,), and what reading it gave.
    datasets
        Its datasets: where each really lies, after links, by the name that it has here.
    """

    name: str = "nose"
    path: str = ""
    description: str | None = None
    data: ArrayInfo | None = None
    positions: PositionFacts | None = None
    unit: str | None = None
    conversion: float = 1.0
    offset: float = 0.0
    reference_frame: str | None = None
    confidence_data: ArrayInfo | None = None
    confidence: ConfidenceFacts | None = None
    confidence_definition: str | None = None
    clock: Clock = NO_CLOCK
    datasets: Mapping[str, str] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """The number of stored frames; 0 without data."""
        return self.data.length if self.data and self.data.shape else 0

    @property
    def columns(self) -> int | None:
        """2 or 3 for well-formed data; ``None`` where data is not two-dimensional."""
        return self.data.shape[1] if self.data and len(self.data.shape) == 2 else None

    def scaled(self, value: float) -> float:
        """Turn a stored coordinate into ``unit``."""
        return value * self.conversion + self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A Device, or a CalibratedCamera with its calibration.

    Attributes
    ----------
    intrinsic_matrix, rotation_matrix
        Rows of a 3 × 3 matrix; ``None`` if absent.
    translation_vector, distortion_coefficients
        Their entries; ``None`` if absent.
    datasets
        Its datasets: where each really lies, after links, by the name that it has here.
    """

    name: str = "camera"
    path: str = "/general/devices/camera"
    calibrated: bool = False
    description: str | None = None
    intrinsic_matrix: tuple[tuple[float, ...], ...] | None = None
    rotation_matrix: tuple[tuple[float, ...], ...] | None = None
    translation_vector: tuple[float, ...] | None = None
    distortion_coefficients: tuple[float, ...] | None = None
    datasets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseContainer:
    """A PoseEstimation, one view of a MultiCameraPoseEstimation, or the latter itself.

    Attributes
    ----------
    neurodata_type
        ``PoseEstimation`` or ``MultiCameraPoseEstimation``, or the type of an extension that
        inherits from one of them.
    multi_camera
        Whether it is a MultiCameraPoseEstimation: 3D series in world space, and ``views``.
    parent
        For a view, the path of the MultiCameraPoseEstimation that holds it.
    module
        The processing module's name; ``None`` outside a module.
    skeleton
        The linked Skeleton, or the container's own nodes and edges (ndx-pose 0.1).
    devices
        The linked devices, in stored order: before ndx-pose 0.4 there could be several.
    source_video, labeled_video
        The path of the linked ImageSeries.
    dimensions
        The deprecated ``dimensions``: width and height of each video, as stored.
    clock_differences
        The series whose clock or number of samples is not that of the series with the most samples.
    reprojection
        For a MultiCameraPoseEstimation, how well each calibrated view agrees.
    object_id
        As stored; ``None`` if absent.
    datasets
        Its datasets: where each really lies, after links, by the name that it has here.
    """

    name: str = "PoseEstimation"
    path: str = "/processing/behavior/PoseEstimation"
    neurodata_type: str = "PoseEstimation"
    multi_camera: bool = False
    parent: str | None = None
    module: str | None = "behavior"
    description: str | None = None
    series: tuple[PoseSeries, ...] = ()
    skeleton: Skeleton | None = None
    devices: tuple[str, ...] = ()
    source_video: str | None = None
    labeled_video: str | None = None
    original_videos: tuple[ExternalFile, ...] | None = None
    labeled_videos: tuple[ExternalFile, ...] | None = None
    dimensions: tuple[tuple[int, ...], ...] | None = None
    scorer: str | None = None
    source_software: str | None = None
    source_software_version: str | None = None
    views: tuple[PoseContainer, ...] = ()
    clock_differences: tuple[ClockDifference, ...] = ()
    reprojection: tuple[ReprojectionFacts, ...] = ()
    object_id: str | None = None
    datasets: Mapping[str, str] = field(default_factory=dict)

    @property
    def sampled(self) -> tuple[PoseSeries, ...]:
        """The series that hold at least one frame."""
        return tuple(series for series in self.series if series.frames > 0)
