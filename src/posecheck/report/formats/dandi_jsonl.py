"""A line of JSON for each finding, as ``dandi validate --load`` reads them.

The lines are `dandi.validate.ValidationResult`, record version 1. dandi knows only certain
validators by name: a finding of posecheck's own is filed under ``dandi``, its code begins with
``POSECHECK.``, and its metadata says who made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from posecheck.model.finding import Finding, Severity
from posecheck.model.report import FileReport
from posecheck.report.json_document import plain
from posecheck.report.reporter import StreamReporter

_VALIDATORS = {"nwbinspector": "nwbinspector", "pynwb": "pynwb", "dandi": "dandi"}
_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.HINT: "HINT"}


class DandiJsonlReporter(StreamReporter):
    """Writes a line for each finding."""

    def lines_of(self, block: FileReport, *, is_file: bool) -> Iterator[str]:
        """Yield a line for each finding."""
        for finding in block.active:
            yield json.dumps(plain(_result(finding)), allow_nan=False) + "\n"


def _result(finding: Finding) -> dict[str, Any]:
    theirs = _VALIDATORS.get(finding.origin.validator)
    message = finding.message if not finding.remedy else f"{finding.message} → {finding.remedy}"
    return {
        "record_version": "1",
        "id": finding.code if theirs else f"POSECHECK.{finding.code}",
        "origin": {
            "type": "VALIDATION",
            "validator": theirs or "dandi",
            "validator_version": finding.origin.version,
            "standard": "NWB",
        },
        "scope": "file",
        "severity": _SEVERITIES[finding.severity],
        "path": finding.file,
        "within_asset_paths": {finding.file: finding.location},
        "message": message,
        "metadata": {
            "validator": finding.origin.validator,
            "name": finding.name,
            "remedy": finding.remedy,
            "values": finding.values,
        },
    }
