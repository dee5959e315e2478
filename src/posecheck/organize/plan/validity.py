"""Whether a plan as a whole is one that posecheck would have made: anyone may have edited it.

A plan says which files to place and what to write into others. Whoever reads it on the screen sees
names that look like a dandiset's; here is checked that they are, and that nothing in it leads
elsewhere. What only the disk knows (that a source is what it was, that a video which is there
already is there) is checked when it is applied.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from posecheck.dandi_layout.organized_path import is_organized_path
from posecheck.model.document_fields import is_component
from posecheck.model.errors import UsageError
from posecheck.model.reference import ReferenceKind, join, parse_reference, relative
from posecheck.model.storage_format import StorageFormat
from posecheck.organize.plan.facts import Path
from posecheck.organize.plan.names import folded, folder_around, why_refused
from posecheck.organize.plan.values import (
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.transaction.steps import TransferMode

_IDENTIFIER = re.compile(r"(DANDI:)?[0-9]{6}")
_LONGEST_NAME = 255
"""Bytes that every common file system keeps of a name."""
_REMUXED = ".mp4"


def check_plan(plan: OrganizePlan, extensions: Collection[str] = ()) -> None:
    """Refuse a plan that no program should carry out.

    Parameters
    ----------
    plan
        The plan.
    extensions
        Those that dandi uploads, in lower case and with their dots; none, and they are not checked.

    Raises
    ------
    UsageError
        If it names a place outside its dandiset, places something that is none of a dandiset's, or
        would leave a recording with a reference that leads to nothing.
    """
    wrong = next(_faults(plan, frozenset(extensions)), None)
    if wrong is not None:
        raise UsageError(f"{wrong}; nothing of the plan is applied. Make it again")


def existing_media(plan: OrganizePlan) -> Iterator[tuple[PlannedRecording, Path]]:
    """Yield what recordings are to refer to and the plan does not place: it has to be there."""
    placed = {media.target for media in plan.media}
    for recording in plan.recordings:
        for rewrite in recording.rewrites:
            path = _meant(recording, rewrite.new)
            if path is not None and path not in placed:
                yield recording, path


def _faults(plan: OrganizePlan, extensions: frozenset[str]) -> Iterator[str]:
    yield from _of_dandiset(plan)
    targets = [media.target for media in plan.media]
    targets += [recording.target for recording in plan.recordings]
    for target in targets:
        if not target or not all(map(is_component, target)):
            yield f"the plan's target {'/'.join(target)!r} is no path in the dandiset"
        elif any(len(name.encode("utf-8", "surrogateescape")) > _LONGEST_NAME for name in target):
            yield f"the plan's target {'/'.join(target)!r} has a name that no file system keeps"
    yield from _of_places(targets)
    yield from _of_sources(plan)
    for media in plan.media:
        yield from _of_media(media, extensions)
    placed = {media.target for media in plan.media}
    for recording in plan.recordings:
        yield from _of_recording(recording, placed)


def _of_dandiset(plan: OrganizePlan) -> Iterator[str]:
    posix, windows = PurePosixPath(plan.dandiset), PureWindowsPath(plan.dandiset)
    parts = posix.parts if posix.is_absolute() else windows.parts
    if not (posix.is_absolute() or windows.is_absolute()) or ".." in parts:
        yield f"the plan's dandiset {plan.dandiset!r} is no absolute path without '..'"
    if plan.new_identifier is not None and not _IDENTIFIER.fullmatch(plan.new_identifier):
        yield f"the plan's {plan.new_identifier!r} is no identifier of a dandiset"


def _of_places(targets: Iterable[Path]) -> Iterator[str]:
    count = Counter(map(folded, targets))
    twice = next((target for target, number in count.items() if number > 1), None)
    if twice is not None:
        yield f"the plan places two files to one place, {'/'.join(twice)!r}"
    folders = {target[:depth] for target in count for depth in range(1, len(target))}
    both = next((target for target in count if target in folders), None)
    if both is not None:
        yield f"the plan makes {'/'.join(both)!r} a file and a folder"


def _of_sources(plan: OrganizePlan) -> Iterator[str]:
    moved = [media.source for media in plan.media if media.mode is TransferMode.MOVE]
    moved += [one.source for one in plan.recordings if one.mode is FileMode.MOVE]
    twice = next((source for source, number in Counter(moved).items() if number > 1), None)
    if twice is not None:
        yield f"the plan moves {twice!r} to two places"
    stores = {
        str(PurePath(one.source)) for one in plan.recordings if one.storage is StorageFormat.ZARR
    }
    sources = [*(media.source for media in plan.media), *(one.source for one in plan.recordings)]
    for inner in (*sources, plan.dandiset):
        store = folder_around(inner, stores)
        if store:
            yield f"the plan places the Zarr store {store!r}, in which {inner!r} lies"


def _of_media(media: PlannedMedia, extensions: frozenset[str]) -> Iterator[str]:
    name = "/".join(media.target)
    why = why_refused(media.target)
    if why:
        yield f"the plan places {name!r}, but {why}"
    suffix = _suffix(media.target[-1])
    if not suffix or (extensions and suffix not in extensions):
        yield f"the plan places {name!r}, which is no video or image that dandi uploads"
    wanted = _REMUXED if media.remux else _suffix(media.source).lower()
    if suffix != wanted:
        yield f"the plan places {media.source!r} as {name!r}, which is of another kind"


def _of_recording(recording: PlannedRecording, placed: Collection[Path]) -> Iterator[str]:
    name = "/".join(recording.target)
    if not is_organized_path(recording.target):
        yield f"the plan places an NWB file to {name!r}, which is no place of DANDI's for one"
    is_named_store = recording.target[-1].endswith(".zarr")
    if is_named_store is not (recording.storage is StorageFormat.ZARR):
        yield f"the plan places {recording.source!r} as {name!r}, which is of another kind"
    if not set(placed).issuperset(recording.media):
        yield f"the plan lists a video of {recording.source!r} that it does not place"
    for rewrite in recording.rewrites:
        if _meant(recording, rewrite.new) is None:
            yield (
                f"the plan writes {rewrite.new!r} into {name!r}, which is no relative path to a "
                "file of the dandiset"
            )


def _meant(recording: PlannedRecording, text: str) -> Path | None:
    """Return the file of the dandiset to which a text of a recording leads, if to any."""
    reference = parse_reference(text)
    if reference.kind is not ReferenceKind.RELATIVE:
        return None
    folder = recording.target[:-1]
    path = join(folder, reference)
    if not path or not all(map(is_component, path)) or relative(path, folder) != text:
        return None
    return path


def _suffix(path: str) -> str:
    name = re.split(r"[/\\]", path)[-1]
    stem, dot, extension = name.rpartition(".")
    return dot + extension if stem.strip(".") else ""
