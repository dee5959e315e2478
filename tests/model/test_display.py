"""What the public functions return shows itself on one line, and is compared by all it holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.recordings.sessions import Footage, write_session

import posecheck
from posecheck.archive.resources import RemoteDandiset
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.picture import Picture
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.organize.plan.values import OrganizePlan
from posecheck.upload.outcomes import UploadReport
from posecheck.upload.plan.upload_plan import UploadPlan

FINDING = Finding(
    code="VID002",
    name="external-file-missing",
    severity=Severity.ERROR,
    message="there is no\nfile \x1b[31m",
    file="a.nwb",
    location="/acquisition/camera",
    remedy="Put it there.",
    origin=Origin("posecheck", "1"),
    values={"text": "x" * 5_000},
)
SERIES = tuple(PoseSeries(name=f"node{number}") for number in range(500))
FILE = FileReport(path="a.nwb", status=FileStatus.CHECKED, findings=(FINDING,) * 1_000)
PLAN = UploadPlan(
    destination=RemoteDandiset(
        requested_instance="dandi",
        instance="dandi",
        api="https://api.example.org",
        identifier="000123",
    ),
    root="/data/000123",
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            FINDING,
            "<Finding: error VID002 in 'a.nwb' at '/acquisition/camera': "
            "'there is no\\nfile \\x1b[31m'>",
        ),
        (FILE, "<FileReport: 'a.nwb', checked, 1,000 errors>"),
        (Report(version="1", files=(FILE, FILE)), "<Report: 2 files, 2,000 errors>"),
        (Report(version="1"), "<Report: 0 files, no findings>"),
        (
            Recording(file="a.nwb", containers=(PoseContainer(name="c", series=SERIES),)),
            "<Recording: 'a.nwb', 1 container>",
        ),
        (
            OrganizePlan(dandiset="/data/000123", notes=("n" * 5_000,)),
            "<OrganizePlan: into '/data/000123', 0 recordings, 0 videos or images, 0 conflicts>",
        ),
        (
            PLAN,
            "<UploadPlan: '/data/000123' to dandiset 000123 of dandi, 0 recordings, 0 files, "
            "0 refusals>",
        ),
        (
            UploadReport(plan=PLAN),
            "<UploadReport: 0 of 0 files arrived, not verified, not complete>",
        ),
        (
            Picture(width=2, height=1, pixels=bytes(6), video="a.mp4", frame=3),
            "<Picture: frame 3 of 'a.mp4', 2 × 1 pixels>",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_shows_itself_on_one_line(value: object, text: str) -> None:
    assert repr(value) == text


def test_a_long_text_is_cut() -> None:
    long = dataclasses.replace(FINDING, message="m" * 5_000)
    assert len(repr(long)) < 300
    assert repr(long).endswith("…>")


def test_values_are_compared_by_all_they_hold() -> None:
    other = dataclasses.replace(FINDING, values={"text": "y" * 5_000})
    assert repr(other) == repr(FINDING)
    assert other != FINDING
    assert dataclasses.replace(FILE, findings=(FINDING,) * 1_000) == FILE
    assert dataclasses.replace(FILE, findings=(other,) * 1_000) != FILE


def test_what_the_functions_return_of_a_real_file_is_short(tmp_path: Path) -> None:
    path = write_session(tmp_path / "raw" / "a.nwb", Footage(files=("gone.mp4",)))
    report = posecheck.validate(path, engines="pose", isolated=True)
    assert report.findings
    (tmp_path / "dandiset").mkdir()
    plan = posecheck.plan_organize(
        tmp_path / "raw", dandiset=tmp_path / "dandiset", new_dandiset="000123"
    )
    assert plan.conflicts
    for value in (report, *report.files, *report.findings, posecheck.describe(path), plan):
        assert len(repr(value)) < 300
        assert "\n" not in repr(value)
    assert all(len(repr(rule)) < 100 for rule in posecheck.list_rules())
