"""``posecheck validate`` on written files: the careful, the planted, the old, one fault each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import jsonschema
import pynwb
import pytest
from tests.end_to_end.command import Outcome, posecheck, validate
from tests.recordings.defects import DEFECTS, HARMLESS, Defect, plant
from tests.recordings.legacy import (
    write_flat_edges,
    write_nodes_on_container,
    write_two_devices,
)
from tests.recordings.planted import FINDINGS, write_planted
from tests.recordings.written import write_recording

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.mark.parametrize("clock", ["rate", "timestamps"])
def test_careful_recording_gives_nothing_at_all(
    tmp_path: Path, clock: Literal["rate", "timestamps"]
) -> None:
    outcome = validate(write_recording(tmp_path, clock=clock))
    assert outcome.report["findings"] == []
    assert outcome.code == 0
    assert outcome.stderr == ""


def test_careful_recording_is_said_to_be_clean(careful: Path) -> None:
    outcome = posecheck("validate", careful, "--isolated", cwd=careful.parent)
    assert outcome.code == 0
    assert "1 file" in outcome.stdout
    assert "error" not in outcome.stdout


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_planted(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def checked_planted(planted: Path) -> Outcome:
    return validate(planted)


class TestPlanted:
    """The file that every validator passes."""

    @pytest.mark.slow
    def test_schema_validator_passes_it(self, planted: Path) -> None:
        assert pynwb.validate(path=str(planted)) == []

    @pytest.mark.parametrize("code", FINDINGS)
    def test_planted_fault_is_found(self, checked_planted: Outcome, code: str) -> None:
        assert code in checked_planted.codes()

    def test_nothing_else_is_an_error(self, checked_planted: Outcome) -> None:
        assert checked_planted.codes("", "error") <= set(FINDINGS)
        assert checked_planted.code == 1

    def test_messages_name_what_was_detected(self, checked_planted: Outcome) -> None:
        assert "left_ear" in checked_planted.message("NOD003")
        assert "9" in checked_planted.message("NOD004")
        assert "whisker" in checked_planted.message("NOD002") or any(
            finding["location"].endswith("whisker")
            for finding in checked_planted.report["findings"]
            if finding["code"] == "NOD002"
        )
        assert "tail_base" in checked_planted.message("NOD001")
        assert "7" in checked_planted.message("CNF007")
        assert "unknown" in checked_planted.message("REF001")


@pytest.fixture(scope="module")
def checked_defects(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("defects")
    for defect in (*DEFECTS, *HARMLESS):
        plant(careful, folder / defect.id, defect)
    return validate(".", cwd=folder)


class TestDefects:
    """Each fault in a dandiset of its own, all checked in one run."""

    @pytest.mark.slow
    @pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.id)
    def test_defect_is_found_and_is_the_only_error(
        self, checked_defects: Outcome, defect: Defect
    ) -> None:
        findings = _of(checked_defects, defect)
        assert (defect.code, defect.severity) in {(f["code"], f["severity"]) for f in findings}
        errors = {f["code"] for f in findings if f["severity"] == "error"}
        assert errors == ({defect.code} if defect.severity == "error" else set())

    @pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.id)
    def test_harmless_change_gives_no_error(self, checked_defects: Outcome, change: Defect) -> None:
        assert [f for f in _of(checked_defects, change) if f["severity"] == "error"] == []

    def test_report_follows_its_schema(self, checked_defects: Outcome) -> None:
        jsonschema.validate(checked_defects.report, json.loads(SCHEMA.read_text(encoding="utf-8")))

    def test_every_finding_says_what_where_and_the_remedy(self, checked_defects: Outcome) -> None:
        for finding in checked_defects.report["findings"]:
            assert finding["message"]
            assert finding["location"].startswith("/")
            assert finding["remedy"]


class TestLegacy:
    """What ndx-pose 0.1 to 0.3 wrote is read, and its pose checked."""

    def test_nodes_on_the_container_are_checked(self, careful: Path, tmp_path: Path) -> None:
        path = write_nodes_on_container(careful, tmp_path / "dandiset")
        outcome = validate(path)
        assert outcome.codes("", "error") == {"NOD001", "NOD004"}
        assert "tail_base" in outcome.message("NOD001")
        assert "FIL005" in outcome.codes("", "hint")

    def test_two_linked_devices_do_not_hide_the_pose(self, careful: Path, tmp_path: Path) -> None:
        path = write_two_devices(careful, tmp_path / "dandiset")
        outcome = validate(path, "--select", "FIL,VID,UNI,REF,NOD,CNF,TIM")
        assert outcome.codes("", "error") == {"CNF007"}

    def test_flat_edges_are_said_and_do_not_hide_the_pose(
        self, careful: Path, tmp_path: Path
    ) -> None:
        path = write_flat_edges(careful, tmp_path / "dandiset")
        assert validate(path).codes("", "error") == {"FIL012", "CNF007"}


def _of(outcome: Outcome, defect: Defect) -> list[dict[str, object]]:
    return [
        finding
        for finding in outcome.report["findings"]
        if finding["file"].split("/")[0] == defect.id
    ]
