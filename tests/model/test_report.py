"""A report as plain values is the report: nothing is lost, and nothing is taken on trust."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.samples import file_report, finding, report, typical
from tests.report.strategies import BASELINES, CHANGES, CONFIGURATIONS, CONTENT, FILES, TEXT

from posecheck.model.report import Report

REPORTS = st.builds(
    Report,
    version=TEXT,
    files=st.lists(FILES, max_size=4).map(tuple),
    dandisets=st.lists(FILES, max_size=2).map(tuple),
    seconds=st.floats(0, 1e6),
    root=TEXT,
    configuration=CONFIGURATIONS,
    baseline=st.none() | BASELINES,
    changes=st.none() | CHANGES,
    content=st.none() | CONTENT,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(REPORTS)
def test_it_comes_back_as_it_was(finished: Report) -> None:
    assert Report.from_dict(finished.to_dict()) == finished


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(REPORTS)
def test_it_comes_back_from_json(finished: Report) -> None:
    assert Report.from_dict(json.loads(json.dumps(finished.to_dict()))) == finished


def without(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return {name: value for name, value in document.items() if name != key}


@pytest.mark.parametrize("key", ["posecheck", "root", "seconds", "files", "dandisets", "findings"])
def test_a_document_that_lacks_something_is_refused(key: str) -> None:
    with pytest.raises(KeyError, match=key):
        Report.from_dict(without(typical().to_dict(), key))


def test_findings_that_no_file_has_are_refused() -> None:
    document = report(file_report(finding())).to_dict()
    document["files"][0]["finding_count"] = 0
    with pytest.raises(ValueError, match="more findings"):
        Report.from_dict(document)


def test_numbers_stay_numbers() -> None:
    finished = report(file_report(finding(low=-math.inf, pair=(1, math.inf))))
    assert Report.from_dict(finished.to_dict()) == finished
