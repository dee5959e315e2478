"""Every ImageSeries and ExternalImage of a file, wherever it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from posecheck.model.clock import Clock
from posecheck.model.external_file import ExternalFile, Target, TargetState
from posecheck.model.facts import ArrayInfo, FrameSize
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.video_file import IMAGE_EXTENSIONS, VideoFacts, VideoFault
from posecheck.reading.field_reader import Fields
from posecheck.reading.inventory import Entry, Inventory
from posecheck.reading.samples import Samples
from posecheck.reading.targets import FileContext
from posecheck.sources.source import Source
from posecheck.storage import Array

if TYPE_CHECKING:
    from posecheck.video import Probes

_USER_TYPES = ("PoseEstimation", "TrainingFrame")


class VideoReader:
    """Reads the videos and images of one file.

    Parameters
    ----------
    inventory
        What the walk found.
    fields, samples, file_context
        Where small values, timestamps and targets come from.
    probes
        Gives what looks into video files, once one is met; ``None`` if nobody wants to know.
    """

    def __init__(
        self,
        inventory: Inventory,
        fields: Fields,
        samples: Samples,
        file_context: FileContext,
        probes: Callable[[], Probes] | None = None,
    ) -> None:
        self._inventory = inventory
        self._fields = fields
        self._samples = samples
        self._surroundings = file_context
        self._probes = probes

    def videos(self) -> tuple[Video, ...]:
        """Read every ImageSeries and what inherits from it."""
        sources = self._users("source_video")
        labeled = self._users("labeled_video")
        return tuple(
            self._video(entry, sources.get(entry.path, ()), labeled.get(entry.path, ()))
            for entry in self._inventory.of("ImageSeries")
        )

    def images(self) -> tuple[ExternalImage, ...]:
        """Read every ExternalImage."""
        return tuple(self._image(entry) for entry in self._inventory.of("ExternalImage"))

    def references(self, entry: Entry, name: str) -> tuple[ExternalFile, ...] | None:
        """Read a dataset of references to videos; ``None`` if it is absent."""
        texts = self._fields.texts(entry, name)
        stored = entry.array(name)
        if texts is None or stored is None:
            return None
        return self._looked_into(
            self._surroundings.external_file(index, text, stored.info)
            for index, text in enumerate(texts)
        )

    def frame_of(self, entry: Entry, dimensions: Sequence[tuple[int, ...]]) -> FrameSize | None:
        """Find out how large the frame is that a container's positions lie in.

        Parameters
        ----------
        entry
            A PoseEstimation.
        dimensions
            Its deprecated ``dimensions``: a width and a height for each video.

        Returns
        -------
        FrameSize or None
            What the video file says, else what is stored of it; ``None`` where that is nothing, or
            not the same for every file.
        """
        source = self._inventory.at(entry.members.get("source_video"))
        if source is not None:
            files = self.references(source, "external_file") or ()
        else:
            files = self.references(entry, "original_videos") or ()
        sizes: set[tuple[int, ...]] = {
            (file.video.width, file.video.height)
            for file in files
            if file.video is not None and file.video.width
        }
        if sizes:
            return _the_only(sizes, "video")
        if source is not None:
            stated = self._fields.integers(source, "dimension")
            found = _the_only({stated or ()}, "dimension")
            if found is not None:
                return found
        return _the_only(set(dimensions), "dimensions")

    def _looked_into(self, files: Iterable[ExternalFile]) -> tuple[ExternalFile, ...]:
        """Look into the files that are at hand: images together, since they may be thousands."""
        found = list(files)
        if self._probes is None:
            return tuple(found)
        images: dict[int, Source] = {}
        for index, file in enumerate(found):
            target = file.target
            if target is None:
                continue
            if TargetState.NOT_FETCHED in _states(target):
                facts = VideoFacts(
                    fault=VideoFault.NOT_FETCHED, detail="its content is not fetched"
                )
                found[index] = _with_facts(file, facts)
                continue
            source = self._surroundings.source_of(target)
            source = source or self._surroundings.source_of_candidate(target)
            if source is None:
                continue
            way_out = self._surroundings.way_out(source)
            if way_out:
                found[index] = _with_facts(
                    file, VideoFacts(fault=VideoFault.LINKED_OUT, detail=way_out)
                )
            elif file.reference.suffix.lower() in IMAGE_EXTENSIONS:
                images[index] = source
            else:
                found[index] = _with_facts(file, self._probes().facts_of(source))
        if images:
            facts_of_images = self._probes().facts_of_sequence(tuple(images.values()))
            for index, facts in zip(images, facts_of_images, strict=True):
                found[index] = _with_facts(found[index], facts)
        return tuple(found)

    def _users(self, link: str) -> dict[str, tuple[str, ...]]:
        users: dict[str, tuple[str, ...]] = {}
        for neurodata_type in _USER_TYPES:
            for entry in self._inventory.of(neurodata_type):
                target = self._inventory.at(entry.members.get(link))
                if target is not None:
                    users[target.path] = (*users.get(target.path, ()), entry.path)
        return users

    def _video(
        self, entry: Entry, source_of: tuple[str, ...], labeled_of: tuple[str, ...]
    ) -> Video:
        fields = self._fields
        data = fields.samples(entry, "data")
        device = next(iter(fields.linked(self._inventory, entry, "Device", usual="device")), None)
        return Video(
            name=entry.name,
            path=entry.path,
            neurodata_type=entry.neurodata_type,
            lineage=entry.lineage,
            section=_section(entry.path),
            description=fields.text_attribute(entry, "", "description"),
            format=fields.text(entry, "format"),
            external_files=self.references(entry, "external_file"),
            starting_frame=fields.integers_attribute(entry, "external_file", "starting_frame"),
            has_starting_frame_dataset="starting_frame" in entry.members
            or entry.node.attribute("starting_frame") is not None,
            data=data.info if data is not None else None,
            dimension=fields.integers(entry, "dimension"),
            num_samples=fields.integer(entry, "num_samples"),
            unit=fields.text_attribute(entry, "data", "unit"),
            clock=read_clock(entry, fields, self._samples),
            device=device.path if device is not None else None,
            source_of=source_of,
            labeled_of=labeled_of,
            object_id=fields.text_attribute(entry, "", "object_id"),
            datasets=entry.datasets,
        )

    def _image(self, entry: Entry) -> ExternalImage:
        texts = self._fields.texts(entry, "") or ()
        stored = entry.node.info if isinstance(entry.node, Array) else None
        return ExternalImage(
            name=entry.name,
            path=entry.path,
            files=tuple(
                self._surroundings.external_file(index, text, stored)
                for index, text in enumerate(texts)
            ),
            object_id=self._fields.text_attribute(entry, "", "object_id"),
        )


def read_clock(entry: Entry, fields: Fields, samples: Samples) -> Clock:
    """Read the clock of a TimeSeries: ``starting_time`` with its rate, or ``timestamps``."""
    timestamps = fields.samples(entry, "timestamps", plain_list=True)
    starting_time = fields.array(entry, "starting_time")
    info: ArrayInfo | None = None
    facts = rate = start = unit = None
    if starting_time is not None:
        rate = fields.number_attribute(entry, "starting_time", "rate")
        unit = fields.text_attribute(entry, "starting_time", "unit")
        start = fields.number(entry, "starting_time")
    if timestamps is not None:
        info, facts = samples.timestamps(timestamps)
        unit = fields.text_attribute(entry, "timestamps", "unit")
    return Clock(rate=rate, start=start, timestamps=info, facts=facts, unit=unit)


def _states(target: Target) -> tuple[TargetState, ...]:
    """Return what lies where a reference leads, and whether what it may mean is at hand."""
    return (target.state, *((target.candidate.state,) if target.candidate is not None else ()))


def _with_facts(file: ExternalFile, facts: VideoFacts) -> ExternalFile:
    """Note what was read, in the file that an entry leads to or in the one that it may mean."""
    target = file.target
    if target is None or target.candidate is None:
        return replace(file, video=facts)
    return replace(file, target=replace(target, candidate=replace(target.candidate, video=facts)))


def _the_only(sizes: set[tuple[int, ...]], source: str) -> FrameSize | None:
    """Return a width and a height if they are the only ones; zeros are a placeholder."""
    for size in sizes:
        if len(sizes) == 1 and len(size) == 2 and min(size) > 0:
            return FrameSize(width=size[0], height=size[1], source=source)
    return None


def _section(path: str) -> str:
    parts = path.strip("/").split("/")
    return "/".join(parts[:2]) if parts[0] == "processing" else parts[0]
