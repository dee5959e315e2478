"""Findings of siblings become one line, and none is lost from the count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.samples import NODES, POSE, finding, percent

from posecheck.model.finding import Finding, Severity
from posecheck.model.wording import counted
from posecheck.report.finding_groups import enumerate_names, fold_findings, split_location


def test_siblings_fold_and_cousins_do_not() -> None:
    other = "/processing/behavior/Other"
    found = [percent(1, 99, node) for node in NODES] + [percent(1, 99, "nose", other)]
    (block,) = fold_findings(found)
    assert [(fold.parent, fold.names) for fold in block.folds] == [
        (POSE, NODES),
        (other, ("nose",)),
    ]
    assert block.count == 13


def test_errors_come_first_and_one_rule_may_have_two_severities() -> None:
    blocks = fold_findings(
        [
            finding("NOD003", Severity.HINT, name="b"),
            finding("NOD003", Severity.WARNING, name="b"),
            finding("VID002", Severity.ERROR),
            finding("NOD003", Severity.ERROR, name="b"),
        ]
    )
    assert [(block.severity.value, block.code) for block in blocks] == [
        ("error", "VID002"),
        ("error", "NOD003"),
        ("warning", "NOD003"),
        ("hint", "NOD003"),
    ]


@pytest.mark.parametrize(
    ("location", "parent", "name"),
    [
        ("/", "/", ""),
        ("", "/", ""),
        ("/acquisition", "/", "acquisition"),
        ("/acquisition/front", "/acquisition", "front"),
        ("/acquisition/front/", "/acquisition", "front"),
        ("front", "/", "front"),
        ("/p/Pose/nose/timestamps", "/p/Pose", "nose/timestamps"),
        ("/acquisition/front/external_file", "/acquisition", "front/external_file"),
        ("/front/data", "/", "front/data"),
        ("/data", "/", "data"),
    ],
)
def test_location_is_split_at_its_last_slash(location: str, parent: str, name: str) -> None:
    assert split_location(location) == (parent, name)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["nose"], "nose"),
        (["nose", "tail"], "nose, tail"),
        ([f"n{i}" for i in range(7)], "n0, n1, n2, n3, n4, n5, n6"),
        ([f"n{i}" for i in range(8)], "n0, n1, n2, n3, n4, n5, … and 2 more"),
        (["x" * 90, "nose", "tail"], "x" * 90 + ", … and 2 more"),
    ],
)
def test_names_are_cut_with_a_count(names: list[str], shown: str) -> None:
    assert enumerate_names(names) == shown


@pytest.mark.slow
@given(st.lists(st.sampled_from([*NODES, "x" * 60]), min_size=1, max_size=40))
def test_every_name_is_shown_or_counted(names: list[str]) -> None:
    shown, _, rest = enumerate_names(names).partition(", … and ")
    assert len(shown.split(", ")) + int(rest.removesuffix(" more") or 0) == len(names)


@given(st.lists(st.builds(percent, st.just(1.0), st.just(2.0), st.sampled_from(NODES))))
def test_no_finding_is_lost(found: list[Finding]) -> None:
    assert sum(block.count for block in fold_findings(found)) == len(found)


def test_numbers_agree_with_their_noun() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(2330, "file") == "2,330 files"
