"""What pynwb, NWB Inspector and dandi say, in the same run and in the same form."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import h5py
import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.recordings.hostile import leading_outside, write_hostile
from tests.recordings.written import STEM

pytestmark = pytest.mark.slow

JSON = ("--isolated", "--output", "json")
ALL = ("--engine", "pose", "--engine", "schema", "--engine", "inspector", "--engine", "layout")


def validate(folder: Path, *arguments: str) -> Outcome:
    return posecheck("validate", ".", *JSON, *arguments, cwd=folder)


@pytest.fixture(scope="module")
def folder(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One careful recording, one that only the schema faults, one with defects that many see."""
    folder = tmp_path_factory.mktemp("engines")
    shutil.copytree(careful.with_name(STEM), folder / STEM)
    shutil.copyfile(careful, folder / "careful.nwb")
    shutil.copyfile(careful, folder / "schema.nwb")
    with h5py.File(folder / "schema.nwb", "r+") as file:
        del file["identifier"]
    shutil.copyfile(careful, folder / "many.nwb")
    with h5py.File(folder / "many.nwb", "r+") as file:
        video = next(iter(file["acquisition"].values()))
        video["external_file"][0] = "gone.mp4"
        del file["general/subject"]
    outside = next(trap for trap in leading_outside(folder / "other.h5") if "link" in trap.id)
    write_hostile(careful, folder / "outside.nwb", outside)
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return validate(folder, *ALL)


def origins(outcome: Outcome, file: str) -> set[tuple[str, str]]:
    return {
        (finding["origin"]["validator"], finding["code"])
        for finding in outcome.report["findings"]
        if finding["file"] == file
    }


def skips(outcome: Outcome, file: str) -> dict[str, Any]:
    return {
        skip["code"]: skip["reason"] for skip in outcome.report["skipped"] if skip["file"] == file
    }


def test_a_careful_recording_gives_nothing_from_anyone(outcome: Outcome) -> None:
    assert origins(outcome, "careful.nwb") == set()


def test_what_pynwb_cannot_read_is_reported_once_with_what_is_missing(outcome: Outcome) -> None:
    reported = [each for each in outcome.report["findings"] if each["file"] == "schema.nwb"]
    assert [each["code"] for each in reported] == ["FIL006"]
    assert "NWBFile" in reported[0]["message"]
    assert "missing argument 'identifier'" in reported[0]["message"]


def test_the_schema_is_pynwbs_to_validate(folder: Path) -> None:
    found = origins(validate(folder, *ALL, "--ignore", "FIL006"), "schema.nwb")
    assert ("pynwb", "pynwb.MissingError") in found
    assert "FIL006" not in {code for _, code in found}


def test_a_defect_that_two_see_is_reported_once(outcome: Outcome) -> None:
    found = origins(outcome, "many.nwb")
    assert ("posecheck", "VID002") in found
    assert ("nwbinspector", "NWBI.check_subject_exists") in found
    assert "NWBI.check_image_series_external_file_valid" not in {code for _, code in found}


def test_without_the_rule_the_other_validator_is_reported(folder: Path) -> None:
    outcome = validate(folder, "--engine", "inspector")
    codes = {code for _, code in origins(outcome, "many.nwb")}
    assert "NWBI.check_image_series_external_file_valid" in codes
    assert not any(code.startswith("VID") for code in codes)


def test_a_file_that_leads_elsewhere_is_not_handed_to_pynwb(outcome: Outcome) -> None:
    assert ("posecheck", "FIL008") in origins(outcome, "outside.nwb")
    skipped = skips(outcome, "outside.nwb")
    assert "FIL008" in skipped["schema"]
    assert "FIL008" in skipped["inspector"]


def test_other_validators_can_be_ignored_by_code_and_by_validator(folder: Path) -> None:
    # Without FIL006, pynwb would report schema.nwb.
    ignored = ("--ignore", "FIL006,NWBI.check_subject_exists,pynwb")
    outcome = validate(folder, *ALL, *ignored)
    found = origins(outcome, "many.nwb") | origins(outcome, "schema.nwb")
    assert "NWBI.check_subject_exists" not in {code for _, code in found}
    assert "pynwb" not in {validator for validator, _ in found}


def test_who_selects_rules_gets_those_rules(folder: Path) -> None:
    outcome = posecheck("validate", ".", *JSON, "--select", "VID", "--engine", "pose", cwd=folder)
    assert {validator for validator, _ in origins(outcome, "many.nwb")} == {"posecheck"}


def test_the_layout_is_asked_inside_a_dandiset_alone(careful: Path, tmp_path: Path) -> None:
    (tmp_path / "dandiset.yaml").write_text("identifier: DANDI:000999\n")
    shutil.copytree(careful.with_name(STEM), tmp_path / STEM)
    shutil.copyfile(careful, tmp_path / "misnamed.nwb")
    theirs = validate(tmp_path, "--engine", "layout")
    assert ("dandi", "DANDI.NON_DANDI_FILENAME") in origins(theirs, "misnamed.nwb")
    both = validate(tmp_path, "--engine", "layout", "--engine", "pose")
    assert {"LAY001", "LAY002"} <= {code for _, code in origins(both, "misnamed.nwb")}
    assert "dandi" not in {validator for validator, _ in origins(both, "misnamed.nwb")}
    (tmp_path / "dandiset.yaml").unlink()
    assert origins(validate(tmp_path, "--engine", "layout"), "misnamed.nwb") == set()


def test_an_inspector_configuration_that_is_not_there_is_a_mistake(folder: Path) -> None:
    outcome = validate(folder, "--engine", "inspector", "--inspector-config", "nobody.yaml")
    assert outcome.code == 2
    assert "nobody.yaml" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_engine_that_does_not_exist_is_a_mistake(folder: Path) -> None:
    outcome = validate(folder, "--engine", "poses")
    assert outcome.code == 2
    assert "poses" in outcome.stderr
