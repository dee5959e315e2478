"""Reports that were saved as JSON, read again to be shown in another format, or together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, get_args

from posecheck.model.edit import Edit, FixSafety
from posecheck.model.errors import UsageError
from posecheck.model.finding import Finding, Origin, Severity, Skipped, Value
from posecheck.model.report import FileReport, FileStatus, PoseSummary, Report

_EDITS: Mapping[str, Any] = {each.kind: each for each in get_args(Edit)}


def load_reports(paths: Iterable[Path]) -> Report:
    """Read reports of `posecheck validate`, of one run or of several, as one report.

    Parameters
    ----------
    paths
        Files of ``--output json`` or ``--output json-lines``.

    Returns
    -------
    Report
        Their files, in this order; the seconds of all runs together.

    Raises
    ------
    UsageError
        If one cannot be read, is no such report, or is one of a run that did not end.
    """
    reports = [_load(path) for path in paths]
    versions = list(dict.fromkeys(report.version for report in reports))
    return Report(
        version=", ".join(versions),
        files=tuple(chain.from_iterable(report.files for report in reports)),
        seconds=sum(report.seconds for report in reports),
        dandisets=tuple(chain.from_iterable(report.dandisets for report in reports)),
    )


def _load(path: Path) -> Report:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"{path} cannot be read: {reason}") from error
    try:
        return _report(_document(text))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} is no report of posecheck validate --output json or json-lines, or it was cut "
            "off"
        ) from error


def _document(text: str) -> Mapping[str, Any]:
    """Return the document, put together from lines where the report has those."""
    if not text.lstrip().startswith('{"type"'):
        document: Mapping[str, Any] = json.loads(text)
        return document
    lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    *parts, end = lines
    if end["type"] != "summary":
        raise ValueError("the run did not end")
    return {
        "posecheck": end["posecheck"],
        "seconds": end["seconds"],
        "files": [part for part in parts if part["type"] == "file"],
        "findings": [finding for part in parts for finding in part["findings"]],
        "skipped": [skipped for part in parts for skipped in part["skipped"]],
    }


def _report(document: Mapping[str, Any]) -> Report:
    findings: dict[str, list[Finding]] = {}
    for each in document["findings"]:
        findings.setdefault(each["file"], []).append(_finding(each))
    skipped: dict[str, list[Skipped]] = {}
    for each in document["skipped"]:
        skip = Skipped(*(_text(each[key]) for key in ("code", "file", "location", "reason")))
        skipped.setdefault(skip.file, []).append(skip)
    files = tuple(
        _file(each, findings.pop(each["path"], []), skipped.pop(each["path"], []))
        for each in document["files"]
    )
    # What is left was said over a whole dandiset.
    places = list(dict.fromkeys([*findings, *skipped]))
    dandisets = tuple(
        FileReport(
            path=place,
            status=FileStatus.CHECKED,
            findings=tuple(findings.get(place, ())),
            skipped=tuple(skipped.get(place, ())),
        )
        for place in places
    )
    return Report(
        version=str(document["posecheck"]),
        files=files,
        seconds=float(document["seconds"]),
        dandisets=dandisets,
    )


def _file(
    document: Mapping[str, Any], findings: Iterable[Finding], skipped: Iterable[Skipped]
) -> FileReport:
    return FileReport(
        path=_text(document["path"]),
        status=FileStatus(document["status"]),
        pose=PoseSummary(**document["pose"]),
        findings=tuple(findings),
        skipped=tuple(skipped),
        rules_run=int(document["rules_run"]),
        validators_run=tuple(document["validators_run"]),
        seconds=float(document["seconds"]),
    )


def _finding(document: Mapping[str, Any]) -> Finding:
    fix = document["fix"]
    return Finding(
        code=_text(document["code"]),
        name=_text(document["name"]),
        severity=Severity(document["severity"]),
        message=_text(document["message"]),
        file=_text(document["file"]),
        location=_text(document["location"]),
        remedy=_text(document["remedy"]),
        origin=Origin(*(_text(document["origin"][key]) for key in ("validator", "version"))),
        values={key: _value(value) for key, value in document["values"].items()},
        edits=tuple(_edits(fix["edits"])) if fix else (),
        fix=FixSafety(fix["safety"]) if fix else None,
        variant=_text(document["variant"]),
    )


def _edits(documents: Iterable[Mapping[str, Any]]) -> Iterator[Edit]:
    for document in documents:
        kind = _EDITS[document["edit"]]
        types = {field.name: field.type for field in dataclasses.fields(kind)}
        given = {name: _value(value) for name, value in document.items() if name != "edit"}
        # JSON has no NaN and no infinity: they are the words that Python reads.
        numbers = {
            name: float(str(value)) for name, value in given.items() if types[name] == "float"
        }
        yield kind(**{**given, **numbers})


def _text(value: Any) -> str:
    """Return a text that is one: a report may come from anybody.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _value(value: Any) -> Value:
    return tuple(map(_value, value)) if isinstance(value, list) else value
