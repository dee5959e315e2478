"""Take one field from an entry, or note why it is not what its type promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeGuard, TypeVar

from posecheck.model.facts import ArrayInfo
from posecheck.model.problem import Problem, ProblemKind
from posecheck.reading.inventory import Entry, Inventory
from posecheck.storage import Array, Group, ObjectReference, StorageError, Trouble

_Read = TypeVar("_Read")

_LONGEST_EXAMPLE = 40


class Fields:
    """Reads small values; what is malformed becomes a problem, and no value is returned.

    A value counts as well-formed where nothing of it is lost: whole numbers stored as floating
    point, a list of one for a single value, a row or a column (as MATLAB writes them) for a list.

    Attributes
    ----------
    problems
        Where problems are noted.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def text(self, entry: Entry, name: str) -> str | None:
        """Return a text dataset."""
        return self._small(entry, name, _as_text, "text")

    def texts(self, entry: Entry, name: str) -> tuple[str, ...] | None:
        """Return a dataset that is a list of texts; a single text counts as a list of one."""
        return self._small(entry, name, _as_texts, "a list of texts")

    def numbers(self, entry: Entry, name: str) -> tuple[float, ...] | None:
        """Return a dataset that is a list of numbers."""
        return self._small(entry, name, _as_numbers, "a list of numbers")

    def number(self, entry: Entry, name: str) -> float | None:
        """Return a dataset that is one number."""
        return self._small(entry, name, _as_number, "one number")

    def integers(self, entry: Entry, name: str) -> tuple[int, ...] | None:
        """Return a dataset that is a list of whole numbers."""
        return self._small(entry, name, _as_integers, "a list of whole numbers")

    def integer(self, entry: Entry, name: str) -> int | None:
        """Return a dataset that is one whole number."""
        return self._small(entry, name, _as_integer, "one whole number")

    def rows(self, entry: Entry, name: str) -> tuple[tuple[float, ...], ...] | None:
        """Return a dataset that is a matrix of numbers, of any extent."""
        return self._small(entry, name, _as_rows, "a matrix of numbers")

    def integer_rows(self, entry: Entry, name: str) -> tuple[tuple[int, ...], ...] | None:
        """Return a dataset that is a matrix of whole numbers, of any extent."""
        return self._small(entry, name, _as_integer_rows, "a matrix of whole numbers")

    def array(self, entry: Entry, name: str) -> Array | None:
        """Return a member that must be a dataset; with an empty name, the object itself."""
        member = entry.members.get(name) if name else entry.node
        if member is None or isinstance(member, Array):
            return member
        self._malformed(entry, name, "a group", "a dataset")
        return None

    def samples(self, entry: Entry, name: str, *, plain_list: bool = False) -> Array | None:
        """Return a member that must be a dataset of numbers, whatever its extent.

        Parameters
        ----------
        entry, name
            What has it.
        plain_list
            Whether it must have one dimension; elsewhere, a wrong extent has rules of its own.
        """
        array = self.array(entry, name)
        if array is None:
            return None
        info = array.info
        wanted = "a plain list of numbers" if plain_list else "numbers"
        if holds_no_numbers(info):
            self._malformed(entry, name, _kind_of_array(array), wanted)
        elif plain_list and len(info.shape) != 1:
            self._malformed(entry, name, f"of the shape {info.shape}", wanted)
        return array

    def link(self, inventory: Inventory, entry: Entry, name: str, wanted: str) -> str | None:
        """Return the path of the object of some type that a member leads to."""
        member = entry.members.get(name)
        if member is None:
            return None
        found = inventory.at(member)
        if found is not None and found.inherits(wanted):
            return found.path
        if not _is_unrecognized(member):
            stored = f"a {found.neurodata_type}" if found is not None else _kind_of_node(member)
            detail = f"{name} is {stored}, wanted is a link to {wanted}"
            kind, place = ProblemKind.MALFORMED, _place(entry, name)
            self._note(entry, name, Problem(kind=kind, location=place, detail=detail))
        return None

    def linked(
        self, inventory: Inventory, entry: Entry, wanted: str, *, usual: str
    ) -> tuple[Entry, ...]:
        """Return the objects of a type that an entry holds or links, under whatever name.

        Parameters
        ----------
        inventory, entry, wanted
            What was found in the file, whose members are meant, and of which type.
        usual
            The name under which one is looked for in vain: what stands there is malformed.
        """
        found = tuple(inventory.linked(entry, wanted))
        if not found:
            self.link(inventory, entry, usual, wanted)
        return found

    def number_attribute(self, entry: Entry, member: str, name: str) -> float | None:
        """Return an attribute of a member that is one number."""
        return self._attribute(entry, member, name, _as_number, "one number")

    def integer_attribute(self, entry: Entry, member: str, name: str) -> int | None:
        """Return an attribute of a member that is one whole number."""
        return self._attribute(entry, member, name, _as_integer, "one whole number")

    def integers_attribute(self, entry: Entry, member: str, name: str) -> tuple[int, ...] | None:
        """Return an attribute that is a list of whole numbers; a single one counts as a list."""
        return self._attribute(entry, member, name, _as_integers, "a list of whole numbers")

    def text_attribute(self, entry: Entry, member: str, name: str) -> str | None:
        """Return an attribute that is text, of a member or, where that is "", of the object."""
        return self._attribute(entry, member, name, _as_text, "text")

    def _small(
        self, entry: Entry, name: str, read: Callable[[Any], _Read | None], wanted: str
    ) -> _Read | None:
        member = self.array(entry, name)
        if member is None:
            return None
        try:
            value = member.value()
        except StorageError as error:
            # What lies in another file is noted by the walk already.
            if error.trouble is not Trouble.EXTERNAL:
                kind = (
                    ProblemKind.MALFORMED
                    if error.trouble is Trouble.TOO_LARGE
                    else ProblemKind.UNREADABLE_PART
                )
                self._note(entry, name, Problem(kind=kind, location="", detail=error.detail))
            return None
        found = read(value) if value is not None else None
        if value is not None and found is None:
            self._malformed(entry, name, kind_of(value), wanted)
        return found

    def _attribute(
        self,
        entry: Entry,
        member: str,
        name: str,
        read: Callable[[Any], _Read | None],
        wanted: str,
    ) -> _Read | None:
        holder = entry.array(member) if member else entry.node
        if holder is None:
            return None
        value = holder.attribute(name)
        found = read(value) if value is not None else None
        if value is not None and found is None:
            self._malformed(entry, member, kind_of(value), wanted, attribute=name)
        return found

    def _malformed(
        self, entry: Entry, member: str, stored: str, wanted: str, *, attribute: str = ""
    ) -> None:
        detail = f"{attribute or member or entry.name} is {stored}, wanted is {wanted}"
        kind = ProblemKind.MALFORMED
        problem = Problem(kind=kind, location="", attribute=attribute, detail=detail)
        self._note(entry, member, problem)

    def _note(self, entry: Entry, member: str, problem: Problem) -> None:
        """Keep a problem with a field, at the field's dataset wherever a link leads to it."""
        found = entry.members.get(member)
        location = _place(entry, member) if found is None else found.path
        at = problem.location or location
        self.problems.append(replace(problem, location=at, owner=entry.path, member=member))


def _place(entry: Entry, member: str) -> str:
    return f"{entry.path.rstrip('/')}/{member}" if member else entry.path


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a plain value is a real number, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def kind_of(value: Any) -> str:
    """Say what a plain value is, as a message wants it: ``the text 'ten'``, ``a list of texts``."""
    if isinstance(value, str):
        shown = value if len(value) <= _LONGEST_EXAMPLE else value[:_LONGEST_EXAMPLE] + "…"
        return f"the text {shown!r}"
    if isinstance(value, bool):
        return "a truth value"
    if is_number(value):
        return f"the number {value:g}"
    if isinstance(value, ObjectReference):
        return "a reference"
    if not isinstance(value, tuple):
        return "of another type"
    entries = _flat(value)
    if entries is None:
        return "a matrix of several rows and columns"
    if all(map(is_number, entries)):
        shown = ", ".join(f"{entry:g}" for entry in entries[:4])
        return f"[{shown}{', …' if len(entries) > 4 else ''}]"
    return "a list of texts" if all(isinstance(item, str) for item in entries) else "a mixed list"


def _flat(value: Any) -> tuple[Any, ...] | None:
    """Return the entries of a single value, a list, a row or a column; ``None`` of a matrix."""
    if not isinstance(value, tuple):
        return (value,)
    if not any(isinstance(item, tuple) for item in value):
        return value
    if len(value) == 1:
        return _flat(value[0])
    inner = [_flat(item) for item in value]
    if all(entries is not None and len(entries) == 1 for entries in inner):
        return tuple(entries[0] for entries in inner if entries)
    return None


def _as_texts(value: Any) -> tuple[str, ...] | None:
    entries = _flat(value)
    if entries is None or not all(isinstance(entry, str) for entry in entries):
        return None
    return entries


def _as_text(value: Any) -> str | None:
    texts = _as_texts(value)
    return texts[0] if texts is not None and len(texts) == 1 else None


def _as_numbers(value: Any) -> tuple[float, ...] | None:
    entries = _flat(value)
    return entries if entries is not None and all(map(is_number, entries)) else None


def _as_number(value: Any) -> float | None:
    numbers = _as_numbers(value)
    return numbers[0] if numbers is not None and len(numbers) == 1 else None


def _as_integers(value: Any) -> tuple[int, ...] | None:
    numbers = _as_numbers(value)
    if numbers is None or not all(map(_is_whole, numbers)):
        return None
    return tuple(map(int, numbers))


def _as_integer(value: Any) -> int | None:
    numbers = _as_integers(value)
    return numbers[0] if numbers is not None and len(numbers) == 1 else None


def _as_rows(value: Any) -> tuple[tuple[float, ...], ...] | None:
    if isinstance(value, tuple) and all(
        isinstance(row, tuple) and all(map(is_number, row)) for row in value
    ):
        return value
    return None


def _as_integer_rows(value: Any) -> tuple[tuple[int, ...], ...] | None:
    rows = _as_rows(value)
    if rows is None or not all(_is_whole(item) for row in rows for item in row):
        return None
    return tuple(tuple(map(int, row)) for row in rows)


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or (math.isfinite(number) and number.is_integer())


def _is_unrecognized(member: Group | Array) -> bool:
    """Whether an object's type is no name, which the walk has noted already."""
    found = member.attribute("neurodata_type")
    return found is not None and not isinstance(found, str)


def holds_no_numbers(info: ArrayInfo) -> bool:
    """Whether a dataset holds text, references or complex numbers."""
    return info.dtype == "object" or info.dtype.startswith("complex")


def _kind_of_array(array: Array) -> str:
    if array.info.dtype != "object":
        return "complex numbers"
    try:
        first = array.read(0, 1) if array.info.shape else array.value()
    except (StorageError, ValueError):
        return "not numbers"
    entry = first.flat[0] if hasattr(first, "flat") and first.size else first
    return "text" if isinstance(entry, bytes | str) else "not numbers"


def _kind_of_node(member: Group | Array) -> str:
    return "a group without a type" if isinstance(member, Group) else "a dataset"
