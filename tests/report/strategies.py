"""Reports as a hostile file would have them: any text in every place."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.report.samples import ORIGIN

from posecheck.model.finding import Finding, Severity, Skipped
from posecheck.model.report import FileReport, FileStatus, PoseSummary

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
FINDINGS = st.builds(
    Finding,
    code=TEXT,
    name=TEXT,
    severity=st.sampled_from(Severity),
    message=TEXT,
    file=TEXT,
    location=TEXT,
    remedy=TEXT,
    origin=st.just(ORIGIN),
)
FILES = st.builds(
    FileReport,
    path=TEXT,
    status=st.sampled_from(FileStatus),
    pose=st.builds(PoseSummary, nwb_version=TEXT, ndx_pose_version=TEXT),
    findings=st.lists(FINDINGS, max_size=8).map(tuple),
    skipped=st.lists(st.builds(Skipped, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
)
