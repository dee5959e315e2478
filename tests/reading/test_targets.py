"""Where references lead on a real file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from posecheck.model.external_file import Target, TargetState
from posecheck.reading.targets import FileContext
from posecheck.sources.local_source import LocalSource


@pytest.fixture
def dandiset(tmp_path: Path) -> Path:
    root = tmp_path / "000409"
    session = root / "sub-A" / "sub-A_ses-1"
    session.mkdir(parents=True)
    (root / "dandiset.yaml").write_text("identifier: DANDI:000409\n")
    (root / "sub-A" / "sub-A_ses-1.nwb").write_bytes(b"nwb")
    (session / "left.mp4").write_bytes(b"left video")
    (tmp_path / "outside.mp4").write_bytes(b"outside")
    return root


def look_up(root: Path, text: str) -> Target:
    target = (
        FileContext(LocalSource.at(root / "sub-A" / "sub-A_ses-1.nwb"))
        .external_file(0, text)
        .target
    )
    assert target is not None
    return target


def test_a_video_in_place_is_present_and_counted_from_the_dandiset(dandiset: Path) -> None:
    target = look_up(dandiset, "sub-A_ses-1/left.mp4")
    assert target.state is TargetState.PRESENT
    assert target.path == ("sub-A", "sub-A_ses-1", "left.mp4")
    assert target.size == len(b"left video")


@pytest.mark.parametrize("text", ["sub-A_ses-1\\left.mp4", "./sub-A_ses-1//left.mp4"])
def test_other_spellings_lead_to_the_same_file(dandiset: Path, text: str) -> None:
    assert look_up(dandiset, text) == look_up(dandiset, "sub-A_ses-1/left.mp4")


@pytest.mark.parametrize("text", ["sub-A_ses-1/right.mp4", "a\0b.mp4", "x" * 5000, "\udcff.mp4"])
def test_what_cannot_be_there_is_missing(dandiset: Path, text: str) -> None:
    assert look_up(dandiset, text).state is TargetState.MISSING


@pytest.mark.parametrize("text", ["../../outside.mp4", "../../000409/../outside.mp4"])
def test_a_reference_that_climbs_out_is_outside_though_a_file_is_there(
    dandiset: Path, text: str
) -> None:
    assert look_up(dandiset, text).state is TargetState.OUTSIDE


def test_a_linked_folder_that_leads_out_is_detected(dandiset: Path) -> None:
    (dandiset / "sub-A" / "elsewhere").symlink_to(dandiset.parent, target_is_directory=True)
    target = look_up(dandiset, "elsewhere/outside.mp4")
    assert target.state is TargetState.OUTSIDE_BY_LINK


def test_a_linked_folder_may_lead_where_the_user_said(dandiset: Path, tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "a.mp4").write_bytes(b"a")
    (dandiset / "sub-A" / "elsewhere").symlink_to(tmp_path / "lab", target_is_directory=True)
    nwb = dandiset / "sub-A" / "sub-A_ses-1.nwb"
    for folder, state in (
        (tmp_path / "lab", TargetState.PRESENT),
        (tmp_path / "home", TargetState.OUTSIDE_BY_LINK),
    ):
        target = (
            FileContext(LocalSource.at(nwb), (folder,)).external_file(0, "elsewhere/a.mp4").target
        )
        assert target is not None
        assert target.state is state


def test_a_linked_file_is_allowed_as_dandi_organize_makes_them(dandiset: Path) -> None:
    (dandiset / "sub-A" / "linked.mp4").symlink_to(dandiset.parent / "outside.mp4")
    assert look_up(dandiset, "linked.mp4").state is TargetState.PRESENT


def test_two_names_of_one_file_share_their_identity(dandiset: Path) -> None:
    os.link(dandiset / "sub-A" / "sub-A_ses-1" / "left.mp4", dandiset / "sub-A" / "same.mp4")
    same, left = look_up(dandiset, "same.mp4"), look_up(dandiset, "sub-A_ses-1/left.mp4")
    assert same.identity == left.identity != ""


def test_a_folder_is_not_a_file(dandiset: Path) -> None:
    assert look_up(dandiset, "sub-A_ses-1").state is TargetState.NOT_A_FILE


def test_an_annexed_video_without_its_content_is_not_fetched(dandiset: Path) -> None:
    (dandiset / "sub-A" / "annexed.mp4").symlink_to(
        "../.git/annex/objects/G9/Xm/SHA256E-s10--ab.mp4/SHA256E-s10--ab.mp4"
    )
    assert look_up(dandiset, "annexed.mp4").state is TargetState.NOT_FETCHED


def test_an_absolute_reference_is_not_followed_but_sought_beside(dandiset: Path) -> None:
    (dandiset / "sub-A" / "cam.mp4").write_bytes(b"cam")
    found = look_up(dandiset, "C:\\data\\cam.mp4")
    assert found.state is TargetState.UNKNOWN
    assert found.candidate is not None
    assert (found.candidate.reference, found.candidate.is_meant) == ("cam.mp4", False)
    assert found.candidate.path == ("sub-A", "cam.mp4")
    assert look_up(dandiset, "/data/other.mp4").candidate is None


@pytest.mark.skipif(os.name == "nt", reason="a path without a drive is none there")
def test_an_absolute_reference_within_the_dandiset_names_its_file(dandiset: Path) -> None:
    (dandiset / "sub-A" / "left.mp4").write_bytes(b"another file of that name")
    inside = dandiset / "sub-A" / "sub-A_ses-1" / "left.mp4"
    for text in (inside.as_posix(), inside.as_uri()):
        candidate = look_up(dandiset, text).candidate
        assert candidate is not None
        assert (candidate.reference, candidate.is_meant) == ("sub-A_ses-1/left.mp4", True)


@pytest.mark.skipif(os.name == "nt", reason="a path without a drive is none there")
def test_nothing_outside_the_dandiset_is_looked_at(dandiset: Path) -> None:
    outside = dandiset.parent / "outside.mp4"
    outside.write_bytes(b"outside")
    (dandiset / "elsewhere").symlink_to(dandiset.parent, target_is_directory=True)
    climbing = (dandiset / ".." / "outside.mp4").as_posix()
    through_a_link = (dandiset / "elsewhere" / "outside.mp4").as_posix()
    for text in (outside.as_posix(), climbing, through_a_link):
        assert look_up(dandiset, text).candidate is None


def test_a_url_is_not_asked(dandiset: Path) -> None:
    assert look_up(dandiset, "https://example.org/left.mp4").state is TargetState.UNKNOWN


def test_a_bids_dataset_is_recognized_for_the_file_and_its_videos(dandiset: Path) -> None:
    assert not look_up(dandiset, "sub-A_ses-1/left.mp4").in_bids
    other = dandiset / "bids"
    (other / "sub-B").mkdir(parents=True)
    (other / "dataset_description.json").write_text("{}")
    (other / "sub-B" / "left.h264").write_bytes(b"h264")
    file_context = FileContext(LocalSource.at(other / "sub-B" / "sub-B.nwb"))
    target = file_context.external_file(0, "left.h264").target
    assert target is not None
    assert target.in_bids
    assert file_context.dandiset is not None
    assert file_context.dandiset.is_bids


def test_outside_a_dandiset_a_neighbours_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "nwb").mkdir()
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "cam.mp4").write_bytes(b"cam")
    file_context = FileContext(LocalSource.at(tmp_path / "nwb" / "session.nwb"))
    assert file_context.dandiset is None
    target = file_context.external_file(0, "../videos/cam.mp4").target
    assert target is not None
    assert target.state is TargetState.PRESENT
    assert target.path == ("..", "videos", "cam.mp4")
