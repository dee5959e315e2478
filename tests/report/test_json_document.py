"""The JSON format keeps to its schema, whatever the files are called and hold."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.samples import ORIGIN, file_report, finding, report, typical
from tests.report.strategies import FILES, TEXT

from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.finding import Finding, Severity
from posecheck.model.pose_probes import NotProbed, PoseProbes
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.model.values import Value
from posecheck.report.json_document import plain, to_json

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8")
)


def read(finished: Report) -> Any:
    """Parse as a strict reader would, and hold it against the schema."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    document = json.loads(to_json(finished), parse_constant=refuse)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_typical_report() -> None:
    document = read(typical())
    assert list(document) == [
        *(
            "posecheck",
            "root",
            "seconds",
            "configuration",
            "baseline",
            "changes",
            "content",
            "remembered",
            "summary",
        ),
        *("files", "dandisets", "findings", "skipped"),
    ]
    assert document["summary"] == {
        "files": 3,
        "errors": 14,
        "warnings": 1,
        "hints": 1,
        "suppressed": 0,
        "skipped": 2,
    }
    assert document["files"][2] == {
        "path": "sub-M02/sub-M02_ses-day1_behavior.nwb",
        "status": "unreadable",
        "pose": {
            "nwb_version": "2.9.0",
            "ndx_pose_version": "0.2.0",
            "containers": 1,
            "series": 12,
            "frames": 27960,
            "skeletons": 1,
            "videos": 1,
            "training_frames": 0,
        },
        "seconds": 0.21,
        "read_from": "",
        "rules_run": 104,
        "sampled": [],
        "validators_run": [],
        "ignored": {},
        "finding_count": 1,
        "skipped_count": 0,
    }
    assert document["findings"][2] == {
        "code": "CNF007",
        "name": "confidence-not-a-probability",
        "severity": "error",
        "message": "confidence spans 1.5 to 99.25, which looks like percent; "
        "ndx-pose scales it to 0 … 1",
        "file": "sub-M01/sub-M01_ses-day1_behavior+image.nwb",
        "location": "/processing/behavior/PoseEstimation/nose",
        "remedy": "Divide by 100 at export. Missing values may stay NaN.",
        "origin": {"validator": "posecheck", "version": "0.1.0"},
        "values": {"low": 1.5, "high": 99.25},
        "fix": None,
        "variant": "",
        "subject": "",
        "url": "",
        "fingerprint": "",
        "suppression": None,
    }
    assert document["skipped"][0] == {
        "code": "VID016",
        "file": "",
        "location": "/acquisition/front",
        "reason": "the video is not there",
    }


def test_what_a_dandiset_on_the_archive_holds() -> None:
    block = FileReport(path="dandi://dandi/000409@draft", status=FileStatus.CHECKED)
    probes = PoseProbes(not_probed=dict.fromkeys(set(NotProbed) - {NotProbed.EMBARGOED}, 1))
    for contents in (
        DandisetContents(ndx_pose_versions={"0.4.0": 1}, read=1),
        DandisetContents(pose_probes=probes),
        DandisetContents(pose_probes=PoseProbes(not_listed=NotProbed.EMBARGOED, failures=("a",))),
        None,
    ):
        document = read(replace(report(), dandisets=(replace(block, contents=contents),)))
        (held,) = document["dandisets"]
        assert held.get("contents") == (contents.to_dict() if contents is not None else None)


def test_an_empty_report() -> None:
    assert read(report())["files"] == []


@pytest.mark.parametrize("status", FileStatus)
def test_every_status_is_in_the_schema(status: FileStatus) -> None:
    assert read(report(file_report(status=status)))["files"][0]["status"] == status.value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (None, None),
        (True, True),
        (2**63, 2**63),
        (0.1, 0.1),
        ((1, ("a", math.nan)), [1, ["a", "NaN"]]),
        ("caf\udce9", r"caf\udce9"),
        (Severity.HINT, "hint"),
    ],
)
def test_what_json_cannot_hold_is_spelled_out(value: Value, written: Any) -> None:
    document = read(report(file_report(finding(stored=value))))
    assert document["findings"][0]["values"] == {"stored": written}


def test_the_text_is_harmless_on_any_terminal_and_in_any_encoding() -> None:
    text = to_json(report(file_report(finding(message="\x1b[2J\x9b1m\u202e鼻"), path="\udc80")))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    io.TextIOWrapper(io.BytesIO(), encoding="cp1252").write(text)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@pytest.mark.slow
@settings(deadline=None)  # drawing a whole report is slow where a machine is busy
@given(st.lists(FILES, max_size=4), st.dictionaries(TEXT, VALUES, max_size=4))
def test_any_report_is_strict_json_and_fits_the_schema(
    files: list[Any], values: dict[str, Value]
) -> None:
    last = Finding(
        code="VID002",
        name="external-file-missing",
        severity=Severity.ERROR,
        message="",
        file="",
        location="/",
        remedy="",
        origin=ORIGIN,
        values=values,
    )
    coded = [file for file in files if all(f.code for f in (*file.findings, *file.skipped))]
    document = read(report(*coded, file_report(last)))
    assert document["summary"]["files"] == len(coded) + 1
    assert len(document["findings"]) == sum(len(file.findings) for file in coded) + 1
    json.dumps(document, ensure_ascii=False).encode()


def test_dataclasses_become_objects() -> None:
    assert plain(ORIGIN) == {"validator": "posecheck", "version": "0.1.0"}
