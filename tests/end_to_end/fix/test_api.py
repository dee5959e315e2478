"""Fixes from Python: the same plans and runs as the command's, as values and exceptions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.end_to_end.fix.faulty import copy_sessions, fix, unit_of
from tests.end_to_end.organize.dandisets import snapshot

import posecheck
from posecheck import ApplyError, FixPlan, UsageError

pytestmark = pytest.mark.slow


@pytest.fixture
def dandiset(recordings: list[Path]) -> Path:
    return recordings[0].parent.parent


def plan(dandiset: Path, **choices: object) -> FixPlan:
    return posecheck.plan_fix(dandiset, engines=["pose"], **choices)  # type: ignore[arg-type]


def test_a_plan_is_a_value_that_says_what_it_changes(dandiset: Path) -> None:
    before = snapshot(dandiset)
    made = plan(dandiset, unsafe_fixes=True)
    assert snapshot(dandiset) == before
    assert made == plan(dandiset, unsafe_fixes=True)
    assert made.fixes == 6
    assert made.codes == {"UNI001": 3, "CNF007": 3}
    assert made.root == str(dandiset)
    assert {len(file.changes) for file in made.files} == {2}
    assert not made.is_empty
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.root = "/"  # type: ignore[misc]
    assert plan(dandiset).available == (("CNF007", 3),)
    assert plan(dandiset, select="NOD").is_empty


def test_it_is_applied_undone_and_made_final(dandiset: Path, recordings: list[Path]) -> None:
    before = snapshot(dandiset)
    done = posecheck.apply(plan(dandiset))
    assert (done.files, done.findings, done.undone) == (3, 3, ())
    assert done.report is not None
    assert "UNI001" not in {finding.code for finding in done.report.findings}
    (run,) = posecheck.list_fix_runs(dandiset)
    assert run.run == done.run
    assert run.placed == run.files == 3
    undone = posecheck.undo_fix(dandiset)
    assert (undone.run, undone.files) == (done.run, 3)
    assert snapshot(dandiset) == before
    posecheck.apply(plan(dandiset, unsafe_fixes=True))
    would = posecheck.finalize_fix(dandiset, dry_run=True)
    assert posecheck.list_fix_runs(dandiset)
    final = posecheck.finalize_fix(dandiset)
    assert final.runs == would.runs == 1
    assert final.bytes == would.bytes > 0
    for go_on in (posecheck.undo_fix, posecheck.resume_fix, posecheck.list_fix_runs):
        with pytest.raises(UsageError):
            go_on(dandiset)
    assert {unit_of(path) for path in recordings} == {"pixels"}


def test_a_saved_plan_is_read_and_applied(
    dandiset: Path, recordings: list[Path], tmp_path: Path
) -> None:
    made = plan(dandiset, unsafe_fixes=True)
    posecheck.save_plan(made, tmp_path / "plan.json")
    read = posecheck.read_plan(tmp_path / "plan.json")
    assert read == made
    assert isinstance(read, FixPlan)
    assert posecheck.apply(read).findings == 6
    with pytest.raises(UsageError, match="changed since"):
        posecheck.apply(read)
    assert {unit_of(path) for path in recordings} == {"pixels"}


def test_the_command_and_python_go_on_with_each_others_runs(
    dandiset: Path, recordings: list[Path]
) -> None:
    posecheck.apply(plan(dandiset))
    assert fix("--undo", dandiset, cwd=dandiset).code == 0
    assert {unit_of(path) for path in recordings} == {"px"}
    assert fix(dandiset, "--yes", cwd=dandiset).code == 0
    assert posecheck.undo_fix(dandiset).files == 3
    assert {unit_of(path) for path in recordings} == {"px"}


def test_a_broken_off_run_is_resumed(dandiset: Path, recordings: list[Path]) -> None:
    posecheck.apply(plan(dandiset))
    (journal,) = dandiset.rglob("journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"done"' not in line))
    with pytest.raises(UsageError, match="resume_fix"):
        plan(dandiset)
    done = posecheck.resume_fix(dandiset)
    assert done.files == 3
    assert done.report is not None
    assert {unit_of(path) for path in recordings} == {"pixels"}


def test_interrupting_a_listener_loses_nothing(dandiset: Path) -> None:
    """An embedding program may raise in its progress listener, as a notebook's Stop does."""

    class Stopping(posecheck.ProgressListener):
        def advance(self, amount: int) -> None:
            raise KeyboardInterrupt

    before = snapshot(dandiset)
    made = plan(dandiset)
    with pytest.raises(KeyboardInterrupt):
        posecheck.apply(made, jobs=1, progress=Stopping())
    posecheck.undo_fix(dandiset)
    assert snapshot(dandiset) == before


def test_wrong_calls_are_usage_errors(dandiset: Path, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    with pytest.raises(UsageError):
        posecheck.plan_fix(tmp_path / "missing")
    with pytest.raises(UsageError):
        plan(dandiset, select="XYZ")
    with pytest.raises(UsageError, match="download"):
        posecheck.plan_fix("http://127.0.0.1:9/a.nwb")
    with pytest.raises(UsageError, match="nothing"):
        posecheck.apply(plan(dandiset, select="NOD"))
    with pytest.raises(UsageError, match="root"):
        posecheck.apply(dataclasses.replace(plan(dandiset), root=str(tmp_path / "gone")))
    assert snapshot(tmp_path) == before
    assert issubclass(ApplyError, posecheck.PosecheckError)


def test_the_current_folder_is_the_default(
    careful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_sessions(careful, tmp_path / "dandiset", 1)
    monkeypatch.chdir(tmp_path / "dandiset")
    assert posecheck.plan_fix(engines=["pose"]).is_empty
