"""Edits that several rules make: of a small dataset, and of one entry of a list of references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from posecheck.model.edit import TEXT, AddDataset, Edit, EditValue, Retype, SetDataset, SetElement
from posecheck.model.recording import ExternalFile

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
