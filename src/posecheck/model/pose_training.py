"""Labeled frames, and the animals in them."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.facts import ArrayInfo, InstanceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonInstance:
    """One labeled animal in a training frame.

    Attributes
    ----------
    id
        The number that distinguishes it from the others in its frame; ``None`` if absent.
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
