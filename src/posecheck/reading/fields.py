"""Take one field from an entry, or note why it is not what its type promises."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

from posecheck.model.recording import Problem, ProblemKind
from posecheck.reading.inventory import Entry
from posecheck.storage import Array, StorageError, Trouble


class Fields:
    """Reads small values; what is malformed becomes a problem and counts as absent.

    Attributes
    ----------
    problems
        Where problems are noted.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def text(self, entry: Entry, name: str) -> str | None:
        """Return a text dataset."""
        value = self._small(entry, name)
        if isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        if value is None or isinstance(value, str):
            return value
        self._malformed(entry, name, "text")
        return None

    def texts(self, entry: Entry, name: str) -> tuple[str, ...] | None:
        """Return a dataset that is a list of texts; a single text counts as a list of one."""
        value = self._small(entry, name)
        if isinstance(value, str):
            return (value,)
        if value is None:
            return None
        if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
            return value
        self._malformed(entry, name, "a list of texts")
        return None

    def numbers(self, entry: Entry, name: str) -> tuple[float, ...] | None:
        """Return a dataset that is a list of numbers."""
        value = self._small(entry, name)
        if value is None:
            return None
        if is_number(value):
            return (value,)
        if isinstance(value, tuple) and all(is_number(item) for item in value):
            return value
        self._malformed(entry, name, "a list of numbers")
        return None

    def integers(self, entry: Entry, name: str) -> tuple[int, ...] | None:
        """Return a dataset that is a list of whole numbers."""
        numbers = self.numbers(entry, name)
        if numbers is None:
            return None
        whole = tuple(int(number) for number in numbers if _is_whole(number))
        if len(whole) != len(numbers):
            self._malformed(entry, name, "a list of whole numbers")
            return None
        return whole

    def integer(self, entry: Entry, name: str) -> int | None:
        """Return a dataset that is one whole number."""
        numbers = self.integers(entry, name)
        if numbers is None:
            return None
        if len(numbers) != 1:
            self._malformed(entry, name, "one whole number")
            return None
        return numbers[0]

    def rows(self, entry: Entry, name: str) -> tuple[tuple[float, ...], ...] | None:
        """Return a dataset that is a matrix of numbers, of any extent."""
        value = self._small(entry, name)
        if value is None:
            return None
        if isinstance(value, tuple) and all(
            isinstance(row, tuple) and all(is_number(item) for item in row) for row in value
        ):
            return value
        self._malformed(entry, name, "a matrix of numbers")
        return None

    def integer_rows(self, entry: Entry, name: str) -> tuple[tuple[int, ...], ...] | None:
        """Return a dataset that is a matrix of whole numbers, of any extent."""
        rows = self.rows(entry, name)
        if rows is None:
            return None
        if not all(_is_whole(item) for row in rows for item in row):
            self._malformed(entry, name, "a matrix of whole numbers")
            return None
        return tuple(tuple(int(item) for item in row) for row in rows)

    def array(self, entry: Entry, name: str) -> Array | None:
        """Return a member that must be a dataset."""
        member = entry.members.get(name)
        if member is None or isinstance(member, Array):
            return member
        self._note(member.path, "it is a group where a dataset belongs")
        return None

    def number_attribute(self, array: Array, name: str) -> float | None:
        """Return an attribute that is one number."""
        value = array.attribute(name)
        if isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        if value is None or is_number(value):
            return None if value is None else float(value)
        self._note(array.path, f"its attribute {name} is not a number")
        return None

    def integers_attribute(self, array: Array, name: str) -> tuple[int, ...] | None:
        """Return an attribute that is a list of whole numbers; a single one counts as a list."""
        value = array.attribute(name)
        if value is None:
            return None
        values = value if isinstance(value, tuple) else (value,)
        if all(is_number(item) and _is_whole(item) for item in values):
            return tuple(int(item) for item in values)
        self._note(array.path, f"its attribute {name} is not a list of whole numbers")
        return None

    def text_attribute(self, node: Any, name: str) -> str | None:
        """Return an attribute that is text."""
        value = node.attribute(name)
        if isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        if value is None or isinstance(value, str):
            return value
        self._note(node.path, f"its attribute {name} is not text")
        return None

    def _small(self, entry: Entry, name: str) -> Any:
        member = self.array(entry, name)
        if member is None:
            return None
        try:
            return member.value()
        except StorageError as error:
            # What lies in another file is noted by the walk already.
            if error.trouble is not Trouble.EXTERNAL:
                kind = (
                    ProblemKind.MALFORMED
                    if error.trouble is Trouble.TOO_LARGE
                    else ProblemKind.UNREADABLE_PART
                )
                self._note(member.path, error.detail, kind)
            return None

    def _malformed(self, entry: Entry, name: str, wanted: str) -> None:
        self._note(f"{entry.path.rstrip('/')}/{name}", f"it is not {wanted}")

    def _note(self, location: str, detail: str, kind: ProblemKind = ProblemKind.MALFORMED) -> None:
        self.problems.append(Problem(kind=kind, location=location, detail=detail))


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a plain value is a real number, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or (math.isfinite(number) and number.is_integer())
