"""Read the NWB files of a plan in workers: what they reference, and whether it can be rewritten."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.engine.discovery import Found
from posecheck.engine.file_check import FileJob, read_steadily
from posecheck.execution.executor import Executor
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.limits import (
    available_processors,
)
from posecheck.files.file_stamp import stamp_of
from posecheck.model.external_file import ExternalFile
from posecheck.model.file_references import ReferenceField
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.recording import Recording
from posecheck.model.stamp import Stamp
from posecheck.model.storage_format import StorageFormat
from posecheck.model.video_file import EVERY_VIDEO
from posecheck.organize.collect.zarr_stores import inspect_store, why_unplaceable
from posecheck.organize.plan.facts import Holder, Unplaceable
from posecheck.rules.candidate_files import (
    NOTHING_STATED,
    Stated,
    stated_by_container,
    statements_of,
)
from posecheck.sources.local_source import LocalSource

if TYPE_CHECKING:
    from posecheck.storage import Store
    from posecheck.storage.string_datasets import StringDataset
    from posecheck.storage.zarr_texts import TextArray

    StoredStrings = StringDataset | TextArray


def _nothing_of(file: ExternalFile) -> Stated:
    return NOTHING_STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDataset:
    """A dataset of references, and what owns it.

    Attributes
    ----------
    dataset
        Its path in the file.
    holder, owner, owner_id
        As in `posecheck.organize.plan.facts.ReferenceFacts`.
    files
        The references.
    rate
        The rate of the owner's clock.
    stated_of
        Returns what the NWB file says of the video of an entry.
    """

    dataset: str
    holder: Holder
    owner: str
    owner_id: str | None
    files: tuple[ExternalFile, ...]
    rate: float | None = None
    stated_of: Callable[[ExternalFile], Stated] = _nothing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NwbFileContents:
    """What an NWB file says.

    Attributes
    ----------
    path, display_path
        Where it lies, absolute, and as the user would write it.
    stamp
        What lay there before it was read; ``None`` if it cannot be looked up.
    recording
        What was read, with its problems.
    strings
        Its datasets of references, by their paths.
    aliases
        Datasets that are one and the same as an earlier one.
    own_names
        What in a Zarr store names the store itself by its name, each with that name: it would find
        nothing where the store is called otherwise.
    unplaceable
        Why a Zarr store cannot be copied, moved or changed as a whole; ``None`` if it can.
    """

    path: Path
    display_path: str
    stamp: Stamp | None
    recording: Recording
    strings: Mapping[str, StoredStrings] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    own_names: tuple[tuple[str, str], ...] = ()
    unplaceable: Unplaceable | None = None


def read_nwb_files(
    found: Sequence[Found],
    executor: Executor,
    *,
    jobs: int | None,
    listener: ProgressListener | None = None,
) -> list[NwbFileContents]:
    """Read NWB files in workers.

    Parameters
    ----------
    found
        The files, in order; what cannot be read gives a recording with a problem.
    executor
        The workers.
    jobs
        The greatest number of them.
    listener
        Receives how many files are read.

    Raises
    ------
    InternalError
        If posecheck fails, or no worker can be started.
    """
    gathered: dict[int, NwbFileContents] = {}
    for index, item in enumerate(found):
        if item.obstacle:
            gathered[index] = _unread(item, ProblemKind.UNREADABLE, item.obstacle)
    places = [index for index in range(len(found)) if index not in gathered]
    tasks = [
        FileJob(source=LocalSource.at(absolute(found[i].path), found[i].display_path))
        for i in places
    ]
    if tasks:
        listener = listener or ProgressListener()
        listener.begin(Phase.READING, len(tasks))
        answers = executor.run(read_nwb_file, tasks, workers=jobs or available_processors())
        for place, answer in answers:
            index = places[place]
            gathered[index] = _gathered(found[index], answer)
            listener.advance(1)
    return [gathered[index] for index in range(len(found))]


def read_nwb_file(job: FileJob) -> NwbFileContents:
    """Read one NWB file; a worker does it.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    stamp = stamp_of(job.source.path)
    strings: dict[str, StoredStrings] = {}
    aliases: set[str] = set()
    own_names: list[tuple[str, str]] = []
    troubles: list[Problem] = []

    def inspect(store: Store, recording: Recording) -> None:
        from posecheck.storage import StorageError  # noqa: PLC0415 - h5py is the worker's to pay

        datasets = [listed.dataset for listed in references_of(recording)]
        try:
            if store.format is StorageFormat.ZARR:
                inspected = inspect_store(store, datasets)
                strings.update(inspected.texts)
                aliases.update(inspected.aliases)
                own_names.extend(inspected.own_names)
            else:
                from posecheck.storage.string_datasets import inspect_strings  # noqa: PLC0415

                strings.update(inspect_strings(store, datasets))
                aliases.update(_aliases(store, datasets))
        except StorageError as error:
            troubles.append(
                Problem(
                    kind=ProblemKind.UNREADABLE_PART, location=error.location, detail=error.detail
                )
            )

    recording = read_steadily(job, frozenset(), EVERY_VIDEO, while_open=inspect)
    for trouble in troubles:
        recording = _with_problem(recording, trouble)
    return NwbFileContents(
        path=job.source.path,
        display_path=job.source.display_path,
        stamp=stamp,
        recording=recording,
        strings=strings,
        aliases=frozenset(aliases),
        own_names=tuple(own_names),
        unplaceable=why_unplaceable(job.source.path)
        if recording.storage is StorageFormat.ZARR
        else None,
    )


def references_of(recording: Recording) -> Iterator[ReferenceDataset]:
    """Yield every dataset of a recording that references videos or images."""
    for references in recording.references():
        owner = references.owner
        listed = ReferenceDataset(
            dataset=references.dataset,
            holder=_HOLDERS[references.field],
            owner=owner.name,
            owner_id=owner.object_id,
            files=references.files,
        )
        if isinstance(owner, Video):
            listed = replace(
                listed, rate=owner.clock.rate, stated_of=_stated_by_series(recording, owner)
            )
        elif isinstance(owner, PoseContainer):
            listed = replace(listed, stated_of=_stated_by_listing(owner, listed.holder))
        yield listed


_HOLDERS = {
    ReferenceField.EXTERNAL_FILE: Holder.SERIES,
    ReferenceField.EXTERNAL_IMAGE: Holder.IMAGE,
    ReferenceField.ORIGINAL_VIDEOS: Holder.ORIGINAL,
    ReferenceField.LABELED_VIDEOS: Holder.LABELED,
}


def absolute(path: Path) -> Path:
    """Return a path from the root of the file system, no link followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def display_path(path: Path) -> str:
    """Return a path as the user would write it: from the current folder, if it lies below that."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _stated_by_series(recording: Recording, video: Video) -> Callable[[ExternalFile], Stated]:
    """Return a function that reads, when first called, what a series says of its videos."""

    @functools.cache
    def statements() -> Callable[[ExternalFile], Stated]:
        users = (one for one in recording.every_container() if one.source_video == video.path)
        return statements_of(video, users)

    def stated(file: ExternalFile) -> Stated:
        return statements()(file)

    return stated


def _stated_by_listing(
    container: PoseContainer, holder: Holder
) -> Callable[[ExternalFile], Stated]:
    if holder is not Holder.ORIGINAL:
        return _nothing_of
    return lambda file: stated_by_container(container)


def _aliases(store: Store, datasets: Iterable[str]) -> Iterator[str]:
    """Yield the datasets that are stored objects of which another path was listed before."""
    from h5py import h5o  # noqa: PLC0415 - h5py is the worker's to pay

    from posecheck.storage.string_datasets import open_dataset  # noqa: PLC0415

    visited = set()
    for dataset in dict.fromkeys(datasets):
        identity = h5o.get_info(open_dataset(store.handle, dataset)).addr
        if identity in visited:
            yield dataset
        visited.add(identity)


def _gathered(found: Found, answer: NwbFileContents | WorkerFailure) -> NwbFileContents:
    if not isinstance(answer, WorkerFailure):
        return answer
    answer.raise_if_fault()
    is_late = answer.kind is FailureKind.TIME
    kind = ProblemKind.TIMED_OUT if is_late else ProblemKind.CRASHED
    return _unread(found, kind, answer.reason)


def _unread(found: Found, kind: ProblemKind, detail: str) -> NwbFileContents:
    path = absolute(found.path)
    problem = Problem(kind=kind, detail=detail)
    return NwbFileContents(
        path=path,
        display_path=found.display_path,
        stamp=stamp_of(path),
        recording=Recording(file=found.display_path, problems=(problem,)),
    )


def _with_problem(recording: Recording, problem: Problem) -> Recording:
    return replace(recording, problems=(*recording.problems, problem))
