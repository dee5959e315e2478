"""The table of measured speeds: it shows what was written, and a worse figure is called worse."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from benchmarks.results import (
    RESULTS,
    Bound,
    Measured,
    Row,
    read_results,
    remarks_on,
    write_results,
)
from tests.documentation.documents import CHECKOUT

ROW = Row(
    key="one",
    case="one file",
    against="dandi validate",
    figure=2.0,
    wanted=Bound(value=1.5),
    ours="1.0 s",
    theirs="2.0 s",
)
RUN = {
    "command": "python -m benchmarks",
    "day": "2026-01-01",
    "commit": "abc",
    "machine": "Linux",
    "versions": {"Python": "3.11"},
}


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    path = CHECKOUT / "docs" / "_extensions" / "speed_table.py"
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_table_has_a_line_for_each_row_and_says_how_it_was_measured(
    extension: ModuleType,
) -> None:
    written = json.loads(RESULTS.read_text(encoding="utf-8"))
    table = extension.table(written)
    for result in written:
        assert f"| {result['row']['case']} | {result['row']['ours']} |" in table
        assert result["run"]["command"] in table
        assert result["run"]["day"] in table


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = [Measured(row=ROW, run=RUN), Measured(row=replace(ROW, key="two"), run=RUN)]
    write_results(results, path)
    assert list(read_results(path).values()) == results
    assert read_results(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    ("figure", "is_most", "said"),
    [
        (2.0, False, []),
        (1.95, False, []),
        (1.8, False, ["worse than the last, 2.0 ×"]),
        (1.4, False, ["not as wanted (≥ 1.5 ×)", "worse than the last, 2.0 ×"]),
        (2.0, True, ["not as wanted (≤ 1.5 ×)"]),
        (2.2, True, ["not as wanted (≤ 1.5 ×)", "worse than the last, 2.0 ×"]),
        (1.0, True, []),
    ],
)
def test_a_figure_that_is_worse_is_called_so(figure: float, is_most: bool, said: list[str]) -> None:
    wanted = Bound(value=1.5, is_most=is_most)
    row = replace(ROW, figure=figure, wanted=wanted)
    assert list(remarks_on(row, Measured(row=ROW, run=RUN))) == said


def test_nothing_is_said_of_a_first_figure_that_is_as_wanted() -> None:
    assert remarks_on(ROW, None) == ()
