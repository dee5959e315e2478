"""A report that was saved and read again is the same report."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.samples import file_report, finding, report, typical
from tests.report.strategies import FILES

from posecheck.model.edit import Clip, FixSafety, MarkMissing, ReorderColumns, SetAttribute
from posecheck.model.errors import UsageError
from posecheck.model.report import Report
from posecheck.report.formats import render
from posecheck.report.reporter import Context
from posecheck.report.saved_reports import load_reports

REPORTS = st.lists(FILES, min_size=1, max_size=4, unique_by=lambda file: file.path).map(
    lambda files: Report(
        version="1.2.3",
        seconds=1.5,
        files=tuple(
            dataclasses.replace(
                file,
                findings=tuple(dataclasses.replace(f, file=file.path) for f in file.findings),
                skipped=tuple(dataclasses.replace(s, file=file.path) for s in file.skipped),
            )
            for file in files
        ),
    )
)
FORMS = ("json", "json-lines")


def is_text(finished: Report) -> bool:
    """Whether no name holds a byte that is no text, which JSON spells out."""
    try:
        repr(dataclasses.asdict(finished)).encode()
        render("concise", finished, Context()).encode()
        str([(f.file, f.message, f.remedy, f.code) for f in finished.findings]).encode()
    except UnicodeEncodeError:
        return False
    return "\\ud" not in repr(dataclasses.asdict(finished))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(REPORTS.filter(is_text), st.sampled_from(FORMS))
def test_it_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, finished: Report, form: str
) -> None:
    path = tmp_path_factory.mktemp("saved") / "report.json"
    path.write_text(render(form, finished, Context()))
    assert load_reports([path]) == finished


@pytest.mark.parametrize("form", FORMS)
def test_fixes_come_back(tmp_path: Path, form: str) -> None:
    edits = (
        SetAttribute("/p/nose/data", "unit", ("a", 1.5, ("b",)), "f8"),
        Clip("/p/nose/confidence", 0.0, 1.0),
        ReorderColumns("/p/nose/data", (1, 0)),
        MarkMissing("/p/nose/data", math.inf),
    )
    fixed = dataclasses.replace(
        finding(), edits=edits, fix=FixSafety.UNSAFE, variant="odd", values={"nodes": ("a", "b")}
    )
    finished = report(file_report(fixed, path=fixed.file))
    path = tmp_path / "report.json"
    path.write_text(render(form, finished, Context()))
    assert load_reports([path]) == finished


def test_several_become_one(tmp_path: Path) -> None:
    for name, form in (("a", "json"), ("b", "json-lines")):
        (tmp_path / name).write_text(render(form, typical(), Context()))
    both = load_reports([tmp_path / "a", tmp_path / "b"])
    assert len(both.files) == 2 * len(typical().files)
    assert both.findings == 2 * typical().findings
    assert both.seconds == 2 * typical().seconds
    assert both.version == typical().version


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"posecheck": 1}',
        b"\xff\xfe",
        b'{"type": "file"}\n',
        json.dumps({"type": "summary"}).encode(),
        render("json", typical(), Context()).encode()[:2000],
        render("json-lines", typical(), Context()).rpartition('{"type"')[0].encode(),
        b"[" * 100_000,
    ],
)
def test_what_is_no_report_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"other\.json (is no report|cannot be read)"):
        load_reports([path])


@pytest.mark.parametrize(
    "key", ["code", "name", "message", "file", "location", "remedy", "variant", "origin"]
)
@pytest.mark.parametrize("value", [5, None, ["x"], {"validator": 5, "version": "1"}])
def test_a_finding_that_was_tampered_with_is_no_fault_of_posecheck(
    tmp_path: Path, key: str, value: object
) -> None:
    document = json.loads(render("json", typical(), Context()))
    document["findings"][0][key] = value
    path = tmp_path / "other.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="is no report"):
        load_reports([path])


def test_what_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_reports([tmp_path / "absent.json"])
