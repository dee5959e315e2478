"""Series find their nodes by name, however a writer spells them, and no name is lost or crashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.model.pose import PoseContainer, PoseSeries, Skeleton
from posecheck.rules.body_part_names import Pairing, fold, listed, pair

NAMES = st.lists(st.text(alphabet="aAbB1_- /:=éß\x00", max_size=12), min_size=1, max_size=6)


def paired(series: list[str], nodes: list[str]) -> Pairing:
    container = PoseContainer(
        series=tuple(PoseSeries(name=name, path=f"/{name}") for name in series),
        skeleton=Skeleton(nodes=tuple(nodes)),
    )
    pairing = pair(container, container.skeleton)
    assert pairing is not None
    return pairing


@pytest.mark.parametrize(
    ("series", "node"),
    [
        ("PoseEstimationSeriesLeftElbow", "left_elbow"),
        ("PoseEstimationSeriesleftear", "leftear"),
        ("pose_estimation_series_nose", "Nose"),
        ("tail-base", "tail base"),
        ("left_ear", "left/ear"),
        ("PoseEstimationSeries", "PoseEstimationSeries"),
        ("leg_1_1", "leg-1-1"),
    ],
)
def test_spellings_of_one_name_fold_to_one(series: str, node: str) -> None:
    assert fold(series) == fold(node)


@pytest.mark.parametrize(
    ("one", "other"), [("leg_1_1", "leg_11"), ("_", "-"), ("left_ear", "right_ear"), ("", "a")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(series=NAMES, nodes=NAMES)
def test_each_name_is_reported_once_or_matched(series: list[str], nodes: list[str]) -> None:
    pairing = paired(series, nodes)
    shown = {fold(name) for name in series}
    known = {fold(node) for node in nodes}
    lost = [name for name in series if fold(name) not in known]
    strange = [item.name for item in pairing.series]
    near = [item.name for item, _ in pairing.near]
    assert sorted(strange + near) == sorted(lost)
    named = {fold(node) for _, node in pairing.near}
    assert {fold(node) for node in pairing.nodes} == known - shown - named
    assert not named & shown


@given(nodes=NAMES)
def test_series_named_as_the_nodes_leave_nothing(nodes: list[str]) -> None:
    assert paired(nodes, nodes) == Pairing((), (), ())


@pytest.mark.slow
@given(nodes=st.lists(st.from_regex(r"[a-z]{2,6}(_[a-z]{2,6}){0,2}", fullmatch=True), min_size=1))
def test_neuroconv_spelling_leaves_nothing(nodes: list[str]) -> None:
    series = ["PoseEstimationSeries" + node.title().replace("_", "") for node in nodes]
    assert paired(series, nodes) == Pairing((), (), ())


def test_long_lists_are_counted() -> None:
    assert listed([]) == ""
    assert listed(["a", "", "c"]) == "a, '', c"
    assert listed("abcdefghi") == "a, b, c, d, e, f, g, h, i"
    assert listed("abcdefghij") == "a, b, c, d, e, f, g, h and 2 more"
