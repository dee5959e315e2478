"""What should have arrived, against what the archive lists."""

from __future__ import annotations

import pytest
from tests.upload.values import NWB, VIDEO, digests, planned, remote

from posecheck.upload.plan.holding import Lack, find_shortcomings
from posecheck.upload.plan.values import Refusal, RemoteAsset

HERE = {NWB: digests("a"), VIDEO: digests("a")}
THERE = {NWB: remote(NWB), VIDEO: remote(VIDEO)}


def test_all_is_there() -> None:
    assert list(find_shortcomings(planned(), THERE, HERE)) == []


@pytest.mark.parametrize(
    ("video", "kind", "said"),
    [
        (None, Lack.NOT_ON_ARCHIVE, "does not hold it"),
        (remote(size=9), Lack.DIFFERS_ON_ARCHIVE, "10 bytes here and 9"),
        (remote(content="b"), Lack.DIFFERS_ON_ARCHIVE, "checksum is aaaa"),
    ],
)
def test_each_shortcoming_is_told(video: RemoteAsset | None, kind: Lack, said: str) -> None:
    listing = {NWB: remote(NWB)} | ({VIDEO: video} if video is not None else {})
    found = list(find_shortcomings(planned(), listing, HERE))
    assert (found[0].path, found[0].kind) == (VIDEO, kind)
    assert said in found[0].reason


def test_a_reference_without_its_asset_is_told_of_the_nwb_file() -> None:
    found = list(find_shortcomings(planned(), {NWB: remote(NWB)}, HERE))
    assert [each.path for each in found] == [VIDEO, NWB]
    assert f"external_file[0] of /acquisition/camera leads to {VIDEO}" in found[1].reason


def test_sha256_counts_only_where_it_was_asked_for() -> None:
    listing = THERE | {VIDEO: remote(VIDEO, sha256="b" * 64)}
    assert list(find_shortcomings(planned(), listing, HERE)) == []
    found = list(find_shortcomings(planned(), listing, HERE, with_sha256=True))
    assert [each.path for each in found] == [VIDEO]


def test_what_is_refused_need_not_be_there() -> None:
    refusal = Refusal(path=NWB, shown=NWB, reason="", remedy="")
    plan = planned(refusals=(refusal,), skip_refused=True)
    assert plan.held == ()
    assert list(find_shortcomings(plan, {}, {})) == []
