"""Reports as a hostile file would have them: any text in every place."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from tests.report.samples import ORIGIN

from posecheck.model.baseline import BaselineUse, KnownFinding
from posecheck.model.change_scope import ChangeScope
from posecheck.model.configuration_use import ConfigurationUse, IgnoreState, IgnoreUse
from posecheck.model.content_use import ContentUse, NotTransferred
from posecheck.model.edit import (
    Clip,
    Edit,
    FixSafety,
    MoveObject,
    ReorderColumns,
    SetAttribute,
)
from posecheck.model.finding import BASELINE, Finding, Severity, Skipped, Suppression
from posecheck.model.report import FileReport, FileStatus, PoseSummary

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(SetAttribute, path=TEXT, name=TEXT, value=TEXT | st.integers(), dtype=TEXT),
    st.builds(Clip, path=TEXT, low=st.floats(-1, 0), high=st.just(math.inf)),
    st.builds(ReorderColumns, path=TEXT, order=st.just((1, 0))),
    st.builds(MoveObject, path=TEXT, target=TEXT),
)
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
    variant=TEXT,
    subject=TEXT,
    url=TEXT,
    fingerprint=TEXT,
    values=st.dictionaries(TEXT, VALUES, max_size=2),
    edits=st.lists(EDITS, min_size=1, max_size=2).map(tuple),
    fix=st.sampled_from(FixSafety),
    suppression=st.none() | st.builds(Suppression, by=st.just(BASELINE), reason=TEXT),
) | st.builds(
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
    ignored=st.dictionaries(TEXT, st.integers(0, 10**6), max_size=2),
)
CONFIGURATIONS = st.builds(
    ConfigurationUse,
    source=TEXT,
    ignores=st.lists(
        st.builds(
            IgnoreUse,
            selector=TEXT,
            glob=TEXT,
            reason=TEXT,
            expires=TEXT,
            is_configured=st.booleans(),
            state=st.sampled_from(IgnoreState),
            findings=st.integers(0, 10**6),
            is_counted=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    ignored=st.integers(0, 10**6),
)
KNOWN = st.builds(
    KnownFinding,
    path=TEXT,
    code=TEXT,
    location=TEXT,
    subject=TEXT,
    variant=TEXT,
    count=st.integers(1, 99),
    reason=TEXT,
)
BASELINES = st.builds(
    BaselineUse,
    name=TEXT,
    path=TEXT,
    stale=st.lists(KNOWN, max_size=3).map(tuple),
    written=st.none() | st.integers(0, 99),
)
_NOT_TRANSFERRED = st.lists(st.builds(NotTransferred, path=TEXT, reason=TEXT), max_size=2).map(
    tuple
)
CONTENT = st.builds(
    ContentUse,
    files=st.integers(0, 10**6),
    at_hand=st.integers(0, 10**6),
    required=st.none() | st.floats(0.01, 1),
    fetched=st.integers(0, 10**6),
    not_fetched=_NOT_TRANSFERRED,
    not_dropped=_NOT_TRANSFERRED,
)
CHANGES = st.builds(
    ChangeScope,
    revision=TEXT,
    commit=TEXT,
    unchanged=st.integers(0, 99),
    unknown=st.integers(0, 99),
)
