"""What is to change in an NWB file so that a finding goes away: values, never samples.

A rule that knows the right answer says it as edits. The report prints them as lines of h5py
(`posecheck.model.h5py_lines`), and fixing a file applies the same values. An edit of a
large array is described by what happens to it (divide by 100), so that every edit is small.

Paths are where an object lies after links are resolved: an object that several others link is
edited once. Edits are made in their order, each on what the one before left. One edit that stands
in several findings is made once (`distinct`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, Final, get_args

from posecheck.model.values import plain_value, value_from

EditValue = str | int | float | bool | tuple["EditValue", ...]
"""What an edit writes: plain values; a tuple of tuples is a matrix."""

TEXT: Final = "text"
"""The ``dtype`` of strings in UTF-8 of variable length, as pynwb writes them."""

MOST_EDITS = 1_000
"""More edits than this are no fix of one finding."""

MOST_ENTRIES = 10_000
"""An edit writes at most so many entries; larger arrays are described, not carried."""


class FixSafety(StrEnum):
    """Whether ``posecheck fix`` may fix a finding by itself."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class SetAttribute:
    """Set an attribute of an object, whether it is there or not.

    Attributes
    ----------
    dtype
        NumPy's name of the type that numbers are stored in; ``None`` for NumPy's own choice. Text
        is stored as UTF-8 of variable length.
    """

    kind: ClassVar[str] = "set-attribute"
    path: str
    name: str
    value: EditValue
    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteAttribute:
    """Delete an attribute, which is there."""

    kind: ClassVar[str] = "delete-attribute"
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class AddDataset:
    """Add a small dataset where nothing is.

    Attributes
    ----------
    dtype
        NumPy's name of the stored type, or `TEXT`.
    """

    kind: ClassVar[str] = "add-dataset"
    path: str
    value: EditValue
    dtype: str


@dataclass(frozen=True, slots=True)
class SetDataset:
    """Store a small dataset again with another value, of any shape and type; attributes stay.

    Hard links and object references to the dataset stay on the old value.
    """

    kind: ClassVar[str] = "set-dataset"
    path: str
    value: EditValue
    dtype: str


@dataclass(frozen=True, slots=True)
class SetElement:
    """Change one entry of a dataset in place, or a scalar where ``index`` is ``None``.

    The stored type must hold the value: for strings of a fixed length, `SetDataset` is right.
    """

    kind: ClassVar[str] = "set-element"
    path: str
    index: int | None
    value: EditValue


@dataclass(frozen=True, slots=True)
class AddGroup:
    """Add an empty group, unless there is a group at the path."""

    kind: ClassVar[str] = "add-group"
    path: str


@dataclass(frozen=True, slots=True)
class DeleteObject:
    """Delete a group, a dataset or a link; what a deleted link led to stays."""

    kind: ClassVar[str] = "delete-object"
    path: str


@dataclass(frozen=True, slots=True)
class MoveObject:
    """Give an object another path; soft links to the old one no longer lead to it."""

    kind: ClassVar[str] = "move-object"
    path: str
    target: str


@dataclass(frozen=True, slots=True)
class AddSoftLink:
    """Add a soft link to ``target`` where nothing is."""

    kind: ClassVar[str] = "add-soft-link"
    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Retype:
    """Store a dataset again as a NumPy type, or as `TEXT`; attributes and compression stay."""

    kind: ClassVar[str] = "retype"
    path: str
    dtype: str


@dataclass(frozen=True, slots=True)
class Reshape:
    """Store a dataset again with another shape; one extent may be -1, as in NumPy."""

    kind: ClassVar[str] = "reshape"
    path: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Transpose:
    """Store a dataset again with its rows as columns."""

    kind: ClassVar[str] = "transpose"
    path: str


@dataclass(frozen=True, slots=True)
class Divide:
    """Divide all values of a dataset of floats in place: percent by 100, frame numbers by rate."""

    kind: ClassVar[str] = "divide"
    path: str
    divisor: float


@dataclass(frozen=True, slots=True)
class Clip:
    """Limit all values of a dataset in place; NaN stays."""

    kind: ClassVar[str] = "clip"
    path: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReorderColumns:
    """Bring the columns of a dataset into another order in place: ``(1, 0)`` exchanges x and y."""

    kind: ClassVar[str] = "reorder-columns"
    path: str
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MarkMissing:
    """Write NaN into each row of a dataset of floats whose every column is ``sentinel``."""

    kind: ClassVar[str] = "mark-missing"
    path: str
    sentinel: float


Edit = (
    SetAttribute
    | DeleteAttribute
    | AddDataset
    | SetDataset
    | SetElement
    | AddGroup
    | DeleteObject
    | MoveObject
    | AddSoftLink
    | Retype
    | Reshape
    | Transpose
    | Divide
    | Clip
    | ReorderColumns
    | MarkMissing
)
"""One change of a file; ``path`` names the object that it touches."""


def touched(edit: Edit) -> tuple[str, ...]:
    """Return the paths of the objects that an edit changes, adds or takes away."""
    return (edit.path, edit.target) if isinstance(edit, MoveObject) else (edit.path,)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file that edits change.

    Attributes
    ----------
    path
        The path of an object, or of a link.
    attribute
        The name of an attribute of it; empty for the object or the link itself.
    """

    path: str
    attribute: str = ""

    def __str__(self) -> str:
        return f"{self.path}@{self.attribute}" if self.attribute else self.path


def changed_places(edits: Iterable[Edit]) -> tuple[Place, ...]:
    """Return the places that edits change, by the paths that they have afterwards, each once."""
    places: dict[Place, None] = {}
    for edit in edits:
        if isinstance(edit, MoveObject):
            # What was changed in it before is there now.
            places = {
                Place(led(place.path, edit.path, edit.target), place.attribute): None
                for place in places
            }
            places |= {Place(edit.path): None, Place(edit.target): None}
        elif isinstance(edit, SetAttribute | DeleteAttribute):
            places[Place(edit.path, edit.name)] = None
        else:
            places[Place(edit.path)] = None
    return tuple(places)


def led(path: str, old: str, new: str) -> str:
    """Return a path after an object at ``old``, which may hold what is there, came to ``new``."""
    is_inside = path == old or path.startswith(f"{old}/")
    return new + path[len(old) :] if is_inside else path


def changes_in_place(edit: Edit) -> bool:
    """Return whether an edit changes values of a dataset, which stays the same object."""
    return isinstance(edit, SetElement | Divide | Clip | ReorderColumns | MarkMissing)


def distinct(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return each edit once, in the order in which they first stood."""
    return tuple(dict.fromkeys(edits))


def is_within_limits(edits: tuple[Edit, ...]) -> bool:
    """Return whether edits are small enough to be carried and shown."""
    return len(edits) <= MOST_EDITS and sum(map(_entries, edits)) <= MOST_ENTRIES


def _entries(edit: Edit) -> int:
    if isinstance(edit, SetAttribute | AddDataset | SetDataset | SetElement):
        return _count(edit.value)
    return 1


def _count(value: EditValue) -> int:
    return sum(map(_count, value)) if isinstance(value, tuple) else 1


_KINDS: Mapping[str, type[Any]] = {each.kind: each for each in get_args(Edit)}


def edit_to_dict(edit: Edit) -> dict[str, Any]:
    """Return an edit as plain values: its kind as ``edit``, and its fields by name."""
    values = ((field.name, getattr(edit, field.name)) for field in fields(edit))
    return {"edit": edit.kind, **{name: plain_value(value) for name, value in values}}


def edit_from_dict(document: Mapping[str, Any]) -> Edit:
    """Return the edit that `edit_to_dict` made a document of.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is no such document.
    """
    kind = _KINDS[document["edit"]]
    given = {name: value_from(value) for name, value in document.items() if name != "edit"}
    # JSON has no NaN and no infinity: there they are the words that Python reads.
    numbers = {
        field.name: _number_of(given[field.name]) for field in fields(kind) if field.type == "float"
    }
    edit: Edit = kind(**{**given, **numbers})
    return edit


def _number_of(value: object) -> float:
    """Return a number as it was written: a whole one is printed without a point."""
    return value if isinstance(value, int | float) else float(str(value))
