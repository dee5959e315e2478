"""The JSON Schema of ``posecheck.toml``, with which editors complete and check it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from posecheck.config.schema import DEFAULT, REQUIRED_VERSION
from posecheck.execution.limits import LEAST_SECONDS, MOST_FILE_MEMORY, MOST_SECONDS
from posecheck.model.finding import NEVER, Severity
from posecheck.model.rule import Parameter, Rule
from posecheck.model.video_file import Decode
from posecheck.validators.registry import engine_names

_SEVERITIES = [severity.value for severity in Severity]
_THRESHOLDS = [*_SEVERITIES, NEVER]
_SECONDS = {"type": "number", "minimum": LEAST_SECONDS, "maximum": MOST_SECONDS}


def json_schema(rules: Sequence[Rule]) -> dict[str, Any]:
    """Return the schema.

    Parameters
    ----------
    rules
        All rules: their codes and parameters are part of it.

    Returns
    -------
    dict
        A document of JSON Schema, draft 7, which the editors' extensions for TOML understand.
    """
    terms = {
        "type": "object",
        "additionalProperties": False,
        "required": ["reason"],
        "properties": {
            "reason": {"type": "string", "minLength": 1},
            "expires": {
                "description": "A date without quotes: from that day on it ignores nothing.",
                "type": "string",
                "format": "date",
            },
        },
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:posecheck:configuration",
        "title": "posecheck.toml",
        "description": "The configuration of posecheck; in pyproject.toml, [tool.posecheck].",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            REQUIRED_VERSION: _described("The versions that may read this: '>=0.1,<1'.", "string"),
            "select": _described("The rules to run.", ref="selectors"),
            "extend-select": _described("Rules to run as well.", ref="selectors"),
            "ignore": _described("What is not reported.", ref="ignores"),
            "per-file-ignores": {
                "description": "What is not reported of files that match a glob.",
                "type": "object",
                "additionalProperties": {"$ref": "#/definitions/ignores"},
            },
            "severity": {
                "description": "The severity of rules, in place of their own.",
                "type": "object",
                "propertyNames": {"$ref": "#/definitions/selector"},
                "additionalProperties": {"enum": _SEVERITIES},
            },
            "fail-on": {
                "description": "The least severity that fails a run.",
                "anyOf": [
                    {"enum": _THRESHOLDS},
                    {
                        "type": "object",
                        "propertyNames": {
                            "anyOf": [{"const": DEFAULT}, {"$ref": "#/definitions/selector"}]
                        },
                        "additionalProperties": {"enum": _THRESHOLDS},
                    },
                ],
            },
            "file-timeout": {"description": "Seconds for one file.", **_SECONDS},
            "validator-timeout": {
                "description": "Of these, seconds for each other validator.",
                **_SECONDS,
            },
            "file-memory": {
                "description": "Memory for one file, on Linux.",
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": MOST_FILE_MEMORY},
                    {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)? ?([KMGT]i?)?B?\s*$"},
                ],
            },
            "jobs": {"description": "Files at a time.", "type": "integer", "minimum": 1},
            "engines": {
                "description": "Which validators run.",
                "type": "array",
                "minItems": 1,
                "items": {"enum": list(engine_names())},
            },
            "inspector-config": _described(
                "NWB Inspector's configuration: dandi, or a YAML file in the folder of this file.",
                "string",
                minLength=1,
            ),
            "decode": {
                "description": "How far to look into videos.",
                "enum": [decode.value for decode in Decode],
            },
            "video-timeout": {"description": "Seconds for one video.", **_SECONDS},
            "baseline": _described(
                "The file of the known findings, in the folder of this file.",
                "string",
                minLength=1,
            ),
            "rules": {
                "description": "The parameters of rules.",
                "type": "object",
                "additionalProperties": False,
                "properties": {rule.code: _parameters(rule) for rule in rules if rule.parameters},
            },
        },
        "definitions": {
            "selector": {
                "description": "A code, a prefix, a name, ALL, or a code of another validator.",
                "type": "string",
                "pattern": "^[A-Za-z][A-Za-z0-9._-]*$",
            },
            "selectors": {"type": "array", "items": {"$ref": "#/definitions/selector"}},
            "ignores": {
                "anyOf": [
                    {"$ref": "#/definitions/selectors"},
                    {
                        "type": "object",
                        "propertyNames": {"$ref": "#/definitions/selector"},
                        "additionalProperties": {
                            "anyOf": [{"type": "string", "minLength": 1}, terms]
                        },
                    },
                ]
            },
        },
    }


def _described(what: str, kind: str = "", *, ref: str = "", **more: Any) -> dict[str, Any]:
    # Beside a reference, draft 7 reads nothing else.
    if ref:
        return {"description": what, "allOf": [{"$ref": f"#/definitions/{ref}"}]}
    return {"description": what, "type": kind, **more}


def _parameters(rule: Rule) -> dict[str, Any]:
    return {
        "description": f"{rule.name}: {rule.what}",
        "type": "object",
        "additionalProperties": False,
        "properties": {each.name: _parameter(each) for each in rule.parameters},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = parameter.default
    described: dict[str, Any] = {"description": parameter.what}
    if isinstance(default, bool):
        return described | {"type": "boolean", "default": default}
    if isinstance(default, int | float):
        return described | {"type": "number", "default": default}
    if isinstance(default, str):
        return described | {"type": "string", "default": default}
    are_numbers = isinstance(default, tuple) and default and not isinstance(default[0], str)
    listed = {"type": "array", "items": {"type": "number" if are_numbers else "string"}}
    return described | listed | ({"default": list(default)} if isinstance(default, tuple) else {})
