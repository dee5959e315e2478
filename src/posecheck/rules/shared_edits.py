"""Edits that several rules make: of a small dataset, and of one entry of a list of references."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol

from posecheck.model.edit import (
    TEXT,
    AddDataset,
    AddGroup,
    AddSoftLink,
    DeleteObject,
    Edit,
    EditValue,
    MoveObject,
    Retype,
    SetAttribute,
    SetDataset,
    SetElement,
)
from posecheck.model.external_file import ExternalFile
from posecheck.model.recording import Recording

_FEW = 10


class Owner(Protocol):
    """A series, a container, a video or a skeleton: what has datasets of its own."""

    @property
    def path(self) -> str:
        """Where it lies."""

    @property
    def datasets(self) -> Mapping[str, str]:
        """Where its datasets lie, by name."""


def path_of(owner: Owner, name: str) -> str:
    """Return where a dataset of an object lies, after links; its own place if it is not there."""
    return owner.datasets.get(name, f"{owner.path.rstrip('/')}/{name}")


def put(owner: Owner, name: str, value: EditValue, dtype: str = TEXT) -> Edit:
    """Give an object a small dataset of this value, whether it has one of that name or not."""
    path = path_of(owner, name)
    if name in owner.datasets:
        return SetDataset(path, value, dtype)
    return AddDataset(path, value, dtype)


def refer(owner: str, file: ExternalFile, text: str) -> tuple[Edit, ...]:
    """Let one entry of a list of references say something else.

    Parameters
    ----------
    owner
        The path of the dataset, where the entry does not know it.
    file
        The entry.
    text
        What it is to say.
    """
    stored = file.stored
    path = owner if stored is None else stored.path
    is_scalar = stored is not None and not stored.shape
    size = None if stored is None else stored.text_bytes
    change = SetElement(path, None if is_scalar else file.index, text)
    fits = size is None or (text.isascii() and len(text) <= size)
    return (change,) if fits else (Retype(path, TEXT), change)


def refer_together(edits: Sequence[Edit], files: Sequence[ExternalFile]) -> tuple[Edit, ...]:
    """Change many entries of a list of references by one edit of the whole list."""
    texts = {edit.index: edit.value for edit in edits if isinstance(edit, SetElement)}
    if len(texts) <= _FEW:
        return tuple(edits)
    changed = tuple(texts.get(file.index, file.reference.text) for file in files)
    return (SetDataset(edits[0].path, changed, TEXT),)


def add_object(
    recording: Recording, path: str, neurodata_type: str, namespace: str, **attributes: str
) -> Iterator[Edit]:
    """Add a group of a type, with what NWB wants of one; nothing if it is there."""
    if path in recording.objects:
        return
    yield AddGroup(path)
    given = {"neurodata_type": neurodata_type, "namespace": namespace, **attributes}
    for name, value in given.items():
        yield SetAttribute(path, name, value)
    # The same file gets the same id each time, so that a rule has one answer.
    seed = f"{recording.object_id}:{path}"
    yield SetAttribute(path, "object_id", str(uuid.uuid5(uuid.NAMESPACE_URL, seed)))


def add_behavior_module(recording: Recording) -> Iterator[Edit]:
    """Add the processing module behavior, if it is not there."""
    return add_object(
        recording,
        "/processing/behavior",
        "ProcessingModule",
        "core",
        description="processed behavioral data",
    )


def move(recording: Recording, path: str, target: str) -> Iterator[Edit]:
    """Give an object another path, and lead what links the datasets in it there."""
    yield MoveObject(path, target)
    owners: Iterator[Owner] = chain(
        recording.every_container(), recording.every_series(), recording.videos
    )
    for owner in owners:
        for name, stored in owner.datasets.items():
            link = f"{owner.path}/{name}"
            if stored != link and _is_inside(stored, path):
                link = _moved(link, path, target)
                yield DeleteObject(link)
                yield AddSoftLink(link, _moved(stored, path, target))


def _moved(place: str, path: str, target: str) -> str:
    return target + place[len(path) :] if _is_inside(place, path) else place


def _is_inside(place: str, holder: str) -> bool:
    return place == holder or place.startswith(f"{holder}/")
