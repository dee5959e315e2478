"""The videos and images of a recording: ImageSeries and ExternalImage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posecheck.model.clock import NO_CLOCK, Clock
from posecheck.model.external_file import ExternalFile
from posecheck.model.facts import ArrayInfo


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
    clock: Clock = NO_CLOCK
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
