"""posecheck's rules as checks of NWB Inspector.

They run with ``nwbinspector --modules posecheck.nwbinspector PATH``.

The import of this module registers a check for each rule about one file, and for each severity that
the rule can have, since NWB Inspector gives all messages of a check one importance. The first check
that NWB Inspector runs on a file has posecheck check the file from the disk, in a worker process;
the other checks of the file pass on what that run found.

A message of NWB Inspector's own decorator names the object that it was called with. Here that is
always the whole file, so the checks are appended to the public list ``available_checks`` directly.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nwbinspector import Importance, InspectorMessage, available_checks
from pynwb import NWBFile

from posecheck.api import list_rules, validate
from posecheck.model.errors import PosecheckError
from posecheck.model.finding import INTERNAL_ERROR, WHOLE_FILE, Finding, Severity
from posecheck.model.rule import Rule, Scope
from posecheck.report.escapes import escape
from posecheck.validators.registry import POSE

IMPORTANCE = {
    Severity.ERROR: Importance.CRITICAL,
    Severity.WARNING: Importance.BEST_PRACTICE_VIOLATION,
    Severity.HINT: Importance.BEST_PRACTICE_SUGGESTION,
}
"""What NWB Inspector calls each severity."""

COMPLETED = "check_posecheck_completed"
"""The check that says why posecheck did not check a file."""

_Key = tuple[str, Severity]
_Check = Callable[[NWBFile], Any]


@dataclass(frozen=True, slots=True)
class _Result:
    """What posecheck's run on one file came to."""

    findings: dict[_Key, list[Finding]]
    obstacle: str = ""
    is_failure: bool = False


_results: weakref.WeakKeyDictionary[NWBFile, _Result] = weakref.WeakKeyDictionary()
"""One run for each file that is open."""


def check_name(rule: Rule, severity: Severity) -> str:
    """Return the name by which NWB Inspector selects, ignores and configures a check.

    Parameters
    ----------
    rule
        A rule of the catalogue.
    severity
        One of those that the rule can have.

    Returns
    -------
    str
        Such as ``check_vid002_external_file_missing``. Where the severity is not the rule's usual
        one, it is appended: ``check_vid002_external_file_missing_hint``.
    """
    suffix = "" if severity is rule.severity else f"_{severity.value}"
    return f"check_{rule.code.lower()}_{rule.name.replace('-', '_')}{suffix}"


def _severities(rule: Rule) -> frozenset[Severity]:
    others = {variant.severity for variant in rule.variants.values()}
    return frozenset({rule.severity, *others, rule.severity_outside or rule.severity})


def _result_of(nwbfile: NWBFile) -> _Result:
    result = _results.get(nwbfile)
    if result is None:
        result = _results[nwbfile] = _check(nwbfile)
    return result


def _check(nwbfile: NWBFile) -> _Result:
    source = nwbfile.container_source
    if not source or not Path(source).exists():
        where = escape(source) if source else "what was not written to a file yet"
        return _Result({}, f"posecheck checks files on this machine, and did not check {where}.")
    try:
        (report,) = validate(source, engines=(POSE,), jobs=1).files
    except PosecheckError as error:
        return _Result({}, f"posecheck did not check this file: {escape(str(error))}", True)
    internal = [each.message for each in report.findings if each.code == INTERNAL_ERROR]
    findings: dict[_Key, list[Finding]] = {}
    for finding in report.findings:
        if finding.code != INTERNAL_ERROR:
            findings.setdefault(_key_of(finding), []).append(finding)
    obstacle = f"posecheck itself failed: {escape(internal[0])}" if internal else ""
    return _Result(findings, obstacle, is_failure=bool(internal))


def _key_of(finding: Finding) -> _Key:
    """Return which check reports a finding; one of the rule where a configuration changed it."""
    severities = _SEVERITIES[finding.code]
    known = finding.severity in severities
    return finding.code, finding.severity if known else min(severities, key=lambda each: each.rank)


def _messages(name: str, nwbfile: NWBFile, findings: list[Finding]) -> Iterator[InspectorMessage]:
    objects = _objects_by_path(nwbfile)
    for finding in findings:
        found = objects[_nearest_path(finding.location, objects)]
        yield InspectorMessage(
            message=_text_of(finding),
            check_function_name=name,
            object_type=type(found).__name__,
            object_name=found.name,
            location=escape(finding.location),
        )


def _text_of(finding: Finding) -> str:
    sentences = [" ".join(text.split()) for text in (finding.message, finding.remedy) if text]
    ended = [text if text.endswith(".") else f"{text}." for text in sentences]
    return escape(" ".join([*ended, f"See: posecheck explain {finding.code}"]))


def _objects_by_path(nwbfile: NWBFile) -> dict[str, Any]:
    """Return the objects of a file by their paths in it, as posecheck writes them."""
    manager = nwbfile.read_io.manager
    paths = ((manager.get_builder(each).path, each) for each in nwbfile.objects.values())
    return {WHOLE_FILE: nwbfile} | {
        f"/{path.partition('/')[2]}": each for path, each in paths if each is not nwbfile
    }


def _nearest_path(location: str, objects: dict[str, Any]) -> str:
    """Return the path of the object that is meant, or that holds what is meant."""
    while location not in objects:
        location = location.rpartition("/")[0] or WHOLE_FILE
    return location


def _check_of(rule: Rule, severity: Severity) -> _Check:
    key, name = (rule.code, severity), check_name(rule, severity)

    def check(nwbfile: NWBFile) -> list[InspectorMessage]:
        findings = _result_of(nwbfile).findings.get(key)
        return list(_messages(name, nwbfile, findings)) if findings else []

    check.__doc__ = rule.what
    return check


def _check_completion(nwbfile: NWBFile) -> InspectorMessage | None:
    """Say why posecheck did not check a file, if it did not."""
    result = _result_of(nwbfile)
    if not result.obstacle:
        return None
    return InspectorMessage(
        message=result.obstacle,
        importance=Importance.ERROR if result.is_failure else IMPORTANCE[Severity.HINT],
        check_function_name=COMPLETED,
        object_type=type(nwbfile).__name__,
        object_name=nwbfile.name,
        location=WHOLE_FILE,
    )


def _register(name: str, severity: Severity, function: _Check) -> None:
    @functools.wraps(function)  # NWB Inspector copies what a check wraps, too
    def check(nwbfile: NWBFile) -> Any:
        return function(nwbfile)

    check.__name__ = check.__qualname__ = name
    vars(check).update(
        importance=IMPORTANCE[severity],
        neurodata_type=NWBFile,
        nwb_schema_version_lt=None,
        nwb_schema_version_gt=None,
    )
    globals()[name] = check  # worker processes of NWB Inspector find the check by its name
    available_checks.append(check)


_RULES = tuple(rule for rule in list_rules() if set(rule.scopes) - {Scope.DANDISET, Scope.ASSET})
_SEVERITIES = {rule.code: _severities(rule) for rule in _RULES}

for _rule in _RULES:
    for _severity in sorted(_SEVERITIES[_rule.code]):
        _register(check_name(_rule, _severity), _severity, _check_of(_rule, _severity))
_register(COMPLETED, Severity.HINT, _check_completion)
