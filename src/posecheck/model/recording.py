"""What a recording is: the pose, the videos and the rest of one NWB file that posecheck judges.

Every path is the object's place in the NWB file after links are resolved. ``None`` stands for
"not stored", an empty string for a stored empty string: rules tell the two apart.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from posecheck.model.display import counted, one_line
from posecheck.model.facts import (
    ArrayInfo,
    ClockDifference,
    ConfidenceFacts,
    InstanceFacts,
    PositionFacts,
    ReprojectionFacts,
    TimestampFacts,
)
from posecheck.model.finding import Value
from posecheck.model.reference import Reference
from posecheck.model.video import VideoFacts


class ProblemKind(StrEnum):
    """What went wrong on the way from the disk to the model."""

    UNREADABLE = "unreadable"
    NOT_NWB = "not-nwb"
    NOT_FETCHED = "not-fetched"
    DANGLING_LINK = "dangling-link"
    EXTERNAL_DATA = "external-data"
    UNREADABLE_PART = "unreadable-part"
    MALFORMED = "malformed"
    POSE_TYPE_LOST = "pose-type-lost"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    CHANGED = "changed"
    IN_USE = "in-use"
    USE_UNKNOWN = "use-unknown"
    NOT_READ_BY_PYNWB = "not-read-by-pynwb"
    METADATA_REFUSED = "metadata-refused"
    METADATA_UNKNOWN = "metadata-unknown"
    VALIDATOR_TIMED_OUT = "validator-timed-out"
    VALIDATOR_CRASHED = "validator-crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the file that could not be understood, kept for a rule to report.

    Attributes
    ----------
    kind
        What went wrong.
    location
        The object's path in the file.
    owner, member
        The path of the object whose field cannot be understood, and the name of that field's
        dataset or link; ``location`` is elsewhere if a link leads there. An empty ``member`` stands
        for the object itself, an empty ``owner`` for what holds ``location``.
    attribute
        The name of the attribute that is meant; empty where it is the object itself.
    detail
        A clause that completes "…: " in a message.
    values
        Figures and names for machines.
    """

    kind: ProblemKind
    location: str = "/"
    owner: str = ""
    member: str = ""
    attribute: str = ""
    detail: str = ""
    values: Mapping[str, Value] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When the samples of a TimeSeries were taken: at a rate, or at timestamps.

    Attributes
    ----------
    rate, start
        ``starting_time`` and its ``rate``, in hertz and seconds.
    timestamps
        The stored dataset, wherever a link leads to it.
    facts
        What reading it gave; ``None`` if it was not read.
    unit
        The unit attribute of the one that is stored.
    """

    rate: float | None = None
    start: float | None = None
    timestamps: ArrayInfo | None = None
    facts: TimestampFacts | None = None
    unit: str | None = None


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
    clock: Clock = Clock()
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


class TargetState(StrEnum):
    """What lies where a reference points."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_FETCHED = "not-fetched"
    NOT_A_FILE = "not-a-file"
    OUTSIDE = "outside"
    OUTSIDE_BY_LINK = "outside-by-link"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that a reference may mean which leads nowhere in the dandiset.

    Of an absolute reference it is the file at its path, or one of its name beside the NWB file; of
    a relative one a file of its name beside the NWB file, in the folder that is called like it, or
    of the same name in other letters.

    Attributes
    ----------
    reference
        How the NWB file would refer to it: relative, in POSIX spelling.
    path
        Its components, as those of `Target`.
    state
        ``PRESENT`` or ``NOT_FETCHED``.
    identity
        Equal for two candidates that are one file.
    is_meant
        Whether it is the very file at the path, which lies within the dandiset; else it only has
        the name.
    video
        What was seen in it; ``None`` if nobody looked.
    """

    reference: str = ""
    path: tuple[str, ...] = ()
    state: TargetState = TargetState.PRESENT
    identity: str = ""
    is_meant: bool = False
    video: VideoFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the disk says of a reference.

    Attributes
    ----------
    state
        Whether a file is there.
    path
        Components of the target from the dandiset's root (or, outside a dandiset, from the NWB
        file's folder, where leading ``..`` may stand); empty if it has none.
    size
        Bytes, if it is present.
    identity
        Equal for two references that lead to one file.
    in_bids
        Whether a BIDS dataset holds it, of which dandi uploads every file.
    candidate
        The file that an absolute or a missing one may mean; ``None`` if there is none.
    of_another_file
        Whether it lies in the video folder of another NWB file, which is called like that file and
        lies beside it.
    """

    state: TargetState = TargetState.PRESENT
    path: tuple[str, ...] = ()
    size: int = 0
    identity: str = ""
    in_bids: bool = False
    candidate: Candidate | None = None
    of_another_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFile:
    """One entry of ``external_file``: what it says, and what is there.

    ``target`` is ``None`` if nobody looked, and ``video`` if nobody looked into it: it is not
    there, or no rule asked.

    Attributes
    ----------
    stored
        The dataset that it is an entry of, wherever a link leads to it; ``None`` in memory.
    """

    index: int = 0
    reference: Reference
    target: Target | None = None
    video: VideoFacts | None = None
    stored: ArrayInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """An ImageSeries, wherever in the file it lies.

    Attributes
    ----------
    neurodata_type
        The stored type; ``lineage`` lists it and its ancestors, nearest first.
    section
        Where it lies: ``acquisition``, ``stimulus``, ``processing/<module>``, …
    format
        The ``format`` dataset; ``None`` if absent.
    external_files
        The entries of ``external_file``; ``None`` if absent.
    starting_frame
        Its attribute of that name, one entry per file; ``None`` if absent.
    has_starting_frame_dataset
        Whether ``starting_frame`` is stored without an ``external_file``.
    data
        The frames inside the file; external mode stores an empty array.
    dimension
        Width and height in pixels, as stored; ``None`` if absent.
    num_samples
        Number of frames (NWB ≥ 2.11); ``None`` if absent.
    source_of, labeled_of
        The paths of the containers and training frames that link it.
    object_id
        As stored; ``None`` if absent.
    datasets
        Its datasets: where each really lies, after links, by the name that it has here.
    """

    name: str = "video"
    path: str = "/acquisition/video"
    neurodata_type: str = "ImageSeries"
    lineage: tuple[str, ...] = ("ImageSeries",)
    section: str = "acquisition"
    description: str | None = None
    format: str | None = None
    external_files: tuple[ExternalFile, ...] | None = None
    starting_frame: tuple[int, ...] | None = None
    has_starting_frame_dataset: bool = False
    data: ArrayInfo | None = None
    dimension: tuple[int, ...] | None = None
    num_samples: int | None = None
    unit: str | None = None
    clock: Clock = Clock()
    device: str | None = None
    source_of: tuple[str, ...] = ()
    labeled_of: tuple[str, ...] = ()
    object_id: str | None = None
    datasets: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_external(self) -> bool:
        """Whether the frames are meant to lie in files outside."""
        return self.format == "external" or bool(self.external_files)

    @property
    def has_frames(self) -> bool:
        """Whether ``data`` holds anything; external mode stores an array with an extent of 0."""
        return self.data is not None and bool(self.data.shape) and all(self.data.shape)

    @property
    def is_physiology(self) -> bool:
        """Whether it is two-photon or one-photon imaging, not behaviour."""
        return bool({"TwoPhotonSeries", "OnePhotonSeries"} & set(self.lineage))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalImage:
    """A single image kept outside the file (NWB ≥ 2.9)."""

    name: str = "image"
    path: str = "/acquisition/images/image"
    files: tuple[ExternalFile, ...] = ()
    object_id: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonInstance:
    """One labeled animal in a training frame.

    Attributes
    ----------
    id
        The number that tells it from the others in its frame; ``None`` if absent.
    id_dtype
        Its stored type: an 8-bit one wraps.
    skeleton
        The path of the linked Skeleton.
    """

    name: str = "skeleton_instance"
    path: str = ""
    id: int | None = None
    id_dtype: str = "uint32"
    skeleton: str | None = None
    locations: ArrayInfo | None = None
    visibility: ArrayInfo | None = None
    facts: InstanceFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFrame:
    """One labeled frame.

    Attributes
    ----------
    frame_index
        ``source_video_frame_index``; ``None`` if absent.
    frame_index_dtype
        Its stored type: an 8-bit one wraps.
    source_video, source_frame
        The paths of the linked ImageSeries and Image.
    """

    name: str = "frame_0"
    path: str = ""
    annotator: str | None = None
    frame_index: int | None = None
    frame_index_dtype: str = "uint32"
    source_video: str | None = None
    source_frame: str | None = None
    instances: tuple[SkeletonInstance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseTraining:
    """A PoseTraining: labeled frames, and the videos that they come from."""

    name: str = "PoseTraining"
    path: str = "/processing/behavior/PoseTraining"
    module: str | None = "behavior"
    frames: tuple[TrainingFrame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The animal, as far as names and rules need it."""

    subject_id: str | None = None
    species: str | None = None
    sex: str | None = None
    age: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeIntervals:
    """A table of intervals: ``epochs``, ``trials``, ``invalid_times`` or another.

    Attributes
    ----------
    spans
        Beginning and end of each interval in seconds, sorted.
    """

    name: str = "epochs"
    path: str = "/intervals/epochs"
    spans: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dandiset:
    """The dandiset around a file.

    Attributes
    ----------
    path
        The NWB file's components from the dandiset's root.
    is_bids
        Whether a BIDS dataset holds the file, to which DANDI's own layout does not apply.
    """

    path: tuple[str, ...] = ()
    is_bids: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeArray:
    """A dataset of the pose or video part that is kept uncompressed."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One NWB file.

    Attributes
    ----------
    file
        Its path as the user would write it.
    nwb_version, object_id, identifier, session_description, session_id, session_start_time,
    timestamps_reference_time
        As stored; ``None`` if absent.
    specifications
        Versions of the cached namespaces, by name.
    pose_types
        The ndx-pose types that the file uses.
    group_types
        The types of its typed groups, of any namespace: dandi names files after them.
    objects
        The type of each typed group, by its path.
    generated_by
        The programs that made the file, as ``was_generated_by`` names them (NWB ≥ 2.9).
    provenance
        Texts that say where the data came from (``scorer``, ``source_script`` …), by path.
    containers
        Every PoseEstimation and MultiCameraPoseEstimation; views are inside the latter.
    intervals
        When the session was recorded, what was done and when, and what is invalid.
    dandiset
        ``None`` outside a dandiset.
    asked_pynwb
        Whether pynwb was asked if it reads the file.
    asked_dandi
        Whether dandi was asked what metadata it makes of the file.
    problems
        What could not be understood, in stored order.
    """

    file: str = "recording.nwb"
    nwb_version: str | None = None
    object_id: str | None = None
    identifier: str | None = None
    session_description: str | None = None
    session_id: str | None = None
    session_start_time: str | None = None
    timestamps_reference_time: str | None = None
    subject: Subject | None = None
    specifications: Mapping[str, str] = field(default_factory=dict)
    pose_types: tuple[str, ...] = ()
    group_types: tuple[str, ...] = ()
    objects: Mapping[str, str] = field(default_factory=dict)
    generated_by: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[PoseContainer, ...] = ()
    trainings: tuple[PoseTraining, ...] = ()
    skeletons: tuple[Skeleton, ...] = ()
    devices: tuple[Device, ...] = ()
    videos: tuple[Video, ...] = ()
    images: tuple[ExternalImage, ...] = ()
    intervals: tuple[TimeIntervals, ...] = ()
    large_arrays: tuple[LargeArray, ...] = ()
    dandiset: Dandiset | None = None
    asked_pynwb: bool = False
    asked_dandi: bool = False
    problems: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        held = {
            "container": len(self.containers),
            "training": len(self.trainings),
            "skeleton": len(self.skeletons),
            "video": len(self.videos),
            "problem": len(self.problems),
        }
        return one_line(
            self, repr(self.file), *(counted(many, noun) for noun, many in held.items() if many)
        )

    def every_container(self) -> Iterator[PoseContainer]:
        """Yield each container, and after a MultiCameraPoseEstimation each of its views."""
        for container in self.containers:
            yield container
            yield from container.views

    def every_series(self) -> Iterator[PoseSeries]:
        """Yield the series of every container."""
        for container in self.every_container():
            yield from container.series

    def every_skeleton(self) -> Iterator[Skeleton]:
        """Yield each Skeleton once, and the nodes and edges that containers keep themselves."""
        seen = {skeleton.path: skeleton for skeleton in self.skeletons}
        for container in self.every_container():
            if container.skeleton is not None:
                seen.setdefault(container.skeleton.path, container.skeleton)
        yield from seen.values()

    def problems_of(self, *kinds: ProblemKind) -> Iterator[Problem]:
        """Yield the problems of some kinds."""
        return (problem for problem in self.problems if problem.kind in kinds)
