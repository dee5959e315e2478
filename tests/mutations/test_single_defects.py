"""One defect, one finding: every mutation of one thing gives one finding, whoever checks.

All mutations are checked in one run of all engines, as the command runs them. The findings of one
code in the series of one container count as one, which is how the terminal shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.mutations.change import Change, write_change
from tests.mutations.kinds import Clean, Kind
from tests.mutations.table import MUTATIONS

from posecheck.api import validate
from posecheck.model.finding import Finding, Severity

SEVERAL: Mapping[tuple[str, str], str] = {
    ("NOD004", "257 nodes, edges of 8 bits"): "the nodes that were added have no series",
    ("TIM006", "frame numbers of a video that is not linked"): "and the video is not linked",
    ("TIM013", "pose 20 frames short of a video without a clock"): "and the video has no clock",
    ("TIM014", "Unix seconds without a reference time"): "and the reference time is missing",
    ("REF007", "negative in an unknown frame"): "and the video is not linked",
    ("REF008", "a video that is not fetched, and no stated size"): "and the series states no size",
    ("VID002", "no such file, and a starting_frame as text"): "and starting_frame is malformed",
    ("VID003", "a drive, and a dimension as text"): "and dimension is malformed",
    ("VID003", "an absolute path, a file beside, and nothing stated"): "and nothing is stated",
    ("VID019", "stated by the container alone"): "and where it is stated is deprecated",
    ("VID023", "two-photon imaging outside"): "and the series has no imaging plane",
    ("VID036", "from frame 40 of a video that is not there"): "and the video is not there",
    ("PRV007", "original_videos names another file"): "and original_videos is deprecated",
    ("PRV008", "a placeholder for a path"): "and original_videos is deprecated",
    ("PRV008", "a size of 0"): "and dimensions is deprecated",
    ("PRV011", "a home folder on Windows"): "and the path holds on no other machine",
    ("TRN004", "one sample, and later frames are labeled"): "and the video is not there",
    ("TRN004", "as many samples as the last labeled frame"): "and the video is not there",
}
"""Mutations that are two defects, and why."""

BESIDE: Mapping[str, str] = {
    "VID028": "the video that is no longer referenced still lies there",
    "TIM007": "the change writes timestamps once for each series",
    "NWBI.check_regular_timestamps": "the change writes timestamps that a rate could state",
    "NWBI.check_description": "the views of the rig have no description",
}
"""What a change or a clean recording gives besides the defect; no error is among it."""


def _is_single(change: Change) -> bool:
    return not change.together and (change.code, change.id) not in SEVERAL


SINGLE = tuple(change for change in MUTATIONS if _is_single(change))


def folder_of(change: Change) -> str:
    return re.sub(r"\W+", "_", f"{change.code}_{change.id}_{change.kind.name}")


@pytest.fixture(scope="module")
def findings_by_folder(
    kinds: dict[Kind, Clean], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Finding]]:
    root = tmp_path_factory.mktemp("mutations")
    found: dict[str, list[Finding]] = {}
    for change in SINGLE:
        write_change(kinds[change.kind], root / folder_of(change), change)
        found[folder_of(change)] = []
    for finding in validate(root, isolated=True).findings:
        relative = Path(finding.file).absolute().relative_to(root)
        found[relative.parts[0]].append(finding)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("change", SINGLE, ids=folder_of)
def test_one_defect_is_one_finding(
    kinds: dict[Kind, Clean], findings_by_folder: dict[str, list[Finding]], change: Change
) -> None:
    findings = findings_by_folder[folder_of(change)]
    usual = kinds[change.kind].says | set(BESIDE)
    reported = {
        item.code for item in findings if item.code not in usual or item.code == change.code
    }
    assert reported == {change.code}, said(findings)
    assert all(item.severity is not Severity.ERROR for item in findings if item.code in BESIDE)
    severe = [item for item in findings if item.severity is Severity.ERROR]
    holders = {item.location.rpartition("/")[0] for item in severe}
    places = [item.location for item in severe]
    assert len(holders) <= 1 or len(severe) == 1, said(findings)
    assert len(set(places)) == len(places), said(findings)


def test_what_is_two_defects_is_a_mutation() -> None:
    assert set(SEVERAL) <= {(change.code, change.id) for change in MUTATIONS}
    assert all(SEVERAL.values())


def said(findings: list[Finding]) -> str:
    return "\n".join(
        f"{item.severity} {item.code} {item.location}: {item.message}" for item in findings
    )
