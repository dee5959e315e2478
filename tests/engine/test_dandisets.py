"""Rules over several files: what is said once all files of a dandiset were checked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import pytest
from tests.engine.files import write_container
from tests.engine.recorder import Recorder

from posecheck.engine import Settings, run
from posecheck.model.report import Report

RULES = ("LAY006", "VID014", "VID025", "VID028")


@pytest.fixture
def dandiset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a dandiset of two careful sessions, and stand beside it."""
    root = tmp_path / "000409"
    root.mkdir()
    (root / "dandiset.yaml").write_text("identifier: DANDI:000409\n")
    for session in ("1", "2"):
        video = f"sub-A_ses-{session}/cam.mp4"
        write_session(root / "sub-A" / f"sub-A_ses-{session}.nwb", video, session=session)
        put(root / "sub-A" / video)
    monkeypatch.chdir(tmp_path)
    return root


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"video")
    return path


def write_session(path: Path, *videos: str, subject: str = "A", session: str = "1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        write_container(file)
        file.attrs["object_id"] = f"{subject}-{session}-{path.stem}"
        file["general/session_id"] = session
        holder = file.create_group("general/subject")
        holder.attrs.update(neurodata_type="Subject", namespace="core")
        holder["subject_id"] = subject
        series = file.create_group("acquisition/cam")
        series.attrs.update(neurodata_type="ImageSeries", namespace="core")
        series["external_file"] = list(videos)
    return path


def check(*paths: str, select: tuple[str, ...] = RULES, **options: object) -> Report:
    chosen: dict[str, object] = {"isolated": True, "jobs": 2, **options}
    return run(Settings(paths=paths, select=select, **chosen))  # type: ignore[arg-type]


def findings(report: Report) -> list[tuple[str, str]]:
    return [(item.code, Path(item.file).as_posix()) for item in report.findings]


def reasons(report: Report) -> list[tuple[str, str]]:
    return [(skip.code, skip.reason) for block in report.dandisets for skip in block.skipped]


def test_a_careful_dandiset_gives_nothing(dandiset: Path) -> None:
    recorder = Recorder()
    report = run(
        Settings(paths=("000409",), select=RULES, isolated=True, jobs=2), progress=recorder
    )
    assert findings(report) == []
    assert report.skipped == ()
    assert len(report.files) == 2
    assert [block.path for block in report.dandisets] == ["000409"]
    assert tuple(recorder.reports) == (*report.files, *report.dandisets)
    assert report.dandisets[0].rules_run == len(RULES)


def test_a_copy_is_reported_at_the_copy(dandiset: Path) -> None:
    original = dandiset / "sub-A" / "sub-A_ses-1.nwb"
    shutil.copy(original, original.with_name("sub-A_ses-1_desc-copy.nwb"))
    report = check("000409")
    assert findings(report) == [("LAY006", "000409/sub-A/sub-A_ses-1_desc-copy.nwb")]
    assert "sub-A_ses-1.nwb have one object_id" in report.findings[0].message
    assert [finding for file in report.files for finding in file.findings] == []


def test_a_video_of_two_sessions_is_reported_and_one_of_two_animals_is_not(dandiset: Path) -> None:
    shared = "sub-A_ses-1/cam.mp4"
    write_session(dandiset / "sub-A" / "sub-A_ses-3.nwb", shared, session="3")
    write_session(dandiset / "sub-A" / "sub-A_ses-1_desc-raw.nwb", shared, session="1")
    write_session(dandiset / "sub-B" / "sub-B_ses-9.nwb", f"../sub-A/{shared}", subject="B")
    report = check("000409")
    assert findings(report) == [("VID014", "000409/sub-A/sub-A_ses-3.nwb")]
    assert report.findings[0].location == "/acquisition/cam"


def test_names_that_differ_by_case_are_reported_across_files(dandiset: Path) -> None:
    put(dandiset / "sub-A" / "sub-A_ses-1" / "CAM.mp4")
    write_session(dandiset / "sub-A" / "sub-A_ses-1_desc-b.nwb", "sub-A_ses-1/CAM.mp4", session="1")
    # Where the file system ignores case, the two are one, and nothing is reported.
    are_two = len(list((dandiset / "sub-A" / "sub-A_ses-1").iterdir())) == 2
    is_reported = ("VID025", "000409/sub-A/sub-A_ses-1_desc-b.nwb") in findings(check("000409"))
    assert is_reported == are_two


def test_a_video_that_nobody_references_is_reported(dandiset: Path) -> None:
    put(dandiset / "sub-A" / "sub-A_ses-2" / "forgotten.MP4")
    put(dandiset / "sub-A" / ".hidden" / "a.mp4")
    put(dandiset / "sub-A" / "maps.zarr" / "a.mp4")
    put(dandiset / "bids" / "a.mp4")
    put(dandiset / "bids" / "dataset_description.json")
    os.link(dandiset / "sub-A" / "sub-A_ses-1" / "cam.mp4", dandiset / "sub-A" / "alias.mp4")
    report = check("000409")
    assert findings(report) == [("VID028", "000409/sub-A/sub-A_ses-2/forgotten.MP4")]
    assert findings(check(str(dandiset.parent))) == findings(report)


def test_a_linked_folder_is_not_searched(dandiset: Path) -> None:
    put(dandiset.parent / "elsewhere" / "a.mp4")
    (dandiset / "sub-A" / "linked").symlink_to(dandiset.parent / "elsewhere")
    assert findings(check("000409")) == []


def test_a_part_of_a_dandiset_is_not_checked_for_forgotten_videos(dandiset: Path) -> None:
    put(dandiset / "sub-A" / "forgotten.mp4")
    report = check("000409/sub-A/sub-A_ses-1.nwb")
    assert findings(report) == []
    assert reasons(report) == [("VID028", "only a part of the dandiset was checked")]


def test_one_unreadable_file_keeps_forgotten_videos_from_being_checked(dandiset: Path) -> None:
    (dandiset / "sub-A" / "sub-A_ses-2.nwb").write_bytes(b"no HDF5")
    put(dandiset / "sub-A" / "forgotten.mp4")
    report = check("000409")
    assert "VID028" not in {code for code, _ in findings(report)}
    ((code, reason),) = reasons(report)
    assert code == "VID028"
    assert Path(reason.rpartition(": ")[2]).as_posix() == "000409/sub-A/sub-A_ses-2.nwb"


def test_each_dandiset_is_checked_by_itself(dandiset: Path) -> None:
    other = dandiset.with_name("000500")
    shutil.copytree(dandiset, other)
    report = check("000500", "000409")
    assert findings(report) == []
    assert [block.path for block in report.dandisets] == ["000500", "000409"]


def test_outside_a_dandiset_nothing_is_checked_and_it_is_said(dandiset: Path) -> None:
    (dandiset / "dandiset.yaml").unlink()
    report = check("000409", select=("LAY006",))
    assert report.dandisets == ()
    assert {(skip.code, skip.reason) for skip in report.skipped} == {
        ("LAY006", "not inside a dandiset")
    }


def test_ignored_codes_are_silent_for_their_file(dandiset: Path) -> None:
    original = dandiset / "sub-A" / "sub-A_ses-1.nwb"
    shutil.copy(original, original.with_name("sub-A_ses-1_desc-copy.nwb"))
    report = check("000409", per_file_ignores=(("*-copy.nwb", "LAY006"),))
    assert findings(report) == []
