"""A document of plain values, as JSON holds it, read member by member, whoever wrote it."""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import PureWindowsPath
from typing import Any, TypeVar

from posecheck.model.errors import PublicFunction, UsageError
from posecheck.model.stamp import Stamp

Kind = TypeVar("Kind", bound=StrEnum)
Value = TypeVar("Value")
_MOST = 2**63


def is_component(part: str) -> bool:
    """Whether a text is one name on every system: no separator, drive, stream, or way up."""
    return (
        bool(part.strip())
        and part not in {".", ".."}
        and not part.startswith(".")
        and not any(character in "/\\:\0" for character in part)
        and part.isprintable()
    )


class DocumentFields:
    """The members of one object of a document, taken out one by one and checked."""

    def __init__(self, where: str, content: object) -> None:
        if not isinstance(content, Mapping) or not all(isinstance(name, str) for name in content):
            raise UsageError(f"{where} is malformed: it is no object with named members")
        self.content: Mapping[str, object] = content
        self._where = where
        self._taken: set[str] = set()

    def finish(self, others: Iterable[str] = ()) -> None:
        """Refuse members that nobody took: a plan that says more than is done is not understood."""
        unknown = sorted(set(self.content) - self._taken - set(others))
        if unknown:
            raise UsageError(f"{self._where} is malformed: it has an unknown member {unknown[0]!r}")

    def text(self, name: str) -> str:
        """Take a text."""
        value = self._take(name)
        if not isinstance(value, str):
            raise self._malformed(name, "text")
        return value

    def location(self, name: str) -> str:
        """Take an absolute path of this or another system."""
        value = self.text(name)
        if "\0" in value or not (posixpath.isabs(value) or PureWindowsPath(value).is_absolute()):
            raise self._malformed(name, "an absolute path")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of texts."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._malformed(name, "a list of texts")
        return tuple(str(value) for value in values)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Take a list of pairs of texts."""
        pairs = []
        for value in self._list(name):
            match value:
                case [str(first), str(second)]:
                    pairs.append((first, second))
                case _:
                    raise self._malformed(name, "a list of pairs of texts")
        return tuple(pairs)

    def target(self, name: str) -> tuple[str, ...]:
        """Take the components of a path that leads down."""
        return self._path(name, self._take(name))

    def targets(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Take a list of such paths."""
        return tuple(self._path(name, value) for value in self._list(name))

    def truth(self, name: str) -> bool:
        """Take a truth value."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise self._malformed(name, "true or false")
        return value

    def whole(self, name: str) -> int:
        """Take a whole number."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _MOST:
            raise self._malformed(name, "a whole number")
        return value

    def count(self, name: str) -> int:
        """Take a whole number from 0 on."""
        value = self.whole(name)
        if value < 0:
            raise self._malformed(name, "a whole number from 0 on")
        return value

    def positive(self, name: str) -> float:
        """Take a positive number."""
        value = self._take(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < float(str(value)) < math.inf:
            raise self._malformed(name, "a positive number")
        return float(str(value))

    def choice(self, name: str, kind: type[Kind]) -> Kind:
        """Take one of the values of an enumeration."""
        value = self.text(name)
        if value not in {item.value for item in kind}:
            raise self._malformed(name, "one of " + ", ".join(item.value for item in kind))
        return kind(value)

    def optional(self, name: str, take: Callable[[str], Value]) -> Value | None:
        """Take a member that may be null."""
        if self.content.get(name, "") is None:
            self._taken.add(name)
            return None
        return take(name)

    def inner(self, name: str) -> DocumentFields:
        """Take an object."""
        return DocumentFields(f"{self._where}, {name}", self._take(name))

    def items(self, name: str) -> list[DocumentFields]:
        """Take a list of objects."""
        return [
            DocumentFields(f"{self._where}, {name}[{index}]", item)
            for index, item in enumerate(self._list(name))
        ]

    def _list(self, name: str) -> list[object]:
        value = self._take(name)
        if not isinstance(value, list):
            raise self._malformed(name, "a list")
        return value

    def _take(self, name: str) -> object:
        if name not in self.content:
            raise UsageError(f"{self._where} is malformed: it has no {name!r}")
        self._taken.add(name)
        return self.content[name]

    def _path(self, name: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise self._malformed(name, "a list of the components of a path")
        for part in value:
            if not isinstance(part, str) or not is_component(part):
                raise UsageError(
                    f"{self._where} is refused: {part!r} in {name!r} is no plain name, and a plan "
                    f"never leaves its dandiset"
                )
        return tuple(value)

    def _malformed(self, name: str, wanted: str) -> UsageError:
        return UsageError(f"{self._where} is malformed: {name!r} is not {wanted}")


def document_of_json(content: bytes) -> object:
    """Return what a JSON document holds.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"it is no JSON document: {error}") from error
    return document


def fields_of_plan(
    document: object, form: str, version: int, function: PublicFunction
) -> DocumentFields:
    """Return the members of a saved plan.

    Parameters
    ----------
    document
        What was read.
    form, version
        Which plans are understood: what their members ``format`` and ``version`` say.
    function
        The public function that makes such a plan.

    Raises
    ------
    UsageError
        If it is no such plan.
    """
    found = DocumentFields("the plan", document)
    if found.content.get("format") != form:
        verb = function.name.partition("_")[2]
        raise UsageError(f"this is no plan to {verb}; make one with ", function)
    if found.content.get("version") != version:
        raise UsageError(
            f"the plan has version {found.content.get('version')!r}, and this posecheck reads "
            f"version {version}; make it again"
        )
    return found


def stamp_from(found: DocumentFields) -> Stamp:
    """Return the stamp that an object of a document holds."""
    stamp = Stamp(
        size=found.count("size"),
        modified_ns=found.whole("modified_ns"),
        identity=found.text("identity"),
    )
    found.finish()
    return stamp


def plain_values(value: object) -> Any:
    """Return a frozen value as what JSON can hold: its attributes by name, tuples as lists."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [plain_values(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return {field.name: plain_values(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]
