"""A gate that checks nothing must not pass, and a hostile file must not turn it into our fault."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.recordings.written import STEM


@pytest.fixture
def copy(careful: Path, tmp_path: Path) -> Path:
    shutil.copytree(careful.with_name(STEM), tmp_path / STEM)
    shutil.copyfile(careful, tmp_path / "copy.nwb")
    return tmp_path / "copy.nwb"


def check(file: Path, *arguments: str) -> Outcome:
    return posecheck("validate", file.name, "--isolated", *arguments, cwd=file.parent)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "LAY"),
        ("--engine", "layout"),
        ("--select", "FIL006"),
        ("--select", "VID", "--engine", "schema"),
    ],
)
def test_checking_nothing_is_a_mistake(copy: Path, arguments: tuple[str, ...]) -> None:
    outcome = check(copy, *arguments)
    assert outcome.code == 2
    assert outcome.stderr.startswith("posecheck: ")
    assert "Traceback" not in outcome.stderr


def test_an_unreadable_file_fails_whatever_was_selected(tmp_path: Path) -> None:
    (tmp_path / "empty.nwb").touch()
    outcome = check(tmp_path / "empty.nwb", "--select", "NOD", "--output", "json")
    assert (outcome.code, outcome.codes()) == (1, {"FIL001"})
    assert check(tmp_path / "empty.nwb", "--ignore", "FIL").code == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, "zero", 0.5])
def test_a_starting_frame_that_is_no_number_is_a_finding(copy: Path, value: float | str) -> None:
    with h5py.File(copy, "r+") as file:
        video = next(iter(file["acquisition"].values()))
        video["external_file"].attrs["starting_frame"] = [value]
    outcome = check(copy, "--output", "json")
    assert outcome.code == 1
    assert "starting_frame" in outcome.message("FIL001")
    assert "internal-error" not in outcome.codes()


def test_a_reference_of_ten_megabytes_does_not_flood_the_report(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        video = next(iter(file["acquisition"].values()))
        video["external_file"][0] = "a" * 10_000_000
    outcome = check(copy, "--output", "json")
    assert "VID029" in outcome.codes()
    assert len(outcome.stdout) < 200_000


def test_what_is_malformed_is_not_said_to_be_absent(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        video = next(iter(file["acquisition"].values()))
        del video["external_file"]
        video["external_file"] = [1, 2]
    outcome = check(copy, "--output", "json")
    assert "FIL001" in outcome.codes()
    assert "VID009" not in outcome.codes()


def test_a_series_without_data_is_an_error(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        container = next(
            item
            for item in file["processing/behavior"].values()
            if item.attrs["neurodata_type"] == "PoseEstimation"
        )
        series = next(
            item
            for item in container.values()
            if item.attrs.get("neurodata_type") == "PoseEstimationSeries"
        )
        del series["data"]
    outcome = check(copy, "--output", "json")
    assert "NOD012" in outcome.codes("copy.nwb", "error")


def test_a_file_whose_values_no_selected_rule_needs_is_not_said_to_be_readable(copy: Path) -> None:
    """A damaged chunk shows where it is read; where it is not, the report says so."""
    with h5py.File(copy, "r+") as file:
        series = file["processing/behavior/PoseEstimation/nose"]
        values = series["data"][:]
        attributes = dict(series["data"].attrs)
        del series["data"]
        data = series.create_dataset("data", data=values, chunks=(20, 2), compression="gzip")
        data.attrs.update(attributes)
        data.id.write_direct_chunk((20, 0), b"no gzip")
    alone = check(copy, "--select", "FIL", "--output", "json")
    skipped = {skip["reason"] for skip in alone.report["skipped"] if skip["code"] == "FIL001"}
    assert (alone.code, alone.codes()) == (0, set())
    assert skipped == {"not all values of 8 arrays of pose or time were read"}
    whole = check(copy, "--output", "json")
    assert "FIL001" in whole.codes()
    assert "FIL001" not in {skip["code"] for skip in whole.report["skipped"]}
