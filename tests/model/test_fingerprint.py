"""What makes a finding the same one in another run, and what does not."""

from __future__ import annotations

from dataclasses import replace

from tests.report.samples import file_report, finding

from posecheck.model.fingerprint import (
    count_fingerprints,
    distinct_fingerprints,
    fingerprint,
    new_findings,
    with_fingerprints,
)

ONE = finding(message="60 frames", frames=60)


def test_it_is_the_same_in_every_version() -> None:
    named = replace(ONE, variant="images", subject="videos/front.mp4")
    assert fingerprint(named, "sub-M01/a.nwb") == (
        "1bd4a900e0816ab4e8e0632d71663a9022e24682cd3a176b45fbd21c3fec91b8"
    )


def test_figures_wording_and_place_of_the_run_make_no_other_finding() -> None:
    others = (
        replace(ONE, message="61 frames", values={"frames": 61}),
        replace(ONE, file="/data/sub-M01/a.nwb"),
        replace(ONE, remedy="", name="", url="https://example.org"),
    )
    assert {fingerprint(each, "a.nwb") for each in (ONE, *others)} == {fingerprint(ONE, "a.nwb")}
    assert fingerprint(ONE, "a\\b.nwb") == fingerprint(ONE, "a/b.nwb")
    assert fingerprint(ONE, "Mu\u0308ller.nwb") == fingerprint(ONE, "M\xfcller.nwb")


def test_code_path_location_variant_and_subject_do() -> None:
    others = [
        replace(ONE, code="VID003"),
        replace(ONE, location="/b"),
        replace(ONE, variant="images"),
        replace(ONE, subject="b.mp4"),
    ]
    prints = {fingerprint(each, "a.nwb") for each in (ONE, *others)}
    assert len(prints | {fingerprint(ONE, "b.nwb")}) == 6


def test_what_is_left_equal_is_counted_and_a_higher_count_is_new() -> None:
    report = with_fingerprints(file_report(ONE, ONE, replace(ONE, location="/b")), str)
    first, second, third = report.findings
    assert first.fingerprint == fingerprint(first, first.file)
    known = count_fingerprints([first, third])
    assert list(new_findings(report.findings, known)) == [second]
    assert list(new_findings(report.findings, count_fingerprints(report.findings))) == []
    assert list(new_findings(report.findings, {})) == [first, second, third]


def test_programs_that_show_a_report_get_distinct_ones() -> None:
    report = with_fingerprints(file_report(ONE, ONE), str)
    prints = [print_ for _, print_ in distinct_fingerprints(report.findings)]
    assert prints[0] == report.findings[0].fingerprint
    assert len(set(prints)) == 2
