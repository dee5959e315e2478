"""A plan as a document that JSON can hold, and back: whoever edits it cannot make it reach out.

A saved plan may have been written by anyone. Reading one checks its form, and then the plan as a
whole (`posecheck.organize.plan.validity`); whether sources are what they were is checked when it is
applied.
"""

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
from posecheck.model.string_change import StringChange
from posecheck.organize.plan.validity import check_plan, is_component
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.transaction.steps import TransferMode

FORMAT = "posecheck-organize-plan"
VERSION = 1

Document = dict[str, Any]
Kind = TypeVar("Kind", bound=StrEnum)
Value = TypeVar("Value")
_MOST = 2**63


def to_document(plan: OrganizePlan) -> Document:
    """Return a plan as plain values.

    Returns
    -------
    dict
        Of texts, numbers, truth values, lists and dicts. Targets are lists of components.
    """
    return {"format": FORMAT, "version": VERSION, **_plain(plan)}


def from_document(document: object) -> OrganizePlan:
    """Return the plan that a document holds.

    Raises
    ------
    UsageError
        If it is no plan, one of another version, or one that reaches out of its dandiset.
    """
    found = _Fields("the plan", document)
    if found.content.get("format") != FORMAT:
        raise UsageError(
            "this is no plan to organize; make one with ",
            PublicFunction("plan_organize"),
        )
    if found.content.get("version") != VERSION:
        raise UsageError(
            f"the plan has version {found.content.get('version')!r}, and this posecheck reads "
            f"version {VERSION}; make it again"
        )
    plan = OrganizePlan(
        dandiset=found.location("dandiset"),
        new_identifier=found.optional("new_identifier", found.text),
        media=tuple(map(_media, found.items("media"))),
        recordings=tuple(map(_recording, found.items("recordings"))),
        settled=found.texts("settled"),
        left_out=found.texts("left_out"),
        conflicts=tuple(map(_conflict, found.items("conflicts"))),
        notes=found.texts("notes"),
    )
    found.finish({"format", "version"})
    if not plan.is_blocked:  # then it is only shown
        check_plan(plan)
    return plan


def plan_to_json(plan: OrganizePlan) -> str:
    r"""Return a plan as one JSON document: ASCII, strict, ending in a line feed.

    A byte of a file name that is no text is written as the escape of a lone surrogate (``\udce9``),
    since a plan that is read again has to name the same file.
    """
    return json.dumps(to_document(plan), indent=2, allow_nan=False) + "\n"


def plan_from_json(content: bytes) -> OrganizePlan:
    """Return the plan of a JSON document.

    Raises
    ------
    UsageError
        If it is no JSON, or as `from_document`.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"it is no JSON document: {error}") from error
    return from_document(document)


def _plain(value: object) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]


def _media(found: _Fields) -> PlannedMedia:
    media = PlannedMedia(
        source=found.location("source"),
        stamp=_stamp(found.inner("stamp")),
        target=found.target("target"),
        mode=found.choice("mode", TransferMode),
        remux=found.truth("remux"),
        annexed=found.truth("annexed"),
        rate=found.optional("rate", found.positive),
    )
    found.finish()
    return media


def _recording(found: _Fields) -> PlannedRecording:
    recording = PlannedRecording(
        source=found.location("source"),
        stamp=_stamp(found.inner("stamp")),
        target=found.target("target"),
        mode=found.choice("mode", FileMode),
        rewrites=tuple(map(_rewrite, found.items("rewrites"))),
        media=found.targets("media"),
        notes=found.texts("notes"),
    )
    found.finish()
    return recording


def _rewrite(found: _Fields) -> StringChange:
    rewrite = StringChange(
        dataset=found.text("dataset"),
        index=found.optional("index", found.count),
        old=found.text("old"),
        new=found.text("new"),
    )
    found.finish()
    return rewrite


def _stamp(found: _Fields) -> Stamp:
    stamp = Stamp(
        size=found.count("size"),
        modified_ns=found.whole("modified_ns"),
        identity=found.text("identity"),
    )
    found.finish()
    return stamp


def _conflict(found: _Fields) -> Conflict:
    conflict = Conflict(
        kind=found.choice("kind", ConflictKind),
        source=found.text("source"),
        location=found.text("location"),
        reason=found.text("reason"),
        remedy=found.text("remedy"),
    )
    found.finish()
    return conflict


class _Fields:
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
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._malformed(name, "a list of texts")
        return tuple(str(value) for value in values)

    def target(self, name: str) -> tuple[str, ...]:
        return self._path(name, self._take(name))

    def targets(self, name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(self._path(name, value) for value in self._list(name))

    def truth(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise self._malformed(name, "true or false")
        return value

    def whole(self, name: str) -> int:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _MOST:
            raise self._malformed(name, "a whole number")
        return value

    def count(self, name: str) -> int:
        value = self.whole(name)
        if value < 0:
            raise self._malformed(name, "a whole number from 0 on")
        return value

    def positive(self, name: str) -> float:
        value = self._take(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < float(str(value)) < math.inf:
            raise self._malformed(name, "a positive number")
        return float(str(value))

    def choice(self, name: str, kind: type[Kind]) -> Kind:
        value = self.text(name)
        if value not in {item.value for item in kind}:
            raise self._malformed(name, "one of " + ", ".join(item.value for item in kind))
        return kind(value)

    def optional(self, name: str, take: Callable[[str], Value]) -> Value | None:
        if self.content.get(name, "") is None:
            self._taken.add(name)
            return None
        return take(name)

    def inner(self, name: str) -> _Fields:
        return _Fields(f"{self._where}, {name}", self._take(name))

    def items(self, name: str) -> list[_Fields]:
        return [
            _Fields(f"{self._where}, {name}[{index}]", item)
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
