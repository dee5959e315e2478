"""What posecheck passes on and what the validators themselves say of files, as JSON on stdout.

Run as ``python -m tests.validators.sides ours|theirs FILE…``, in a process where no other test
has imported an extension of NWB. Files of ``ours`` are checked twice, the second time backwards.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import h5py
import nwbinspector
import pynwb

from posecheck.model.finding import Finding
from posecheck.validators.inspector_checks import Inspector
from posecheck.validators.schema_validation import SchemaValidator
from posecheck.validators.specification import foreign_namespaces


def ours(paths: list[Path]) -> dict[str, Any]:
    def as_json(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
        return [
            {
                "code": each.code,
                "severity": each.severity.value,
                "message": each.message,
                "location": each.location,
                "remedy": each.remedy,
                "values": dict(each.values),
            }
            for each in findings
        ]

    schema, inspector = SchemaValidator(), Inspector()
    said: dict[str, Any] = {"foreign": foreign_namespaces()}
    for path in paths:
        with path.open("rb") as stream, h5py.File(stream, "r") as handle:
            said[str(path)] = {
                "schema": as_json(schema.validate(handle, path.name, path)),
                "inspector": as_json(inspector.inspect(handle, path.name, path)),
            }
    for path in reversed(paths):
        with path.open("rb") as stream, h5py.File(stream, "r") as handle:
            again = {
                "inspector": as_json(inspector.inspect(handle, path.name, path)),
                "schema": as_json(schema.validate(handle, path.name, path)),
            }
        said[str(path)]["again"] = again
    return said


def theirs(paths: list[Path]) -> dict[str, Any]:
    config = nwbinspector.load_config("dandi")
    said: dict[str, Any] = {}
    for path in paths:
        schema: Any
        try:
            schema = [
                [type(each).__name__, each.name, each.reason, each.location]
                for each in pynwb.validate(path=str(path))
            ]
        except Exception:  # noqa: BLE001 - what it raises is what is compared
            schema = traceback.format_exc()
        inspector = [
            {
                "check": each.check_function_name,
                "importance": each.importance.name,
                "message": each.message,
                "location": each.location,
                "object": [each.object_type, each.object_name],
            }
            for each in nwbinspector.inspect_nwbfile(
                nwbfile_path=path, skip_validate=True, config=config
            )
        ]
        said[str(path)] = {"schema": schema, "inspector": inspector}
    return said


if __name__ == "__main__":
    check = {"ours": ours, "theirs": theirs}[sys.argv[1]]
    sys.stdout.write(json.dumps(check([Path(name) for name in sys.argv[2:]])))
