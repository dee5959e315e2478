"""What a dandiset on an archive holds is said in words, and kept in saved reports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.report.dandiset_contents import describe_dandisets

CONTENTS = DandisetContents(
    assets=61,
    assets_bytes=7_400_000,
    recordings=30,
    recordings_bytes=7_300_000,
    videos=29,
    videos_bytes=100_000,
    read=28,
    with_pose=21,
    ndx_pose_versions={"0.2.0": 1, "0.4.0": 20},
    references=26,
    dangling=4,
    probed=25,
    unplayable=1,
    unreferenced=2,
)
PATH = "dandi://dandi/000409@draft"


def report_of(contents: DandisetContents | None) -> Report:
    block = FileReport(path=PATH, status=FileStatus.CHECKED, contents=contents)
    return Report(version="1", dandisets=(block,))


def test_it_is_said_in_words() -> None:
    assert describe_dandisets(report_of(CONTENTS)) == [
        f"{PATH} holds 30 recordings (7.3 MB) and 29 videos (100 kB), of 61 assets (7.4 MB).",
        "Of 28 that were read, 21 (75%) hold pose (ndx-pose 0.2.0 × 1, 0.4.0 × 20).",
        "26 references lead to an asset and 4 to none; of 25 videos that were looked into, 1 "
        "cannot be played; 2 videos that no recording references.",
    ]


def test_what_is_not_known_is_said() -> None:
    part = replace(CONTENTS, unreferenced=None, unknown="only a part of the dandiset was checked")
    (*_, line) = describe_dandisets(report_of(part))
    assert line.endswith(
        "which videos no recording references is not known: only a part of the dandiset was "
        "checked."
    )


def test_one_recording_without_pose_and_none_read() -> None:
    one = DandisetContents(recordings=1, read=1, with_pose=1)
    none = DandisetContents(recordings=1, unreferenced=None, unknown="it was not read")
    assert describe_dandisets(report_of(one))[1] == "Of 1 that was read, 1 (100%) holds pose."
    assert describe_dandisets(report_of(none))[1] == "Of 0 that were read, 0 hold pose."


def test_a_folder_on_the_disk_has_none() -> None:
    assert describe_dandisets(report_of(None)) == []
    assert "contents" not in report_of(None).to_dict()["dandisets"][0]


@pytest.mark.parametrize("contents", [CONTENTS, None])
def test_a_saved_report_keeps_it(contents: DandisetContents | None) -> None:
    report = report_of(contents)
    assert Report.from_dict(report.to_dict()) == report
