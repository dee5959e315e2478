"""A program that embeds posecheck plans, looks, applies and takes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import assert_all_resolve, recordings, snapshot
from tests.organize.apply.planned import Recorder

import posecheck

pytestmark = pytest.mark.slow


def test_a_plan_is_a_value_and_applying_it_can_be_taken_back(single: Path) -> None:
    before = snapshot(single)
    dandiset = single / "dandiset"
    recorder = Recorder()
    plan = posecheck.plan_organize(single / "raw", dandiset=dandiset, videos="copy")
    assert isinstance(plan, posecheck.OrganizePlan)
    assert not plan.is_blocked
    assert snapshot(single) == before
    applied = posecheck.apply(plan, progress=recorder)
    assert (applied.recordings, applied.media) == (1, 1)
    assert recorder.done[-1] == recorder.total > 0
    assert len(recordings(dandiset)) == 1
    assert_all_resolve(dandiset)
    undone = posecheck.undo_organize(dandiset)
    assert (undone.recordings, undone.media) == (1, 1)
    assert snapshot(single) == before


def test_a_plan_with_a_conflict_is_not_applied(single: Path) -> None:
    (single / "raw" / "videos" / "top1.mp4").unlink()
    before = snapshot(single)
    plan = posecheck.plan_organize(single / "raw", dandiset=single / "dandiset")
    assert [conflict.kind for conflict in plan.conflicts] == [posecheck.ConflictKind.MISSING_VIDEO]
    with pytest.raises(posecheck.UsageError):
        posecheck.apply(plan)
    assert snapshot(single) == before


def test_outside_a_dandiset_there_is_nothing_to_take_back(tmp_path: Path) -> None:
    with pytest.raises(posecheck.UsageError, match="is not in a dandiset"):
        posecheck.undo_organize(tmp_path)


def test_a_plan_is_saved_read_and_applied(single: Path) -> None:
    plan = posecheck.plan_organize(single / "raw", dandiset=single / "dandiset", videos="copy")
    posecheck.save_plan(plan, single / "plan.json")
    assert posecheck.read_plan(single / "plan.json") == plan
    with pytest.raises(posecheck.UsageError, match=r"plan\.json cannot be written: File exists"):
        posecheck.save_plan(plan, single / "plan.json")
    read = posecheck.read_plan(single / "plan.json")
    assert isinstance(read, posecheck.OrganizePlan)
    applied = posecheck.apply(read)
    assert (applied.recordings, applied.media) == (1, 1)


def test_what_is_no_plan_is_refused_with_its_path(single: Path) -> None:
    (single / "plan.json").write_text("{")
    with pytest.raises(posecheck.UsageError, match=r"plan\.json: it is no JSON document"):
        posecheck.read_plan(single / "plan.json")
    with pytest.raises(posecheck.UsageError, match="gone cannot be read: No such file"):
        posecheck.read_plan(single / "gone")
