"""The layout, held against dandi's own validator, which runs beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from dandi.organize import _sanitize_value, validate_organized_path
from hypothesis import example, given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.model.recording import Dandiset, Recording, Subject
from posecheck.model.rule import Hit, Params
from posecheck.rules import function_of
from posecheck.rules.layout import sanitized

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


def codes(recording: Recording) -> set[str]:
    return {
        code
        for code in AS_DANDI
        for answer in function_of(RULES[code])(recording, Params({}))
        if isinstance(answer, Hit)
    }


@given(FOLDERS, NAMES)
@example(["sub-A"], "sub-A_ses-1_behavior+image.nwb")
@example(["sub-A"], "sub-B.nwb")
@example(["sub-A"], "sub-A-x_run-1.nwb")
def test_paths_are_judged_as_dandi_judges_them(folders: list[str], name: str) -> None:
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


@pytest.mark.parametrize("stored", ["M 01/a", "M_01.a", "sub-M-01-a"])
def test_a_subject_that_dandi_would_have_put_there_agrees(stored: str) -> None:
    recording = Recording(
        dandiset=Dandiset(path=("sub-M-01-a", "sub-M-01-a_ses-1.nwb")),
        subject=Subject(subject_id=stored),
    )
    assert not codes(recording)
