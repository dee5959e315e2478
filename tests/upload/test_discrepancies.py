"""What should have arrived, against what the archive lists."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.upload.values import NWB, VIDEO, digests, planned, remote

from posecheck.archive.resources import RemoteAsset
from posecheck.upload.plan.discrepancies import Discrepancy, find_discrepancies
from posecheck.upload.plan.files import Digests
from posecheck.upload.plan.recordings import Refusal
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.verification import asset_rules

HERE = {NWB: digests("a"), VIDEO: digests("a")}
THERE = {NWB: remote(NWB), VIDEO: remote(VIDEO)}
RULES = asset_rules()


def find(
    plan: UploadPlan,
    listing: Mapping[str, RemoteAsset],
    here: Mapping[str, Digests] = HERE,
    *,
    with_sha256: bool = False,
) -> list[Discrepancy]:
    return list(find_discrepancies(plan, listing, here, RULES, with_sha256=with_sha256))


def test_all_is_there() -> None:
    assert find(planned(), THERE) == []


@pytest.mark.parametrize(
    ("video", "code", "said"),
    [
        (None, "LAY007", "does not hold it"),
        (remote(size=9), "LAY008", "10 bytes here and 9"),
        (remote(content="b"), "LAY008", "checksum is aaaa"),
    ],
)
def test_each_discrepancy_is_reported(video: RemoteAsset | None, code: str, said: str) -> None:
    listing = {NWB: remote(NWB)} | ({VIDEO: video} if video is not None else {})
    (found,) = (each for each in find(planned(), listing) if each.path == VIDEO)
    assert found.code == code
    assert said in found.reason


def test_a_reference_without_its_asset_is_reported_of_the_nwb_file() -> None:
    found = find(planned(), {NWB: remote(NWB)})
    assert [(each.path, each.code) for each in found] == [(NWB, "LAY007"), (VIDEO, "LAY007")]
    assert f"external_file[0] of /acquisition/camera leads to {VIDEO}" in found[0].reason


def test_sha256_counts_only_where_it_was_requested() -> None:
    listing = THERE | {VIDEO: remote(VIDEO, sha256="b" * 64)}
    assert find(planned(), listing) == []
    found = find(planned(), listing, with_sha256=True)
    assert [each.path for each in found] == [VIDEO]


def test_what_is_refused_need_not_be_there() -> None:
    refusal = Refusal(path=NWB, display_path=NWB, reason="", remedy="")
    plan = planned(refusals=(refusal,), skip_refused=True)
    assert plan.held == ()
    assert find(plan, {}, {}) == []
