"""What organizing passes over and a person may miss: linked folders, and what BIDS has more."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from posecheck.engine.discovery import Found
from posecheck.files.dataset_roots import find_bids_dataset
from posecheck.files.walk import files_in, is_hidden, walk
from posecheck.model.natural_order import natural_key
from posecheck.model.wording import counted
from posecheck.organize.plan.values import OrganizePlan, PlannedRecording

_LISTED = 5
_MOST_ENTRIES = 20_000
_ENTITY = re.compile(r"[a-zA-Z0-9]+-[^_]+")
_SIDECAR = re.compile(r"(?i).*\.(json|tsv|tsv\.gz)|readme(\..*)?|changes|license|citation\.cff")


def note_linked_folders(folders: Sequence[Found], searched: Sequence[Path]) -> Iterator[str]:
    """Say which linked folders hold NWB files and were not entered, in a sentence.

    Parameters
    ----------
    folders
        The linked folders.
    searched
        The files and folders that were searched: what lies in them was found without a link.
    """
    roots = [Path(os.path.realpath(path)) for path in searched]
    held = [
        folder
        for folder in folders
        if not any(Path(os.path.realpath(folder.path)).is_relative_to(root) for root in roots)
        and _may_hold_nwb(folder.path)
    ]
    if held:
        led = [f"{folder.display_path} (to {os.path.realpath(folder.path)})" for folder in held]
        yield (
            f"Links to folders are not followed: {_listed(led)}. NWB files lie there; name the "
            f"folder as a PATH to organize them, too."
        )


def note_unsearched_folders(folders: Sequence[str]) -> Iterator[str]:
    """Say which linked folders were not searched for videos that are missing, in a sentence."""
    if folders:
        led = [f"{folder} (to {os.path.realpath(folder)})" for folder in folders]
        yield (
            f"The search for videos followed no links to folders: {_listed(led)}. Name such a "
            f"folder with --find-videos, too, to search it."
        )


def note_bids(plan: OrganizePlan) -> Iterator[str]:
    """Say what BIDS datasets lose when their NWB files are organized, a sentence or two for each.

    Parameters
    ----------
    plan
        The plan. What lies in its dandiset already is not looked at.
    """
    datasets: dict[Path, list[PlannedRecording]] = {}
    roots: dict[Path, Path | None] = {}
    for recording in plan.recordings:
        folder = Path(recording.source).parent
        if not folder.is_relative_to(plan.dandiset):
            if folder not in roots:
                roots[folder] = find_bids_dataset(folder)
            root = roots[folder]
            if root is not None:
                datasets.setdefault(root, []).append(recording)
    placed = {media.source for media in plan.media}
    for root, recordings in datasets.items():
        lost = [entity for recording in recordings for entity in _lost_entities(recording)]
        files = [
            path.relative_to(root).as_posix()
            for path in _sidecars(root, recordings)
            if str(path) not in placed
        ]
        names = (
            f"DANDI's names have no place for {_listed(sorted(set(lost), key=natural_key))}. "
            if lost
            else ""
        )
        yield (
            f"{root} is a BIDS dataset. {names}What BIDS has beside the NWB files is left behind: "
            f"{counted(len(files), 'file')} ({_listed(files)}). To keep it a BIDS dataset, upload "
            f"it as it is, with a dandiset.yaml in it: the archive takes BIDS."
        )


def _may_hold_nwb(folder: Path) -> bool:
    """Whether an NWB file lies in a folder; of a very large one, whether that is not known."""
    suffixes = (".nwb", ".nwb.zarr")
    entered = 0

    def enters(name: str) -> bool:
        nonlocal entered
        entered += 1
        return not is_hidden(name) and not name.lower().endswith(suffixes)

    for entries, found in enumerate(walk(folder, enters=enters), start=1):
        is_nwb = found.entry is not None and found.entry.name.lower().endswith(suffixes)
        if is_nwb or entries + entered > _MOST_ENTRIES:
            return True
    return False


def _lost_entities(recording: PlannedRecording) -> Iterator[str]:
    """Yield what the name of a recording says in BIDS and no longer says in DANDI's layout."""
    kept = {entity.partition("-")[0] for entity in _entities(recording.target[-1])}
    for entity in _entities(Path(recording.source).name):
        if entity.partition("-")[0] not in kept:
            yield entity


def _entities(name: str) -> list[str]:
    return [part for part in name.partition(".")[0].split("_") if _ENTITY.fullmatch(part)]


def _sidecars(root: Path, recordings: Sequence[PlannedRecording]) -> Iterator[Path]:
    """Yield the files of a BIDS dataset that say something of its NWB files."""
    above: dict[Path, None] = {}
    beside: dict[Path, set[str]] = {}
    for recording in recordings:
        source = Path(recording.source)
        beside.setdefault(source.parent, set()).add(source.name.rpartition("_")[0])
        above.update((folder, None) for folder in source.parents if folder.is_relative_to(root))
    for folder in sorted(above):
        starts = tuple(f"{start}_" for start in beside.get(folder, ()) if start)
        for name in files_in(folder):
            is_own = name.startswith(starts) and not name.lower().endswith(".nwb")
            if (is_own or _SIDECAR.fullmatch(name)) and (folder / name).is_file():
                yield folder / name


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_LISTED])
    more = len(names) - _LISTED
    return f"{listed} and {more:,} more" if more > 0 else listed
