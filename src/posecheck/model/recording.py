"""What a recording is: the pose, the videos and the rest of one NWB file that posecheck checks.

Every path is the object's place in the NWB file after links are resolved. ``None`` stands for
"not stored", an empty string for a stored empty string: rules tell the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from posecheck.model.display import counted, one_line
from posecheck.model.facts import ArrayInfo
from posecheck.model.file_references import FileReferences, Owner, references_of
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.storage_format import StorageFormat


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
    is_on_archive
        Whether an archive holds the file, so that a listing says what else there is.
    """

    path: tuple[str, ...] = ()
    is_bids: bool = False
    is_on_archive: bool = False


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
    storage
        In what it is stored.
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
    read_by_pynwb
        Whether pynwb was run on the file.
    extracted_by_dandi
        Whether dandi extracted metadata from the file.
    problems
        What could not be understood, in stored order.
    """

    file: str = "recording.nwb"
    storage: StorageFormat = StorageFormat.HDF5
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
    read_by_pynwb: bool = False
    extracted_by_dandi: bool = False
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

    def every_array(self) -> Iterator[ArrayInfo]:
        """Yield the arrays that hold positions, confidences, visibilities and timestamps."""
        clocks = [each.clock for each in self.every_series()]
        clocks += [each.clock for each in self.videos]
        instances = (
            instance
            for training in self.trainings
            for frame in training.frames
            for instance in frame.instances
        )
        for array in chain(
            chain.from_iterable((each.data, each.confidence_data) for each in self.every_series()),
            chain.from_iterable((each.locations, each.visibility) for each in instances),
            (clock.timestamps for clock in clocks),
        ):
            if array is not None:
                yield array

    def every_skeleton(self) -> Iterator[Skeleton]:
        """Yield each Skeleton once, and the nodes and edges that containers keep themselves."""
        found = {skeleton.path: skeleton for skeleton in self.skeletons}
        for container in self.every_container():
            if container.skeleton is not None:
                found.setdefault(container.skeleton.path, container.skeleton)
        yield from found.values()

    def references(self) -> Iterator[FileReferences]:
        """Yield every field that names files outside: of videos, images and containers."""
        owners: Iterable[Owner] = chain(self.videos, self.images, self.every_container())
        return chain.from_iterable(map(references_of, owners))

    def problems_of(self, *kinds: ProblemKind) -> Iterator[Problem]:
        """Yield the problems of some kinds."""
        return (problem for problem in self.problems if problem.kind in kinds)

    @property
    def broken_places(self) -> frozenset[str]:
        """Where something is stored and cannot be had; the rules of the family ``file`` say why."""
        return frozenset(problem.location for problem in self.problems)
