"""What a person and a script get: the plan, exit codes, and nothing touched before a yes."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.end_to_end.fix.faulty import CONFIDENCE, UNIT, copy_sessions, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import organize, snapshot

import posecheck

pytestmark = pytest.mark.slow


def test_the_help_names_every_option(tmp_path: Path) -> None:
    outcome = fix("--help", cwd=tmp_path)
    assert outcome.code == 0
    for option in (
        "--unsafe-fixes",
        "--diff",
        "--interactive",
        "--dry-run",
        "--yes",
        "--from-plan",
    ):
        assert option in outcome.stdout


class TestPlan:
    def test_it_shows_each_place_before_and_after(self, recording: Path, tmp_path: Path) -> None:
        before = snapshot(tmp_path)
        outcome = fix("dandiset", "--dry-run", "--unsafe-fixes", cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        lines = outcome.stdout.splitlines()
        assert f"@@ {UNIT} attribute unit  (UNI001)" in lines
        assert lines[lines.index("-'px'") + 1] == "+'pixels'"
        assert f"@@ {CONFIDENCE}  (CNF007)" in lines
        assert "1 safe fix and 1 fix with an assumption in 1 of 1 file." in lines
        assert snapshot(tmp_path) == before

    def test_an_assumption_is_made_on_request_only(self, recording: Path, tmp_path: Path) -> None:
        outcome = fix("dandiset", "--dry-run", cwd=tmp_path)
        assert CONFIDENCE not in outcome.stdout
        assert "--unsafe-fixes" in outcome.stdout
        assert "CNF007" in outcome.stdout

    def test_json_is_the_plan(self, recording: Path, tmp_path: Path) -> None:
        outcome = fix("dandiset", "--dry-run", "--output", "json", cwd=tmp_path)
        assert outcome.code == 0
        (file,) = outcome.report["files"]
        assert file["source"] == str(recording)
        assert [each["code"] for each in file["fixes"]] == ["UNI001"]

    def test_it_is_read_back_as_it_was_made(
        self, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        made = posecheck.plan_fix("dandiset", unsafe_fixes=True, engines=["pose"])
        posecheck.save_plan(made, "plan.json")
        assert posecheck.read_plan("plan.json") == made
        printed = fix("dandiset", "-n", "--unsafe-fixes", "--output", "json", cwd=tmp_path)
        assert printed.stdout == Path("plan.json").read_text(encoding="utf-8")

    def test_many_changes_are_told_by_rule_and_diff_shows_all(
        self, faulty: Path, tmp_path: Path
    ) -> None:
        paths = copy_sessions(faulty, tmp_path / "dandiset", 45)
        short = fix("dandiset", "-n", cwd=tmp_path)
        assert "for example" in short.stdout
        assert "45 findings in 45 files" in flat(short.stdout)
        full = fix("dandiset", "-n", "--diff", cwd=tmp_path)
        assert full.stdout.count("-'px'") == len(paths)
        quiet = fix("dandiset", "-n", "--quiet", cwd=tmp_path)
        assert "px" not in quiet.stdout
        assert "45 safe fixes in 45 of 45 files." in quiet.stdout


class TestApply:
    def test_a_yes_fixes_and_checks_again(self, recording: Path, tmp_path: Path) -> None:
        with h5py.File(recording, "r") as file:
            percent = file[CONFIDENCE][...]
        outcome = fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert "2 findings fixed in 1 file" in outcome.stdout
        assert "Checked again: nothing is left." in outcome.stdout
        assert "posecheck fix --undo dandiset" in outcome.stdout
        assert unit_of(recording) == "pixels"
        with h5py.File(recording, "r") as file:
            assert np.allclose(file[CONFIDENCE][...], percent / 100)
            assert file[CONFIDENCE].dtype == percent.dtype

    def test_again_there_is_nothing_to_fix(self, recording: Path, tmp_path: Path) -> None:
        assert fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path).code == 0
        before = snapshot(tmp_path)
        outcome = fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path)
        assert outcome.code == 0
        assert "Nothing to fix in 1 file." in outcome.stdout
        assert snapshot(tmp_path) == before

    @pytest.mark.parametrize("way", [(), ("--quiet",), ("--output", "json")], ids=str)
    def test_without_a_terminal_and_a_yes_nothing_is_touched(
        self, recording: Path, tmp_path: Path, way: tuple[str, ...]
    ) -> None:
        before = snapshot(tmp_path)
        outcome = fix("dandiset", *way, cwd=tmp_path)
        assert outcome.code == 2
        assert "there is no terminal to ask on" in outcome.stderr
        assert snapshot(tmp_path) == before

    def test_a_diff_without_a_terminal_is_all(self, recording: Path, tmp_path: Path) -> None:
        before = snapshot(tmp_path)
        outcome = fix("dandiset", "--diff", cwd=tmp_path)
        assert outcome.code == 0
        assert "+'pixels'" in outcome.stdout
        assert snapshot(tmp_path) == before

    def test_a_diff_with_a_yes_is_made(self, recording: Path, tmp_path: Path) -> None:
        assert fix("dandiset", "--diff", "--yes", cwd=tmp_path).code == 0
        assert unit_of(recording) == "pixels"

    def test_json_alone_is_on_standard_output(self, recording: Path, tmp_path: Path) -> None:
        outcome = fix("dandiset", "--yes", "--output", "json", cwd=tmp_path)
        assert outcome.code == 0
        assert outcome.report["summary"]["fixes"] == 1
        assert "1 finding fixed" in outcome.stderr
        assert unit_of(recording) == "pixels"

    def test_a_file_and_a_folder_may_be_named(self, recordings: list[Path], tmp_path: Path) -> None:
        assert fix(recordings[1], "--yes", cwd=tmp_path).code == 0
        assert [unit_of(path) for path in recordings] == ["px", "pixels", "px"]
        assert fix(recordings[0].parent, "--yes", cwd=Path("/")).code == 0
        assert {unit_of(path) for path in recordings} == {"pixels"}

    def test_many_small_files_are_one_run(self, faulty: Path, tmp_path: Path) -> None:
        # Two full batches of 64, and a part of a third.
        paths = copy_sessions(faulty, tmp_path / "dandiset", 150)
        before = snapshot(tmp_path)
        outcome = fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path, seconds=600)
        assert outcome.code == 0, outcome.stderr
        assert "300 findings fixed in 150 files" in outcome.stdout
        assert {unit_of(path) for path in paths} == {"pixels"}
        (journal,) = tmp_path.rglob("journal.jsonl")
        placed = [json.loads(line) for line in journal.read_text().splitlines()]
        places = [
            one["item"] for line in placed if line["step"] == "place" for one in line["items"]
        ]
        assert sorted(places) == list(range(150))
        assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
        assert snapshot(tmp_path) == before


class TestNothingToDo:
    def test_a_folder_without_nwb_is_a_wrong_call(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        outcome = fix("empty", "--yes", cwd=tmp_path)
        assert outcome.code == 2
        assert "no *.nwb file" in outcome.stderr
        assert not (tmp_path / "empty" / ".posecheck").exists()

    def test_a_careful_recording_is_left_alone(self, careful: Path, tmp_path: Path) -> None:
        copy_sessions(careful, tmp_path / "dandiset", 1)
        before = snapshot(tmp_path)
        outcome = fix("dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path)
        assert outcome.code == 0
        assert "Nothing to fix" in outcome.stdout
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "dandiset" / ".posecheck").exists()

    def test_what_is_no_hdf5_file_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "a.nwb").write_bytes(b"this is no recording")
        before = snapshot(tmp_path)
        outcome = fix("a.nwb", "--yes", cwd=tmp_path)
        assert outcome.code == 0
        assert "1 finding is left" in flat(outcome.stdout)
        assert snapshot(tmp_path) == before

    @pytest.mark.parametrize(
        "address",
        ["http://127.0.0.1:9/a.nwb", "s3://bucket/a.nwb", "dandi://dandi/000000"],
    )
    def test_what_lies_elsewhere_is_not_fixed(self, tmp_path: Path, address: str) -> None:
        outcome = fix(address, "--yes", cwd=tmp_path)
        assert outcome.code == 2
        assert "download the recording first" in flat(outcome.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("dandiset", "--dry-run", "--yes"),
        ("dandiset", "--interactive", "--yes"),
        ("dandiset", "--quiet", "--verbose"),
        ("dandiset", "--trust-journal"),
        ("--undo", "--resume"),
        ("--undo", "--select", "UNI"),
        ("--status", "--dry-run"),
        ("--undo", "--diff"),
        ("--finalize", "dandiset", "dandiset"),
        ("dandiset", "--from-plan", "plan.json"),
        ("--from-plan", "plan.json", "--unsafe-fixes"),
        ("--from-plan", "plan.json", "--plan-file", "other.json"),
        ("dandiset", "--select", "XYZ123"),
        ("dandiset", "--output", "sarif"),
        ("missing",),
        ("--from-plan", "missing.json"),
        ("dandiset", "-n", "--plan-file", "no/such/folder/plan.json"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_touches_nothing(
    recording: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    before = snapshot(tmp_path)
    outcome = fix(*arguments, cwd=tmp_path)
    assert outcome.code == 2, outcome.stdout
    assert outcome.stderr.strip()
    assert snapshot(tmp_path) == before


class TestSavedPlans:
    def test_a_saved_plan_is_applied(self, recording: Path, tmp_path: Path) -> None:
        assert fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path).code == 0
        assert unit_of(recording) == "px"
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        outcome = fix("--from-plan", tmp_path / "plan.json", "--yes", cwd=elsewhere)
        assert outcome.code == 0, outcome.stderr
        assert unit_of(recording) == "pixels"

    def test_a_plan_file_is_never_overwritten(self, recording: Path, tmp_path: Path) -> None:
        (tmp_path / "plan.json").write_text("mine")
        outcome = fix("dandiset", "--yes", "--plan-file", "plan.json", cwd=tmp_path)
        assert outcome.code == 2
        assert (tmp_path / "plan.json").read_text() == "mine"
        assert unit_of(recording) == "px"

    def test_each_command_takes_its_own_plans(self, recording: Path, tmp_path: Path) -> None:
        assert fix("dandiset", "-n", "--plan-file", "fix.json", cwd=tmp_path).code == 0
        wrong = organize("--from-plan", "fix.json", "--yes", cwd=tmp_path)
        assert wrong.code == 2
        assert "posecheck fix" in flat(wrong.stderr)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "dandiset.yaml").write_text("identifier: DANDI:000001\nname: a\n")
        made = organize(
            *("dandiset", "-d", "other", "-n", "--plan-file", "organize.json"), cwd=tmp_path
        )
        assert made.code == 0, made.stderr
        before = snapshot(tmp_path)
        wrong = fix("--from-plan", "organize.json", "--yes", cwd=tmp_path)
        assert wrong.code == 2
        assert "posecheck organize" in flat(wrong.stderr)
        assert snapshot(tmp_path) == before
