"""What the archive holds and what would be sent, where the two do not go together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.upload.values import NOON, NWB, VIDEO, digests, local, planned, remote

from posecheck.archive.resources import RemoteAsset
from posecheck.upload.plan.comparison import compare
from posecheck.upload.plan.conflicts import (
    refuse_existing,
    refuse_not_newer,
    refuse_shadowed,
    refuse_stale_media,
)
from posecheck.upload.plan.files import Existing, PlannedAsset

HOUR = timedelta(hours=1)
REFRESH = Existing.REFRESH


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
    sharing = replace(plan.recordings[0], path="sub-01/other.nwb", display_path="sub-01/other.nwb")
    other = compare(local(sharing.path), None, None, REFRESH)
    refusals = refuse_stale_media((*plan.recordings, sharing), {**assets, sharing.path: other})
    assert [each.path for each in refusals] == [NWB, sharing.path]
    same = compare(local(NWB), remote(NWB), digests(), REFRESH)
    assert refuse_stale_media(plan.recordings, {**assets, NWB: same}) == []


def test_a_new_video_is_not_sent_below_an_nwb_file_that_stays_another() -> None:
    """The archive's NWB file names another video: the new one would hang in the air."""
    new = compare(local(), None, None, Existing.SKIP)
    kept = compare(local(NWB), remote(NWB, content="b"), digests(), Existing.SKIP)
    plan = planned(new, kept)
    (refusal,) = refuse_stale_media(plan.recordings, {each.path: each for each in plan.assets})
    assert f"references {VIDEO}, which would be sent, while of {NWB}" in refusal.reason


def test_other_bytes_that_are_not_newer_refuse_their_recording() -> None:
    changed = compare(local(), remote(content="b", modified=NOON - HOUR), digests(), REFRESH)
    there = remote(NWB, content="b", size=12, modified=NOON + HOUR)
    kept = compare(local(NWB), there, None, REFRESH)
    plan = planned(changed, kept)
    assets = {asset.path: asset for asset in plan.assets}
    (refusal,) = refuse_not_newer(plan.recordings, assets, {NWB: digests()})
    assert refusal.path == NWB
    assert refusal.reason == (
        f"the archive holds other bytes of {NWB}, and the file here is not newer: "
        f"here 10 bytes, changed 2026-03-01 12:00:00 UTC, checksum {'a' * 32}-1; "
        f"there 12 bytes, changed 2026-03-01 13:00:00 UTC, checksum {'b' * 32}-1"
    )
    assert "--existing overwrite" in refusal.remedy
    assert "--existing skip" in refusal.remedy
    assert refuse_not_newer(plan.recordings, {VIDEO: changed}, {}) == []


def test_a_named_video_that_is_not_newer_is_refused_by_itself() -> None:
    kept = compare(local(), remote(content="b"), digests(), REFRESH)
    (refusal,) = refuse_not_newer([], {VIDEO: kept}, {VIDEO: digests()})
    assert refusal.path == VIDEO


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (VIDEO.rpartition("/")[0], "is a file"),
        ("sub-01", "is a file"),
        (f"{VIDEO}/part-1.mp4", "on the archive that is a folder, which holds 1 file"),
        (f"{NWB}/a/b.nwb", "on the archive that is a folder"),
    ],
)
def test_a_file_and_a_folder_of_one_name(held: str, said: str) -> None:
    plan = planned()
    assets = {asset.path: asset for asset in plan.assets}
    refusals = refuse_shadowed(plan.recordings, assets, {held: remote(held)})
    assert {refusal.path for refusal in refusals} == {NWB}
    assert all(said in refusal.reason for refusal in refusals)
    assert all("dandi delete" in refusal.remedy for refusal in refusals)


def test_what_only_begins_alike_is_not_in_the_way() -> None:
    plan = planned()
    assets: dict[str, PlannedAsset] = {asset.path: asset for asset in plan.assets}
    beside = ("sub-0", "sub-01/sub-01_ses-1_behavior2", f"{VIDEO}.mp4", "sub-01/other.nwb")
    held: dict[str, RemoteAsset] = {path: remote(path) for path in beside}
    assert refuse_shadowed(plan.recordings, assets, held) == []
