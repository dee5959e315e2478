"""A plan as a document that JSON can hold, and back: whoever edits it cannot make it reach out.

A saved plan may have been written by anyone. Reading one checks its form, and then the plan as a
whole (`posecheck.organize.plan.validity`); whether sources are what they were is checked when it is
applied.
"""

from __future__ import annotations

import json
from typing import Any

from posecheck.model.document_fields import (
    DocumentFields,
    document_of_json,
    fields_of_plan,
    plain_values,
    stamp_from,
)
from posecheck.model.errors import PublicFunction
from posecheck.model.storage_format import StorageFormat
from posecheck.model.string_change import StringChange
from posecheck.organize.plan.validity import check_plan
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


def to_document(plan: OrganizePlan) -> Document:
    """Return a plan as plain values.

    Returns
    -------
    dict
        Of texts, numbers, truth values, lists and dicts. Targets are lists of components.
    """
    return {"format": FORMAT, "version": VERSION, **plain_values(plan)}


def from_document(document: object) -> OrganizePlan:
    """Return the plan that a document holds.

    Raises
    ------
    UsageError
        If it is no plan, one of another version, or one that reaches out of its dandiset.
    """
    found = fields_of_plan(document, FORMAT, VERSION, PublicFunction("plan_organize"))
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
    return from_document(document_of_json(content))


def _media(found: DocumentFields) -> PlannedMedia:
    media = PlannedMedia(
        source=found.location("source"),
        stamp=stamp_from(found.inner("stamp")),
        target=found.target("target"),
        mode=found.choice("mode", TransferMode),
        remux=found.truth("remux"),
        annexed=found.truth("annexed"),
        rate=found.optional("rate", found.positive),
    )
    found.finish()
    return media


def _recording(found: DocumentFields) -> PlannedRecording:
    recording = PlannedRecording(
        source=found.location("source"),
        storage=_storage(found),
        stamp=stamp_from(found.inner("stamp")),
        target=found.target("target"),
        mode=found.choice("mode", FileMode),
        rewrites=tuple(map(_rewrite, found.items("rewrites"))),
        media=found.targets("media"),
        notes=found.texts("notes"),
    )
    found.finish()
    return recording


def _storage(found: DocumentFields) -> StorageFormat:
    """Return the storage format, which plans did not state when all of them were of HDF5."""
    if "storage" not in found.content:
        return StorageFormat.HDF5
    return found.choice("storage", StorageFormat)


def _rewrite(found: DocumentFields) -> StringChange:
    rewrite = StringChange(
        dataset=found.text("dataset"),
        index=found.optional("index", found.count),
        old=found.text("old"),
        new=found.text("new"),
    )
    found.finish()
    return rewrite


def _conflict(found: DocumentFields) -> Conflict:
    conflict = Conflict(
        kind=found.choice("kind", ConflictKind),
        source=found.text("source"),
        location=found.text("location"),
        reason=found.text("reason"),
        remedy=found.text("remedy"),
    )
    found.finish()
    return conflict
