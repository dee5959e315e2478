"""A chosen NWB file or Zarr store: its path in the dandiset, or why it cannot be sent, unopened."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from pathlib import Path

from posecheck.engine.discovery import Found
from posecheck.files.annex import unfetched_key
from posecheck.files.containment import PathGuard
from posecheck.files.dataset_roots import find_dandiset
from posecheck.model.errors import UsageError
from posecheck.upload.collect.local_dandiset import LocalDandiset
from posecheck.upload.collect.local_files import local_file
from posecheck.upload.collect.local_stores import local_store
from posecheck.upload.plan.closure import Candidate
from posecheck.upload.plan.files import NWB_SUFFIXES, LocalFile
from posecheck.upload.plan.obstacles import FETCH, Obstacle

_STORE = ".nwb.zarr"
_ZIPPED = (".zarr.zip", ".nwb.zip")
_LOOK = "Look at the file."


def chosen_recording(
    files: MutableMapping[str, LocalFile],
    dandiset: LocalDandiset,
    guard: PathGuard,
    item: Found,
) -> Candidate:
    """Return a chosen NWB file with its path, and why it cannot be sent without opening it.

    Parameters
    ----------
    files
        Receives the file if it may be sent, by its path in the dandiset.
    dandiset, guard
        The dandiset, and what checks which paths stay in it.
    item
        The file as it was found.

    Raises
    ------
    UsageError
        If it lies outside the dandiset.
    """
    parts = dandiset.parts_of(item.path)
    if parts is None:
        raise UsageError(f"{item.display_path} lies outside the dandiset {dandiset.root}")
    path = "/".join(parts)
    obstacle = _why_not(dandiset, parts, item)
    if obstacle is None:
        taken = (local_store if item.path.is_dir() else local_file)(guard, parts)
        if isinstance(taken, Obstacle):
            obstacle = Obstacle(f"it {taken.reason}", taken.remedy)
        elif not taken.size:
            obstacle = Obstacle("it is empty", _LOOK)
        else:
            files[path] = taken
    return Candidate(
        path=path,
        display_path=item.display_path,
        obstacle=obstacle.reason if obstacle else "",
        remedy=obstacle.remedy if obstacle else "",
    )


def _why_not(dandiset: LocalDandiset, parts: Sequence[str], item: Found) -> Obstacle | None:
    """Say why a file is not sent whatever is in it, as a sentence without its subject."""
    if item.obstacle:
        return Obstacle(item.obstacle, _LOOK)
    inside = dandiset.root.joinpath(*parts)
    if unfetched_key(item.path) is not None:
        return Obstacle("its content is not fetched", FETCH)
    if any(part.startswith(".") for part in parts):
        return Obstacle("names that begin with a dot are never uploaded", "Rename it.")
    if not inside.name.endswith(NWB_SUFFIXES[-1:] if item.path.is_dir() else NWB_SUFFIXES[:1]):
        return _of_extension(item.path)
    if find_dandiset(inside.parent) != dandiset.root:
        return Obstacle(
            f"it lies in a dandiset of its own: {find_dandiset(inside.parent)}",
            "Upload that one by itself.",
        )
    return None


def _of_extension(path: Path) -> Obstacle:
    if path.is_dir():
        return Obstacle(
            f"it is a Zarr store, and the archive's clients select {_STORE} in lower case only",
            "Rename it.",
        )
    if path.name.lower().endswith(_ZIPPED):
        return Obstacle(
            "it is a zipped Zarr store, and the archive's clients select folders only",
            f"Unpack it into a folder *{_STORE}, and upload that.",
        )
    return Obstacle(
        "the archive's clients select .nwb in lower case only",
        "Rename it; `posecheck organize` does.",
    )
