"""What a finding prints as a fix, executed on the file at hand: it is gone, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from ndx_pose import PoseEstimation
from pynwb import NWBHDF5IO
from tests.executing import apply_lines, changed_between, contents_of
from tests.mutations.change import write_change
from tests.mutations.evaluation import CATALOG, evaluate_file
from tests.mutations.fixable import FIXABLE
from tests.mutations.kinds import Clean, Kind
from tests.mutations.table import MUTATIONS

from posecheck.model.edit import distinct, touched
from posecheck.model.finding import Finding
from posecheck.model.h5py_lines import h5py_lines

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("code", sorted(FIXABLE))
def test_executing_the_lines_removes_the_finding_and_changes_nothing_else(
    kinds: dict[Kind, Clean], tmp_path: Path, code: str
) -> None:
    tried = [change for change in MUTATIONS if change.code == code and not change.together]
    outcomes = [
        fix(write_change(kinds[change.kind], tmp_path / str(number), change), code)
        for number, change in enumerate(tried)
    ]
    assert any(outcomes), "no mutation of this rule gives edits"


def fix(path: Path, code: str) -> bool:
    """Execute what the findings of a rule print, if they print something, and look again."""
    found, _ = evaluate_file(path)
    with_edits = [item for item in found if item.code == code and item.edits]
    if not with_edits:
        return False
    edits = distinct(edit for item in with_edits for edit in item.edits)
    before = contents_of(path)
    apply_lines(path, h5py_lines(edits))
    after, _ = evaluate_file(path)
    assert not of_same_place(with_edits, after), after
    # What this finding stood for is reported once it is gone.
    unmasked = {other.code for other in CATALOG[code].supersedes}
    new = [item for item in added(found, after) if item.code not in unmasked]
    assert not new, new
    changed = {key.partition("@")[0] for key in changed_between(before, contents_of(path))}
    places = {place for edit in edits for place in touched(edit)}
    assert all(any(is_within(key, place) for place in places) for key in changed), changed
    read(path)
    return True


def of_same_place(before: list[Finding], after: tuple[Finding, ...]) -> list[Finding]:
    places = {(item.code, item.location, item.message) for item in before}
    return [item for item in after if (item.code, item.location, item.message) in places]


def added(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> list[Finding]:
    places = {(item.code, item.location) for item in before}
    return [item for item in after if (item.code, item.location) not in places]


def is_within(key: str, place: str) -> bool:
    return key == place or key.startswith(f"{place}/")


def read(path: Path) -> None:
    """Read a file with pynwb and today's ndx-pose, and the pose in it."""
    with NWBHDF5IO(path, "r") as io:
        for item in io.read().objects.values():
            if isinstance(item, PoseEstimation):
                assert item.pose_estimation_series is not None
