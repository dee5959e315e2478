"""From a source to a `Recording`: what cannot be read is a problem in it, never an exception."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from posecheck.model.data_read import DataRead
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import LargeArray, Recording, Subject
from posecheck.model.rule import Need
from posecheck.model.video_file import EVERY_VIDEO, Decode, VideoAccess
from posecheck.reading.field_reader import Fields
from posecheck.reading.foreign_formats import format_of_file, format_of_root
from posecheck.reading.intervals import read_intervals
from posecheck.reading.inventory import Entry, Inventory, take_inventory
from posecheck.reading.poses import PoseReader
from posecheck.reading.row_choice import RowChoice
from posecheck.reading.samples import Samples
from posecheck.reading.targets import FileContext
from posecheck.reading.trainings import TrainingReader
from posecheck.reading.types import POSE_NAMESPACE, TypeLineage, cached_versions
from posecheck.reading.videos import VideoReader
from posecheck.sources.source import Source
from posecheck.storage import Array, Group, LinkKind, StorageError, Store, Trouble, open_store

if TYPE_CHECKING:
    from posecheck.video import Probes

_ELSEWHERE = frozenset({Trouble.OUT_OF_REACH, Trouble.CHANGED})
_ARRAYS_OF_SERIES = 3
_NEEDS_DATA = frozenset(
    {
        Need.POSITIONS,
        Need.CONFIDENCE,
        Need.TIMESTAMPS,
        Need.CLOCKS,
        Need.INSTANCES,
        Need.REPROJECTION,
    }
)
_PROVENANCE = ("source_script", "notes", "data_collection", "protocol")
_PLAIN_TYPES = frozenset({"NWBDataInterface", "NWBContainer", "NWBData"})
_SERIES_TYPES = frozenset({"NWBDataInterface", "NWBContainer", "TimeSeries", "SpatialSeries"})
_POSE_NAME = re.compile(r"^(MultiCamera)?PoseEstimation")


def read_recording(
    source: Source,
    *,
    needs: frozenset[Need],
    videos: VideoAccess = EVERY_VIDEO,
    data: DataRead = DataRead.FULL,
    while_open: Callable[[Store, Recording], None] | None = None,
) -> Recording:
    """Read one NWB file.

    Parameters
    ----------
    source
        The file.
    needs
        The facts that the selected rules ask for; datasets that no fact needs are not read.
    videos
        How far to look into videos, where a fact needs them.
    data
        How much of the datasets is read.
    while_open
        Called with the opened file and what was read from it, if it is NWB.

    Returns
    -------
    Recording
        Whatever could be understood, with the rest in its problems.

    Raises
    ------
    MemoryError
        If a part does not fit into memory.
    """
    try:
        store = open_store(source)
    except StorageError as error:
        return Recording(file=source.display_path, problems=_problems_of_opening(error, source))
    try:
        file_context = FileContext(source, videos.linked_from)
        recording = _read(store, file_context, _needed(needs, data), data, _probes(needs, videos))
        store.check_source()
        if while_open is not None and not any(recording.problems_of(ProblemKind.NOT_NWB)):
            while_open(store, recording)
            store.check_source()
    except StorageError as error:
        if error.trouble in _ELSEWHERE:
            return Recording(file=source.display_path, problems=_problems_elsewhere(error))
        problem = Problem(kind=ProblemKind.UNREADABLE, detail=f"{error.location}: {error.detail}")
        return Recording(file=source.display_path, problems=(problem,))
    else:
        return recording
    finally:
        store.close()


def _problems_of_opening(error: StorageError, source: Source) -> tuple[Problem, ...]:
    if error.trouble in _ELSEWHERE:
        return _problems_elsewhere(error)
    if error.trouble is Trouble.NOT_FETCHED:
        return (Problem(kind=ProblemKind.NOT_FETCHED, detail=error.detail),)
    values = {"format": format_of_file(source)}
    return (Problem(kind=ProblemKind.UNREADABLE, detail=error.detail, values=values),)


def _problems_elsewhere(error: StorageError) -> tuple[Problem, ...]:
    """Say why a file elsewhere could not be read to its end."""
    values = {"format": error.trouble.value}
    problem = Problem(kind=ProblemKind.UNREADABLE, detail=error.detail, values=values)
    if error.trouble is Trouble.CHANGED:
        return problem, Problem(kind=ProblemKind.CHANGED, detail=error.detail)
    return (problem,)


def _probes(needs: frozenset[Need], videos: VideoAccess) -> Callable[[], Probes] | None:
    if Need.VIDEO not in needs or videos.decode is Decode.NONE:
        return None

    @functools.cache
    def open_probes() -> Probes:
        # PyAV costs a tenth of a second to import: only where there is a video to look into.
        from posecheck.video import Probes  # noqa: PLC0415

        return Probes(decode=videos.decode, seconds=videos.seconds, folder=videos.folder)

    return open_probes


def _needed(needs: frozenset[Need], data: DataRead) -> frozenset[Need]:
    return needs - _NEEDS_DATA if data is DataRead.NONE else needs


def _read(
    store: Store,
    file_context: FileContext,
    needs: frozenset[Need],
    data: DataRead,
    probes: Callable[[], Probes] | None,
) -> Recording:
    display_path, root = file_context.file.display_path, store.root
    missing = _what_is_not_nwb(root)
    if missing:
        values = {"format": format_of_root(root, file_context.file)}
        problem = Problem(kind=ProblemKind.NOT_NWB, detail=missing, values=values)
        return Recording(file=display_path, dandiset=file_context.dandiset, problems=(problem,))
    inventory = take_inventory(root, TypeLineage(root))
    problems = inventory.problems
    fields = Fields(problems)
    series = sum(1 for _ in inventory.of("PoseEstimationSeries"))
    choice = RowChoice(data, arrays=series * _ARRAYS_OF_SERIES)
    samples = Samples(needs, problems, choice, store.prefetch)
    video_reader = VideoReader(inventory, fields, samples, file_context, probes)
    pose_reader = PoseReader(inventory, fields, samples, video_reader, needs)
    containers = pose_reader.containers()
    videos = video_reader.videos()
    trainings = TrainingReader(inventory, fields, needs).trainings()
    problems.extend(_lost_pose_types(inventory))
    session = _untyped(root, "/")
    general = _untyped(root, "general")
    return Recording(
        file=display_path,
        storage=store.format,
        nwb_version=_text(root.attribute("nwb_version")),
        object_id=_text(root.attribute("object_id")),
        identifier=fields.text(session, "identifier"),
        session_description=next(iter(_quietly(session, "session_description")), None),
        session_id=fields.text(general, "session_id"),
        session_start_time=fields.text(session, "session_start_time"),
        timestamps_reference_time=fields.text(session, "timestamps_reference_time"),
        subject=_subject(inventory, fields),
        specifications=cached_versions(root),
        pose_types=_pose_types(inventory),
        group_types=_group_types(inventory),
        objects={
            entry.path: entry.neurodata_type
            for entry in inventory.entries.values()
            if isinstance(entry.node, Group)
        },
        generated_by=_quietly(general, "was_generated_by"),
        provenance=dict(_provenance(general, fields)),
        containers=containers,
        trainings=trainings,
        skeletons=pose_reader.skeletons,
        devices=pose_reader.devices,
        videos=videos,
        images=video_reader.images(),
        intervals=read_intervals(inventory) if Need.TIMESTAMPS in needs else (),
        large_arrays=tuple(_uncompressed(containers, videos)),
        dandiset=file_context.dandiset,
        problems=tuple(problems),
    )


def _what_is_not_nwb(root: Group) -> str:
    version = _text(root.attribute("nwb_version"))
    if version is None and root.has_attribute("nwb_version"):
        return "the nwb_version of its root is no text"
    if version is None:
        return "its root has no attribute nwb_version"
    neurodata_type = _text(root.attribute("neurodata_type"))
    if neurodata_type is None:
        return f"its root says nwb_version {version}, but has no neurodata_type"
    if neurodata_type != "NWBFile":
        namespace = _text(root.attribute("namespace")) or ""
        if "NWBFile" not in TypeLineage(root).of(namespace, neurodata_type):
            return f"its root is a {neurodata_type}, not an NWBFile"
    return ""


def _untyped(root: Group, name: str) -> Entry:
    """Return a group without a type as an entry, so that its fields can be read like any other."""
    group = root
    if name != "/":
        found = _members(root).get(name)
        if not isinstance(found, Group):
            return Entry(root, "", "", (), None, {})
        group = found
    return Entry(group, "", "", (), None, _members(group))


def _members(group: Group) -> dict[str, Group | Array]:
    members = {}
    for link in group.links():
        if link.kind is LinkKind.EXTERNAL:
            continue
        try:
            members[link.name] = group.member(link)
        except StorageError:
            continue  # the walk has noted it
    return members


def _subject(inventory: Inventory, fields: Fields) -> Subject | None:
    entry = next(
        (entry for entry in inventory.of("Subject") if entry.path == "/general/subject"), None
    )
    if entry is None:
        return None
    return Subject(
        subject_id=fields.text(entry, "subject_id"),
        species=fields.text(entry, "species"),
        sex=fields.text(entry, "sex"),
        age=fields.text(entry, "age"),
    )


def _pose_types(inventory: Inventory) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                entry.neurodata_type
                for entry in inventory.entries.values()
                if entry.namespace == POSE_NAMESPACE
            }
        )
    )


def _group_types(inventory: Inventory) -> tuple[str, ...]:
    entries = inventory.entries.values()
    return tuple(
        sorted({entry.neurodata_type for entry in entries if isinstance(entry.node, Group)})
    )


def _provenance(general: Entry, fields: Fields) -> Iterator[tuple[str, str]]:
    for name in _PROVENANCE:
        text = fields.text(general, name)
        if text is not None:
            yield f"/general/{name}", text
    file_name = fields.text_attribute(general, "source_script", "file_name")
    if file_name is not None:
        yield "/general/source_script.file_name", file_name


def _quietly(entry: Entry, name: str) -> tuple[str, ...]:
    """Read whatever is text in a dataset that no rule checks: pynwb's schema does."""
    array = entry.array(name)
    if array is None:
        return ()
    try:
        value = array.value()
    except StorageError:
        return ()
    rows = value if isinstance(value, tuple) else (value,)
    cells = [cell for row in rows for cell in (row if isinstance(row, tuple) else (row,))]
    return tuple(cell for cell in cells if isinstance(cell, str))


def _lost_pose_types(inventory: Inventory) -> Iterator[Problem]:
    """Find pose that was written without its extension, as empty shells of core types."""
    for entry in inventory.entries.values():
        if entry.namespace == POSE_NAMESPACE or entry.inherits("Device"):
            continue
        named = entry.neurodata_type in _PLAIN_TYPES and _POSE_NAME.match(entry.name)
        shaped = (
            entry.neurodata_type in _SERIES_TYPES
            and entry.array("data") is not None
            and entry.array("confidence") is not None
        )
        if named or shaped:
            yield Problem(
                kind=ProblemKind.POSE_TYPE_LOST,
                location=entry.path,
                detail=f"it is stored as a plain {entry.neurodata_type}",
                values={"neurodata_type": entry.neurodata_type},
            )


def _uncompressed(
    containers: tuple[PoseContainer, ...], videos: tuple[Video, ...]
) -> Iterator[LargeArray]:
    reported: set[str] = set()
    held = [view for container in containers for view in (container, *container.views)]
    series = [one for container in held for one in container.series]
    arrays = [array for one in series for array in (one.data, one.confidence_data)]
    arrays += [one.clock.timestamps for one in series]
    arrays += [array for video in videos for array in (video.data, video.clock.timestamps)]
    for array in arrays:
        if array is not None and not array.compressed and array.identity not in reported:
            reported.add(array.identity)
            yield LargeArray(path=array.path, bytes=array.bytes)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
