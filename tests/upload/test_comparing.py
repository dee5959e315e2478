"""What becomes of a file that the archive holds already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.upload.values import NOON, NWB, VIDEO, digests, local, planned, remote

from posecheck.upload.plan.comparing import (
    compare,
    find_gone,
    needs_digest,
    refuse_existing,
    refuse_stale_media,
)
from posecheck.upload.plan.values import Action, Existing

HOUR = timedelta(hours=1)
REFRESH = Existing.REFRESH


def test_what_is_not_there_is_new() -> None:
    assert compare(local(), None, None, Existing.ERROR).action is Action.NEW


@pytest.mark.parametrize("existing", Existing)
def test_equal_bytes_are_the_same_whatever_the_time_says(existing: Existing) -> None:
    older = remote(modified=NOON - HOUR)
    assert compare(local(), older, digests(), existing).action is Action.SAME


@pytest.mark.parametrize(
    ("existing", "age", "action"),
    [
        (Existing.REFRESH, -HOUR, Action.CHANGED),
        (Existing.REFRESH, timedelta(), Action.KEPT),
        (Existing.REFRESH, HOUR, Action.KEPT),
        (Existing.OVERWRITE, HOUR, Action.CHANGED),
        (Existing.SKIP, -HOUR, Action.KEPT),
    ],
)
@pytest.mark.parametrize("size", [10, 11])
def test_other_bytes(existing: Existing, age: timedelta, action: Action, size: int) -> None:
    there = remote(content="b", size=size, modified=NOON + age)
    known = digests() if size == 10 else None
    assert compare(local(), there, known, existing).action is action


def test_without_a_time_other_bytes_are_replaced() -> None:
    there = remote(content="b", modified=None)
    assert compare(local(), there, digests(), Existing.REFRESH).action is Action.CHANGED


def test_only_a_file_of_the_same_size_is_read() -> None:
    assert needs_digest(local(), remote())
    assert not needs_digest(local(), remote(size=11))
    assert not needs_digest(local(), None)


def test_error_refuses_whatever_is_there() -> None:
    same = compare(local(), remote(), digests(), Existing.ERROR)
    new = compare(local(NWB), None, None, Existing.ERROR)
    assert [refusal.path for refusal in refuse_existing([same, new])] == [VIDEO]


def test_an_nwb_file_is_not_sent_to_a_video_that_stays_another() -> None:
    stale = compare(local(), remote(content="b"), digests(), Existing.REFRESH)
    new = compare(local(NWB), None, None, Existing.REFRESH)
    plan = planned(stale, new)
    assets = {asset.path: asset for asset in plan.assets}
    assert [each.path for each in refuse_stale_media(plan.recordings, assets)] == [NWB]
    there = compare(local(NWB), remote(NWB), digests(), Existing.REFRESH)
    assert refuse_stale_media(plan.recordings, {**assets, NWB: there}) == []


def test_a_video_is_not_replaced_below_an_nwb_file_that_stays_another() -> None:
    changed = compare(local(), remote(content="b", modified=NOON - HOUR), digests(), REFRESH)
    kept = compare(local(NWB), remote(NWB, content="b"), digests(), REFRESH)
    plan = planned(changed, kept)
    assets = {asset.path: asset for asset in plan.assets}
    (refusal,) = refuse_stale_media(plan.recordings, assets)
    assert refusal.path == NWB
    assert f"references {VIDEO}, which would be replaced" in refusal.reason
    sharing = replace(plan.recordings[0], path="sub-01/other.nwb", shown="sub-01/other.nwb")
    other = compare(local(sharing.path), None, None, REFRESH)
    refusals = refuse_stale_media((*plan.recordings, sharing), {**assets, sharing.path: other})
    assert [each.path for each in refusals] == [NWB, sharing.path]
    same = compare(local(NWB), remote(NWB), digests(), REFRESH)
    assert refuse_stale_media(plan.recordings, {**assets, NWB: same}) == []


def test_gone_is_what_lies_below_the_chosen_folders_only() -> None:
    listed = {path: remote(path) for path in ("sub-01/a.nwb", "sub-010/b.nwb", VIDEO, NWB)}
    assert [each.path for each in find_gone(listed, ["sub-01"], [VIDEO, NWB])] == ["sub-01/a.nwb"]
    assert len(find_gone(listed, [""], [VIDEO])) == 3
    assert find_gone(listed, [], []) == ()
