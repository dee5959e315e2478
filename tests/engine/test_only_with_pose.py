"""Where only recordings with pose are wanted, other validators read no other."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from tests.engine.files import write_nwb
from tests.engine.other_validators import Misbehaving

from posecheck.catalog import load_catalog
from posecheck.engine.file_check import FileJob, check_file
from posecheck.engine.rule_set import build_rule_set
from posecheck.engine.validator_run import ValidatorSelection
from posecheck.model.finding import Origin
from posecheck.model.report import FileReport, FileStatus
from posecheck.sources.local_source import LocalSource

RULES = build_rule_set(
    [rule for rule in load_catalog() if rule.code == "CNF007"], {}, Origin("posecheck", "0")
)


def check(path: Path, *, only_with_pose: bool) -> FileReport:
    """Check a file with a validator that notes its calls beside it."""
    selection = ValidatorSelection(
        validators=(Misbehaving(marks=path.parent),), only_with_pose=only_with_pose
    )
    return check_file(
        FileJob(source=LocalSource.at(path, path.name)), rule_set=RULES, selection=selection
    ).report


@pytest.mark.parametrize(
    ("has_pose", "only_with_pose", "is_called"),
    [(True, True, True), (False, True, False), (False, False, True)],
)
def test_who_reads_a_recording(
    tmp_path: Path, has_pose: bool, only_with_pose: bool, is_called: bool
) -> None:
    path = write_nwb(tmp_path / "a.nwb")
    if not has_pose:
        with h5py.File(path, "r+") as file:
            del file["processing/behavior/PoseEstimation"]
    report = check(path, only_with_pose=only_with_pose)
    assert report.status is FileStatus.CHECKED
    assert (tmp_path / "calls").exists() is is_called
