"""The rules on references, held against the archive's own pattern, dandi's lists and any text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import dandi.consts
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.catalog.subjects import SUBJECT_TYPES
from posecheck.model.collection import Collection
from posecheck.model.external_file import Candidate, ExternalFile, Target, TargetState
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind, parse_reference
from posecheck.model.rule import Hit, Params, Rule
from posecheck.model.wording import wording_of
from posecheck.rules import evaluate_rule

# dandi-archive, models/asset.py, as PostgreSQL applies it to a column in the collation C.
ARCHIVE_PATH = re.compile(r"([A-z0-9(),&\s#+~_=-]?/?\.?[A-z0-9(),&\s#+~_=-])+", re.ASCII)

RULES = [rule for rule in load_catalog() if rule.family == "external_files"]
BY_CODE = {rule.code: rule for rule in RULES}
SOURCES = {
    f"dandi.consts:{name}": tuple(getattr(dandi.consts, name))
    for name in ("VIDEO_FILE_EXTENSIONS", "IMAGE_FILE_EXTENSIONS")
}

TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="aB%./\\:~ ?\x00\x1b\u202fhtps", max_size=20),
    st.sampled_from(["a.mp4", "../a.MP4", "C:\\a.h264", "https://h/a.mp4", "/a/.b", "a..mp4"]),
)
PARTS = st.lists(st.text(min_size=1, max_size=8).filter(lambda part: "/" not in part), max_size=4)
TARGETS = st.none() | st.builds(
    Target,
    state=st.sampled_from(TargetState),
    path=PARTS.map(tuple),
    identity=st.sampled_from(["", "1"]),
    in_bids=st.booleans(),
    candidate=st.none() | st.builds(Candidate, is_meant=st.booleans()),
)
FILES = st.lists(st.tuples(TEXTS, TARGETS), max_size=4).map(
    lambda entries: tuple(
        ExternalFile(index=index, reference=parse_reference(text), target=target)
        for index, (text, target) in enumerate(entries)
    )
)


def hits_of(rule: Rule, files: tuple[ExternalFile, ...]) -> Iterator[Hit]:
    video = Video(external_files=files)
    image = ExternalImage(files=files)
    subjects = {
        Video: video,
        ExternalImage: image,
        Recording: Recording(videos=(video,), images=(image,)),
        Collection: Collection(),
    }
    params = Params({p.name: SOURCES.get(p.source, p.default) for p in rule.parameters})
    for outcome in evaluate_rule(rule, subjects[SUBJECT_TYPES[rule.scope]], params):
        assert isinstance(outcome, Hit)
        yield outcome


def codes(text: str, target: Target | None = None) -> set[str]:
    """Name the rules on videos that report one reference."""
    files = (ExternalFile(reference=parse_reference(text), target=target),)
    found = set()
    for rule in RULES:
        if any(hit.location == Video().path for hit in hits_of(rule, files)):
            found.add(rule.code)
    return found


@given(FILES)
def test_every_reference_is_checked_and_worded(files: tuple[ExternalFile, ...]) -> None:
    for rule in RULES:
        for hit in hits_of(rule, files):
            _, message, remedy = wording_of(rule, hit)
            assert message
            assert remedy


@given(
    st.text(max_size=12) | st.text(alphabet="aZ09 .-_[]\\^`%:\t\n\x1c\x85\u00a0é()", max_size=12)
)
@example("a..b")
@example(".a/.b")
@example("a/b.")
@example("tab\tand\nline")
@example("\u00a0")
def test_the_archive_refuses_what_is_reported(path: str) -> None:
    parts = tuple(part for part in path.split("/") if part not in {"", ".", ".."})
    target = Target(path=parts)
    file = ExternalFile(reference=parse_reference("a.mp4"), target=target)
    refused = bool(parts) and not ARCHIVE_PATH.fullmatch("/".join(parts))
    recording = Recording(videos=(Video(external_files=(file,)),))
    hits = list(evaluate_rule(BY_CODE["VID029"], recording, Params({"longest": 512})))
    assert bool(hits) == refused


@given(FILES)
def test_one_finding_for_how_a_reference_is_spelled(files: tuple[ExternalFile, ...]) -> None:
    spelling = ("VID003", "VID006", "VID031")
    leading = ("VID002", "VID005")
    for file in files:
        said = {code for code in (*spelling, *leading) if list(hits_of(BY_CODE[code], (file,)))}
        assert len(said) <= 1
        assert not {"VID007", "VID008"} <= codes(file.reference.text, file.target)
        if file.reference.kind is ReferenceKind.BLANK:
            assert codes(file.reference.text, file.target) == {"VID031"}
        if file.reference.kind is ReferenceKind.URL:
            assert codes(file.reference.text, file.target) == {"VID006"}


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("videos/cam 1.mp4", Target(path=("sub-1", "videos", "cam 1.mp4")), set()),
        ("videos/cam.mp4", Target(state=TargetState.NOT_FETCHED), set()),
        ("videos\\cam.mp4", Target(path=("videos", "cam.mp4")), {"VID004"}),
        ("cam.MP4", Target(path=("cam.MP4",)), {"VID008"}),
        ("cam.h264", Target(path=("cam.h264",)), {"VID007"}),
        ("cam.MPG", Target(path=("cam.MPG",)), {"VID007"}),
        ("frame.png", Target(path=("frame.png",)), set()),
        ("cam.h264", Target(path=("cam.h264",), in_bids=True), set()),
        ("../../outside.mp4", Target(state=TargetState.OUTSIDE), {"VID005"}),
        ("/data/what?/cam.mp4", Target(state=TargetState.MISSING), {"VID003"}),
        ("videos/cam.mp4", Target(state=TargetState.MISSING), {"VID002"}),
        ("videos", Target(state=TargetState.NOT_A_FILE), {"VID002"}),
        (".", Target(state=TargetState.NOT_A_FILE), {"VID002"}),
        (".cam.mp4", Target(path=(".cam.mp4",)), {"VID030"}),
        ("cäm.mp4", Target(path=("cäm.mp4",)), {"VID029"}),
        ("cam?.mp4", Target(path=("cam?.mp4",)), {"VID025", "VID029"}),
        ("x" * 300 + ".mp4", None, {"VID025"}),
    ],
)
def test_what_is_said_of_a_reference(text: str, target: Target | None, expected: set[str]) -> None:
    assert codes(text, target) == expected


def test_each_of_many_copies_is_reported_against_the_first() -> None:
    files = tuple(
        ExternalFile(index=index, reference=parse_reference("a.mp4")) for index in range(2_000)
    )
    hits = list(hits_of(BY_CODE["VID014"], files))
    assert len(hits) == len(files) - 1
    assert [hit.values["index"] for hit in hits] == list(range(1, len(files)))
    assert {hit.values["first"] for hit in hits} == {0}
