"""NWB files that are not organized, and may collide with what is.

In the folders where recordings go lie others, perhaps the same ones from an earlier run. Where
videos are moved, an NWB file beside them may reference them too, and would lose them; where an NWB
file is moved, another may lead into it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path

from posecheck.engine.discovery import Found, discover
from posecheck.execution.executor import Executor
from posecheck.files.walk import files_in, is_hidden
from posecheck.model.storage_format import StorageFormat
from posecheck.organize.collect.edited_copies import Pair, find_edited_copies
from posecheck.organize.collect.nwb_files import display_path, read_nwb_files
from posecheck.organize.collect.recording_facts import describe, describe_existing
from posecheck.organize.collect.resolution import ReferenceResolver
from posecheck.organize.plan.facts import ExistingRecording, RecordingFacts
from posecheck.sources.local_source import LocalSource


class SearchScope(Enum):
    """Which NWB files are read, since they may lose a video or a file that they lead into.

    None where all files stay; else those beside them and beside the recordings. Where files of the
    dandiset are renamed, all of the dandiset.
    """

    NONE = auto()
    BESIDE = auto()
    WHOLE_DANDISET = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRecordings:
    """What was found.

    Attributes
    ----------
    existing
        NWB files of the dandiset in the folders that recordings go to.
    outsiders
        By the identity of a video: an NWB file that references it.
    linked_from
        By the real path of an HDF5 file: an NWB file that leads into it.
    """

    existing: tuple[ExistingRecording, ...]
    outsiders: dict[str, str]
    linked_from: dict[str, str]


def read_other_recordings(  # noqa: PLR0913 - what it reads with
    recordings: Sequence[RecordingFacts],
    dandiset: Path,
    resolver: ReferenceResolver,
    *,
    scope: SearchScope,
    executor: Executor,
    jobs: int | None,
) -> OtherRecordings:
    """Read the NWB files that lie where the recordings go, and those that may lose a video.

    Parameters
    ----------
    recordings
        What is to be organized.
    dandiset
        The dandiset's absolute folder.
    resolver
        What finds videos.
    scope
        Which NWB files may miss videos that are moved.
    executor
        The workers.
    jobs
        The greatest number of them.
    """
    own = {os.path.realpath(item.source) for item in recordings if item.inside}
    own |= {item.source for item in recordings}
    folders = {path[0] for item in recordings for path in (item.kept, item.plain) if len(path) > 1}
    targets = _others([dandiset / folder for folder in sorted(folders)], own)
    beside: list[Path] = []
    if scope is not SearchScope.NONE:
        beside = _others(_sources_of(recordings), own | {str(path) for path in targets})
    if scope is SearchScope.WHOLE_DANDISET:
        known = own | {str(path) for path in (*targets, *beside)}
        everywhere = (item.path for item in discover((str(dandiset),)) if not item.obstacle)
        beside += [path for path in everywhere if not _is_among(path, known)]
    found = [Found(LocalSource.at(path, display_path(path))) for path in (*targets, *beside)]
    read = read_nwb_files(found, executor, jobs=jobs)
    outsiders: dict[str, str] = {}
    linked_from: dict[str, str] = {}
    for item in read:
        facts, unsettled = describe(item, resolver, is_named=True)
        for reference in facts.references:
            if reference.media is not None:
                outsiders.setdefault(reference.media.stamp.identity, facts.display_path)
        for one in unsettled:
            if one.has_beside or len(one.candidates) == 1:
                outsiders.setdefault(one.candidates[0].stamp.identity, facts.display_path)
        for link in facts.external_links:
            linked_from.setdefault(link.target, facts.display_path)
    existing = [describe_existing(item, resolver) for item in read[: len(targets)]]
    pairs = list(_pairs(recordings, existing, targets))
    edited = find_edited_copies(pairs, executor, jobs=jobs)
    existing = [
        replace(one, is_edited_copy=path in edited)
        for one, path in zip(existing, targets, strict=True)
    ]
    return OtherRecordings(
        existing=tuple(one for one in existing if one.path),
        outsiders=outsiders,
        linked_from=linked_from,
    )


def _pairs(
    recordings: Sequence[RecordingFacts],
    existing: Sequence[ExistingRecording],
    paths: Sequence[Path],
) -> Iterator[Pair]:
    """Yield the sources of which the dandiset holds a newer file with the same object_id."""
    by_object_id = {
        one.object_id: (one, path)
        for one, path in zip(existing, paths, strict=True)
        if one.object_id and one.is_whole
    }
    for item in recordings:
        known = by_object_id.get(item.object_id or "")
        if known is None or item.inside:
            continue
        one, path = known
        if path.is_dir() is not (item.storage is StorageFormat.ZARR):
            continue  # a Zarr store is no copy of a file
        if one.stamp.modified_ns > item.stamp.modified_ns:
            datasets = tuple(dict.fromkeys(reference.dataset for reference in item.references))
            yield Pair(source=Path(item.source), copy=path, datasets=datasets)


def _sources_of(recordings: Sequence[RecordingFacts]) -> list[Path]:
    """Return the folders of recordings and videos, and those above them."""
    folders = {Path(item.source).parent for item in recordings}
    folders |= {
        Path(reference.media.source).parent
        for item in recordings
        for reference in item.references
        if reference.media is not None
    }
    return sorted(folders | {folder.parent for folder in folders})


def _others(folders: Sequence[Path], own: set[str]) -> list[Path]:
    found = (path for folder in folders for path in _nwb_files(folder))
    return [path for path in found if not _is_among(path, own)]


def _is_among(path: Path, own: set[str]) -> bool:
    return str(path) in own or os.path.realpath(path) in own


def _nwb_files(folder: Path) -> list[Path]:
    """Return the NWB files and the Zarr stores in a folder, not those further below."""
    names = [name for name in files_in(folder) if name.lower().endswith(".nwb")]
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names += [
            entry.name
            for entry in entries
            if entry.name.lower().endswith((".nwb", ".nwb.zarr"))
            and entry.is_dir(follow_symlinks=False)
        ]
    return [folder / name for name in sorted(names) if not is_hidden(name)]
