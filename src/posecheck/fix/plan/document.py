"""A plan to fix as a document that JSON can hold, and back: whoever edits it cannot reach out.

A saved plan may have been written by anyone. Reading one checks that it changes files in their own
places below its root. What it writes into them is what it shows: each changed place has a digest,
and a file that does not come to that is not touched.
"""

from __future__ import annotations

import json
import math
from typing import Any

from posecheck.fix.plan.soundness import faults_of
from posecheck.fix.plan.values import (
    FixPlan,
    PlannedChange,
    PlannedCheck,
    PlannedFile,
    PlannedFix,
    RefusedFix,
    StandingFinding,
    UntouchedFile,
)
from posecheck.model.document_fields import (
    DocumentFields,
    document_of_json,
    fields_of_plan,
    plain_values,
    stamp_from,
)
from posecheck.model.edit import (
    Edit,
    FixSafety,
    Place,
    edit_from_dict,
    edit_to_dict,
)
from posecheck.model.errors import PublicFunction, UsageError
from posecheck.model.finding import Severity

FORMAT = "posecheck-fix-plan"
VERSION = 1

Document = dict[str, Any]


def to_document(plan: FixPlan) -> Document:
    """Return a plan as plain values: texts, numbers, truth values, lists and dicts."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "root": plan.root,
        "checked": plan.checked,
        "unsafe_fixes": plan.unsafe_fixes,
        "repack": plan.repack,
        "check": plain_values(plan.check),
        "summary": {
            "fixes": plan.fixes,
            "refused": plan.refused,
            "available": dict(plan.available),
            "left": {severity.value: count for severity, count in plan.left},
        },
        "files": [_file_document(file) for file in plan.files],
        "untouched": plain_values(plan.untouched),
    }


def plan_to_json(plan: FixPlan) -> str:
    """Return a plan as one JSON document: ASCII, strict, ending in a line feed."""
    return json.dumps(to_document(plan), indent=2, allow_nan=False) + "\n"


def plan_from_json(content: bytes) -> FixPlan:
    """Return the plan of a JSON document.

    Raises
    ------
    UsageError
        If it is no JSON, or as `from_document`.
    """
    return from_document(document_of_json(content))


def from_document(document: object) -> FixPlan:
    """Return the plan that a document holds.

    Raises
    ------
    UsageError
        If it is no plan to fix, one of another version, or one that reaches out of its root.
    """
    found = fields_of_plan(document, FORMAT, VERSION, PublicFunction("plan_fix"))
    summary = found.inner("summary")
    plan = FixPlan(
        root=found.location("root"),
        files=tuple(map(_file, found.items("files"))),
        untouched=tuple(map(_untouched, found.items("untouched"))),
        checked=found.count("checked"),
        unsafe_fixes=found.truth("unsafe_fixes"),
        repack=found.truth("repack"),
        available=_counts(summary, "available"),
        left=tuple((_severity(name), count) for name, count in _counts(summary, "left")),
        check=_check(found.inner("check")),
    )
    found.finish({"format", "version", "summary"})
    wrong = next(faults_of(plan), None)
    if wrong is not None:
        raise UsageError(f"{wrong}; nothing of the plan is applied. Make it again")
    return plan


def _file_document(file: PlannedFile) -> Document:
    return {
        "source": file.source,
        "path": file.path,
        "stamp": plain_values(file.stamp),
        "target": list(file.target),
        "fixes": [
            {**_without_edits(fix), "edits": _edits_document(fix.edits)} for fix in file.fixes
        ],
        "changes": [
            {
                "path": change.place.path,
                "attribute": change.place.attribute,
                "before": change.before,
                "after": change.after,
                "state": change.state,
            }
            for change in file.changes
        ],
        "edits": _edits_document(file.edits),
        "refused": plain_values(file.refused),
        "left_behind": file.left_behind,
        "errors": plain_values(file.errors),
        "unchecked": list(file.unchecked),
        "remaining": plain_values(file.remaining),
    }


def _without_edits(fix: PlannedFix) -> Document:
    return {
        "code": fix.code,
        "name": fix.name,
        "severity": fix.severity.value,
        "location": fix.location,
        "message": fix.message,
        "safety": fix.safety.value,
        "what": fix.what,
        "assumption": fix.assumption,
    }


def _edits_document(edits: tuple[Edit, ...]) -> list[Document]:
    return [{name: _strict(value) for name, value in edit_to_dict(edit).items()} for edit in edits]


def _strict(value: Any) -> Any:
    """Write what JSON has no number for as the word that Python reads."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return [_strict(item) for item in value] if isinstance(value, list) else value


def _file(found: DocumentFields) -> PlannedFile:
    file = PlannedFile(
        source=found.location("source"),
        path=found.text("path"),
        stamp=stamp_from(found.inner("stamp")),
        target=tuple(found.texts("target")),
        fixes=tuple(map(_fix, found.items("fixes"))),
        changes=tuple(map(_change, found.items("changes"))),
        edits=tuple(map(_edit, found.items("edits"))),
        refused=tuple(map(_refused, found.items("refused"))),
        left_behind=found.count("left_behind"),
        errors=tuple(map(_standing, found.items("errors"))),
        unchecked=tuple(found.texts("unchecked")),
        remaining=tuple(map(_standing, found.items("remaining"))),
    )
    found.finish()
    return file


def _fix(found: DocumentFields) -> PlannedFix:
    fix = PlannedFix(
        code=found.text("code"),
        name=found.text("name"),
        severity=found.choice("severity", Severity),
        location=found.text("location"),
        message=found.text("message"),
        safety=found.choice("safety", FixSafety),
        what=found.text("what"),
        assumption=found.text("assumption"),
        edits=tuple(map(_edit, found.items("edits"))),
    )
    found.finish()
    return fix


def _change(found: DocumentFields) -> PlannedChange:
    change = PlannedChange(
        place=Place(found.text("path"), found.text("attribute")),
        before=found.text("before"),
        after=found.text("after"),
        state=found.text("state"),
    )
    found.finish()
    return change


def _edit(found: DocumentFields) -> Edit:
    try:
        return edit_from_dict(found.content)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the plan holds what is no edit: {dict(found.content)!r}") from error


def _refused(found: DocumentFields) -> RefusedFix:
    refused = RefusedFix(
        code=found.text("code"), location=found.text("location"), reason=found.text("reason")
    )
    found.finish()
    return refused


def _standing(found: DocumentFields) -> StandingFinding:
    standing = StandingFinding(
        code=found.text("code"), location=found.text("location"), message=found.text("message")
    )
    found.finish()
    return standing


def _untouched(found: DocumentFields) -> UntouchedFile:
    untouched = UntouchedFile(
        path=found.text("path"),
        findings=found.count("findings"),
        reason=found.text("reason"),
        remedy=found.text("remedy"),
    )
    found.finish()
    return untouched


def _check(found: DocumentFields) -> PlannedCheck:
    check = PlannedCheck(
        select=found.optional("select", found.texts),
        extend_select=found.optional("extend_select", found.texts),
        ignore=found.optional("ignore", found.texts),
        per_file_ignores=found.optional("per_file_ignores", found.pairs),
        globs_from=found.text("globs_from"),
        config=found.text("config"),
        engines=found.optional("engines", found.texts),
        inspector_config=found.optional("inspector_config", found.text),
        linked_from=found.texts("linked_from"),
    )
    found.finish()
    return check


def _counts(found: DocumentFields, name: str) -> tuple[tuple[str, int], ...]:
    inner = found.inner(name)
    return tuple((key, inner.count(key)) for key in inner.content)


def _severity(name: str) -> Severity:
    try:
        return Severity(name)
    except ValueError as error:
        raise UsageError(f"the plan is malformed: {name!r} is no severity") from error
