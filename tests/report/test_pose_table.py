"""The table of an audit, and what it says that nobody looked into."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from tests.report.samples import file_report, finding

from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.finding import Severity
from posecheck.model.pose_probes import NotProbed, PoseProbes
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.report.console import open_console
from posecheck.report.pose_table import describe_search, print_search

ADDRESS = "dandi://dandi/000409@draft"
CONTENTS = DandisetContents(
    recordings=12,
    videos=9,
    read=4,
    with_pose=4,
    dangling=2,
    unplayable=1,
    unreferenced=3,
    pose_probes=PoseProbes(probed=10, with_pose=4, not_probed={NotProbed.ZARR: 2}),
)


def dandiset(
    probes: PoseProbes, *, address: str = ADDRESS, contents: DandisetContents = CONTENTS
) -> FileReport:
    """Return the report of a dandiset that was searched."""
    held = replace(contents, pose_probes=probes)
    return FileReport(path=address, status=FileStatus.CHECKED, contents=held)


def printed(report: Report, width: int = 200) -> list[str]:
    """Return the lines that are printed, without blanks at their ends."""
    stream = io.StringIO()
    console = open_console(stream, color=False)
    console.width = width
    print_search(console, report)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def said(*probes: PoseProbes) -> list[str]:
    """Return what is said of dandisets of one archive."""
    blocks = (
        dandiset(each, address=f"dandi://dandi/{number:06}@draft")
        for number, each in enumerate(probes, 1)
    )
    return list(describe_search(Report(version="1", dandisets=tuple(blocks))))


def test_findings_are_counted_by_dandiset_and_rule() -> None:
    of_file = file_report(
        *(finding("VID002", Severity.ERROR) for _ in range(3)),
        finding("CNF001", Severity.ERROR),
        path=f"{ADDRESS}/sub-1/a.nwb",
    )
    elsewhere = file_report(
        finding("TIM001", Severity.ERROR), path="dandi://dandi/000410@draft/a.nwb"
    )
    assert CONTENTS.pose_probes is not None
    over_all = replace(
        dandiset(CONTENTS.pose_probes), findings=(finding("VID028", Severity.WARNING),)
    )
    lines = printed(Report(version="1", files=(of_file, elsewhere), dandisets=(over_all,)))
    assert lines[0].split() == [
        *("dandiset", "with", "pose", "probed", "not", "probed", "dangling"),
        *("unreferenced", "unplayable", "findings"),
    ]
    assert lines[1].split(maxsplit=7) == [
        *("000409@draft", "4", "10", "2", "2", "3", "1"),
        "VID002 × 3, CNF001 × 1, VID028 × 1",
    ]


def test_more_rules_than_have_room_are_counted() -> None:
    codes = [f"VID{number:03}" for number in range(1, 8)]
    of_file = file_report(
        *(finding(code, Severity.ERROR) for code in codes), path=f"{ADDRESS}/a.nwb"
    )
    assert CONTENTS.pose_probes is not None
    block = dandiset(CONTENTS.pose_probes)
    (_, row, *_) = printed(Report(version="1", files=(of_file,), dandisets=(block,)))
    assert row.endswith("VID004 × 1, 3 more rules")


def test_dandisets_of_two_archives_have_their_addresses() -> None:
    probes = PoseProbes(probed=1, with_pose=1)
    other = "dandi://ember-dandi/000409@0.1.2"
    blocks = (dandiset(probes), dandiset(probes, address=other))
    rows = printed(Report(version="1", dandisets=blocks))[1:3]
    assert [row.split()[0] for row in rows] == [ADDRESS, other]


def test_one_that_is_not_shown_is_of_the_same_archive() -> None:
    hidden = dandiset(PoseProbes(not_listed=NotProbed.EMBARGOED), address="dandi://dandi/000410")
    blocks = (dandiset(PoseProbes(probed=1, with_pose=1)), hidden)
    row = printed(Report(version="1", dandisets=blocks))[1]
    assert row.startswith("000409@draft ")


@pytest.mark.parametrize(
    ("contents", "written"),
    [
        (replace(CONTENTS, unreferenced=None, unreferenced_by_read=12), "≤ 12"),
        (replace(CONTENTS, unreferenced=None, unreferenced_by_read=0), "0"),
        (replace(CONTENTS, unreferenced=1_200), "1,200"),
    ],
)
def test_how_many_videos_nobody_references(contents: DandisetContents, written: str) -> None:
    block = dandiset(PoseProbes(probed=1, with_pose=1), contents=contents)
    assert f" {written} " in printed(Report(version="1", dandisets=(block,)))[1]


def test_dandisets_without_pose_are_in_the_sentences_alone() -> None:
    lines = printed(Report(version="1", dandisets=(dandiset(PoseProbes(probed=7)),)))
    assert lines == ["Of 7 recordings that were probed in 1 dandiset, 0 hold pose."]


def test_other_runs_have_no_table() -> None:
    block = FileReport(
        path=ADDRESS, status=FileStatus.CHECKED, contents=replace(CONTENTS, pose_probes=None)
    )
    assert printed(Report(version="1", dandisets=(block,))) == []


def test_what_nobody_looked_into_is_said() -> None:
    probes = PoseProbes(
        probed=5,
        with_pose=1,
        read_whole=1,
        not_probed={NotProbed.NOT_CANDIDATE: 1_000, NotProbed.NOT_NAMED: 1, NotProbed.FAILED: 1},
        failures=("a.nwb: the host answers 503 (Service Unavailable); tried 6 times",),
    )
    hidden = PoseProbes(not_listed=NotProbed.EMBARGOED, failures=("it is embargoed",))
    gone = PoseProbes(not_listed=NotProbed.FAILED, failures=("the archive is away",))
    assert said(probes, hidden, gone) == [
        "Of 5 recordings that were probed in 1 dandiset, 1 holds pose.",
        "One of them had to be read for that: a few bytes did not tell.",
        "Not probed: 1,000 recordings with a path that suggests no pose (--probe-all probes all), "
        "1 recording beside what was named, 1 recording with bytes that could not be had or read.",
        "Not listed: 1 dandiset under embargo, not shown to you: 000002@draft.",
        "Not listed: 1 dandiset that the archive did not answer for: 000003@draft.",
        "Failed: a.nwb: the host answers 503 (Service Unavailable); tried 6 times",
        "Failed: the archive is away",
    ]


def test_many_failures_are_counted() -> None:
    lines = said(*(PoseProbes(failures=(f"{number} failed",)) for number in range(9)))
    assert lines[-2:] == ["Failed: 5 failed", "3 more failed; the JSON reports name them."]


def test_names_of_an_archive_cannot_reach_the_terminal() -> None:
    probes = PoseProbes(probed=1, with_pose=1, failures=("\x1b[2Ja.nwb: gone",))
    block = dandiset(probes, address="dandi://dandi/000409@\x1b[2J")
    assert "\x1b" not in "".join(printed(Report(version="1", dandisets=(block,))))


def test_a_saved_report_has_all_of_it() -> None:
    probes = PoseProbes(
        probed=5,
        with_pose=1,
        read_whole=1,
        not_probed={NotProbed.ZARR: 2},
        not_listed=NotProbed.EMBARGOED,
        failures=("a", "b"),
    )
    report = Report(version="1", dandisets=(dandiset(probes),))
    assert Report.from_dict(report.to_dict()) == report
