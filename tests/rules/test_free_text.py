"""Units, reference frames and clocks hold whatever somebody wrote: rules must bear it."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.model.clock import Clock
from posecheck.model.facts import ArrayInfo, ClockDifference, PositionFacts, TimestampFacts
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Rule, Scope
from posecheck.model.wording import wording_of
from posecheck.rules import evaluate_rule

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
TEXTS = st.none() | st.text(max_size=60) | st.sampled_from(["px", "(0,0) is unknown.", "(0, 0)"])
FAMILIES = {"units", "reference_frames", "confidence", "clocks"}


@functools.cache
def rule_of(code: str) -> Rule:
    return next(rule for rule in load_catalog() if rule.code == code)


def messages(code: str, subject: Any) -> list[str]:
    rule = rule_of(code)
    params = Params({p.name: p.default for p in rule.parameters})
    hits = [hit for hit in evaluate_rule(rule, subject, params) if isinstance(hit, Hit)]
    return [wording_of(rule, hit)[1] for hit in hits]


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    facts = TimestampFacts(
        count=draw(st.integers(0, 200)),
        first=draw(FLOATS),
        last=draw(FLOATS),
        not_finite=draw(st.integers(0, 2)),
        not_increasing=draw(st.integers(0, 2)),
        median_step=draw(FLOATS),
        greatest_step=draw(FLOATS),
        whole=draw(st.booleans()),
        gaps=draw(st.integers(0, 2)),
        gaps_total=draw(FLOATS),
        digest=draw(st.sampled_from("ab")),
    )
    stored = st.builds(ArrayInfo, path=st.sampled_from(["/a", "/b"]), shape=st.just((100,)))
    return Clock(
        rate=draw(st.none() | FLOATS),
        start=draw(st.none() | FLOATS),
        timestamps=draw(st.none() | stored),
        facts=draw(st.none() | st.just(facts)),
        unit=draw(TEXTS),
    )


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    series = st.builds(
        PoseSeries,
        name=st.text(max_size=5),
        path=st.text(max_size=5),
        data=st.builds(ArrayInfo, shape=st.tuples(st.integers(0, 200), st.integers(1, 4))),
        positions=st.builds(
            PositionFacts,
            frames=st.integers(0, 200),
            finite=st.integers(0, 200),
            low=st.sampled_from([(), (-7.0, 1.0), (0.0, 0.0, 0.0)]),
            high=st.sampled_from([(), (900.0, 1.0), (1.0, 1.0, 1.0)]),
        ),
        unit=TEXTS,
        conversion=FLOATS,
        offset=FLOATS,
        reference_frame=TEXTS,
        clock=clocks(),
    )
    difference = st.builds(
        ClockDifference, frames=st.integers(0, 3), greatest_offset=FLOATS, frame=FLOATS
    )
    container = PoseContainer(
        series=tuple(draw(st.lists(series, max_size=3))),
        source_video=draw(st.sampled_from([None, "/acquisition/video", "/gone"])),
        source_software=draw(st.sampled_from([None, "", "SLEAP"])),
        clock_differences=tuple(draw(st.lists(difference, max_size=2))),
    )
    return Recording(containers=(container,), videos=(Video(clock=draw(clocks())),))


@pytest.mark.slow
@given(recordings())
def test_no_value_breaks_a_rule_or_its_message(recording: Recording) -> None:
    subjects: dict[Scope, list[Any]] = {
        Scope.RECORDING: [recording],
        Scope.CONTAINER: list(recording.every_container()),
        Scope.SERIES: list(recording.every_series()),
    }
    for rule in load_catalog():
        if rule.family in FAMILIES:
            for subject in subjects[rule.scope]:
                assert all(messages(rule.code, subject))


@given(st.text(max_size=80))
def test_one_finding_is_about_a_unit_and_of_a_reference_frame(text: str) -> None:
    series = PoseSeries(unit=text, reference_frame=text)
    assert len(messages("UNI001", series) + messages("UNI002", series)) <= 1
    container = PoseContainer(series=(series,))
    assert len(messages("REF001", container) + messages("REF002", series)) <= 1


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("(0,0) is the top-left pixel of the video frame, with x increasing to the right", 2),
        ("(0,0) is the top left corner of the video frame.", 2),
        ("(0,0) is top left", 2),
        ("Top-left of the image", 2),
        ("The coordinates are in (x, y) relative to the top-left of the image. Coordinates refer "
         "to the midpoint of the pixel.", 2),
        ("(0,0) is the lower left corner of the arena", 2),
        ("Origin: bregma. x = ML, y = AP, z = DV", 3),
        ("(0,0,0) is the nest entrance; x along the tunnel, y to its left, z vertical", 3),
        ("World frame of the calibration board: origin at its first inner corner, x along rows, "
         "y along columns, z out of the board", 3),
        ("OpenCV convention in the frame of camera 1", 3),
    ],
)  # fmt: skip
def test_a_careful_reference_frame_gives_nothing(text: str, columns: int) -> None:
    series = PoseSeries(reference_frame=text, data=ArrayInfo(shape=(9, columns)))
    container = dataclasses.replace(PoseContainer(source_software="SLEAP"), series=(series,))
    assert not messages("REF001", container)
    assert not messages("REF002", series)
    assert not messages("REF003", container)


@pytest.mark.parametrize(
    "text",
    ["unknown", "N/A", "No reference.", "(0,0) corresponds to…", "(0, 0)", "?", "TBD"],
)
def test_a_placeholder_is_no_reference_frame(text: str) -> None:
    container = PoseContainer(series=(PoseSeries(reference_frame=text),))
    assert len(messages("REF001", container)) == 1
