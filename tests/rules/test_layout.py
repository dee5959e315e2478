"""The layout, held against dandi's own validator, which runs beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dandi.organize import (
    _sanitize_value,
    create_unique_filenames_from_metadata,
    validate_organized_path,
)
from hypothesis import example, given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.dandi_layout.organized_path import label_of, sanitized
from posecheck.model.recording import Dandiset, Recording, Subject
from posecheck.model.rule import Hit, Params
from posecheck.organize.dandi_names import propose_names
from posecheck.rules import evaluate_rule

RULES = {rule.code: rule for rule in load_catalog() if rule.family == "layout"}
AS_DANDI = {
    "LAY001": "DANDI.NON_DANDI_FILENAME",
    "LAY002": "DANDI.NON_DANDI_FOLDERNAME",
    "LAY003": "DANDI.METADATA_MISMATCH_SUBJECT",
}

LABELS = st.text(alphabet="aB9-+ é,", min_size=1, max_size=4) | st.sampled_from(
    ["a.b", "a:b", "", "a@b"]
)
ENTITIES = st.sampled_from(["ses", "tis", "slice", "cell", "desc", "probe", "obj", "run", "Ses"])
PARTS = st.builds("{}-{}".format, ENTITIES, LABELS) | st.sampled_from(
    ["behavior", "behavior+ecephys", "Behavior", "image+", "", "sub-2"]
)
NAMES = st.builds(
    lambda label, parts, suffix: "_".join([f"sub-{label}", *parts]) + suffix,
    LABELS,
    st.lists(PARTS, max_size=4),
    st.sampled_from([".nwb", ".nwb", ".nwb", ".a.nwb"]),
) | st.text(alphabet="sub-_1.nw", min_size=1, max_size=12).map(lambda stem: stem + ".nwb")
FOLDERS = st.lists(LABELS.map("sub-{}".format) | st.sampled_from(["data", "sub-"]), max_size=2)


def codes(recording: Recording, *wanted: str) -> set[str]:
    return {
        code
        for code in wanted or AS_DANDI
        for answer in evaluate_rule(RULES[code], recording, Params({}))
        if isinstance(answer, Hit)
    }


@given(FOLDERS, NAMES)
@example(["sub-A"], "sub-A_ses-1_behavior+image.nwb")
@example(["sub-A"], "sub-B.nwb")
@example(["sub-A"], "sub-A-x_run-1.nwb")
def test_paths_are_checked_as_dandi_checks_them(folders: list[str], name: str) -> None:
    path = (*filter(None, folders), name)
    said = validate_organized_path("/".join(path), Path(*path), Path())
    placed = Dandiset(path=path)
    assert codes(Recording(dandiset=placed)) == {
        code for code, dandi in AS_DANDI.items() if dandi in {item.id for item in said}
    }
    assert not codes(Recording(dandiset=Dandiset(path=path, is_bids=True)))


@given(st.text(max_size=20))
def test_values_are_sanitized_as_dandi_does(value: str) -> None:
    assert sanitized(value) == _sanitize_value(value, "subject_id")


IDENTIFIERS = st.text(
    st.sampled_from("aB9é_*\\/<>:|\"'?%@;., \t\n\r\x1f\x85\xa0\u2003\u200b\U0001f400-+"), max_size=8
)


@given(IDENTIFIERS, IDENTIFIERS)
@example("mouse01 ", "day1\n")
@example(" sub-M 1", "\tses-1 ")
@example("sub-", "ses- ")
def test_what_organize_calls_a_file_agrees_with_its_identifiers(subject: str, session: str) -> None:
    """One spelling for both: organize's names are dandi's own but for white space at the ends."""
    if not label_of(subject):
        return
    recording = Recording(subject=Subject(subject_id=subject), session_id=session)
    path = propose_names(recording).plain
    label = f"sub-{_sanitize_value(subject.strip(), 'subject_id')}"
    stem = label
    if session.strip():
        stem += f"_ses-{_sanitize_value(session.strip(), 'session_id')}"
    assert path == (label, f"{stem}.nwb")
    placed = replace(recording, dandiset=Dandiset(path=path))
    assert not codes(placed, *AS_DANDI, "LAY004")


@given(IDENTIFIERS, IDENTIFIERS)
def test_what_dandi_calls_a_file_agrees_with_its_identifiers(subject: str, session: str) -> None:
    record = {"path": "a.nwb", "subject_id": subject, "session_id": session}
    if not (label_of(subject) and label_of(session)):
        return
    (named,) = create_unique_filenames_from_metadata([record], required_fields=["session_id"])
    path = tuple(named["dandi_path"].split("/"))
    recording = Recording(
        dandiset=Dandiset(path=path), subject=Subject(subject_id=subject), session_id=session
    )
    assert not codes(recording, "LAY003", "LAY004")


@pytest.mark.parametrize("stored", ["M 01/a", "M_01.a", "sub-M-01-a"])
def test_a_subject_that_dandi_would_have_put_there_agrees(stored: str) -> None:
    recording = Recording(
        dandiset=Dandiset(path=("sub-M-01-a", "sub-M-01-a_ses-1.nwb")),
        subject=Subject(subject_id=stored),
    )
    assert not codes(recording)
