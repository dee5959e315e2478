"""Recordings on the archive: named by addresses, and judged by one listing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.archive.filling import send_folder
from tests.archive.fixtures import archive, store
from tests.archive.recordings import write_recordings
from tests.archive.server import Archive
from tests.end_to_end.command import Outcome, posecheck

import posecheck as package

__all__ = ["archive", "store"]

FIRST = "sub-mouse01/sub-mouse01_ses-0001_behavior.nwb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("written")
    write_recordings(written, 3)
    return written


def validate(archive: Archive, place: str, *options: str) -> Outcome:
    address = f"dandi://{archive.url.removeprefix('http://')}/{place}"
    return posecheck("validate", address, "--output", "json", *options)


def files(outcome: Outcome) -> list[str]:
    return [file["path"].partition("@")[2] for file in outcome.report["files"]]


def test_a_dandiset_is_checked_by_one_listing(archive: Archive, folder: Path) -> None:
    dandiset = send_folder(archive, folder)
    archive.log.clear()
    outcome = validate(archive, dandiset)
    assert (outcome.code, outcome.report["findings"]) == (0, [])
    assert files(outcome) == [f"draft/{FIRST.replace('0001', f'000{n}')}" for n in (1, 2, 3)]
    assert len(archive.log.entries("GET", "/versions/")) == 1


def test_python_checks_a_dandiset(archive: Archive, folder: Path) -> None:
    address = f"{archive.url}/dandiset/{send_folder(archive, folder)}/draft"
    report = package.validate(address, engines=("pose",), isolated=True)
    (dandiset,) = report.dandisets
    assert report.active == ()
    assert dandiset.contents is not None
    assert (dandiset.contents.read, dandiset.contents.with_pose) == (3, 3)


@pytest.mark.parametrize("place", [f"@draft/{FIRST}", "@draft/sub-mouse01/*ses-0001*"])
def test_a_part_is_checked(archive: Archive, folder: Path, place: str) -> None:
    outcome = validate(archive, send_folder(archive, folder) + place)
    assert outcome.code == 0
    assert files(outcome) == [f"draft/{FIRST}"]


def test_a_page_of_the_archive_and_its_parts_are_listed_once(
    archive: Archive, folder: Path
) -> None:
    page = f"{archive.url}/dandiset/{send_folder(archive, folder)}/draft"
    archive.log.clear()
    outcome = posecheck("validate", page, f"{page}/files?location=sub-mouse01", "--output", "json")
    assert (outcome.code, len(files(outcome))) == (0, 3)
    assert len(archive.log.entries("GET", "/versions/")) == 1


def test_info_describes_an_asset(archive: Archive, folder: Path) -> None:
    dandiset = send_folder(archive, folder)
    address = f"{archive.url}/api/assets/{archive.assets(dandiset)[FIRST].asset_id}/download/"
    for named in (address, f"dandi://{archive.url.removeprefix('http://')}/{dandiset}/{FIRST}"):
        outcome = posecheck("info", named)
        assert outcome.code == 0
        assert "PoseEstimation" in outcome.stdout


def test_an_embargoed_dandiset_is_checked_with_a_token(archive: Archive, folder: Path) -> None:
    dandiset = send_folder(archive, folder, embargoed=True)
    refused = validate(archive, dandiset)
    assert refused.code == 2
    assert "without a token it is not visible" in refused.stderr
    address = f"dandi://{archive.url.removeprefix('http://')}/{dandiset}"
    token = {archive.token_variable: archive.token}
    outcome = posecheck("validate", address, "--output", "json", env=token)
    assert (outcome.code, len(files(outcome))) == (0, 3)
    assert archive.token not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("000009", "has no dandiset 000009"),
        ("000001@0.1.2", "has no version 0.1.2"),
        ("000001@draft/sub-none/", "no asset of dandiset 000001, version draft"),
        ("000001@draft/*.mp4", "names 3 assets, and no *.nwb among them"),
        ("1", "names no dandiset"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    archive: Archive, folder: Path, place: str, said: str
) -> None:
    send_folder(archive, folder)
    outcome = validate(archive, place)
    assert outcome.code == 2
    assert said in " ".join(outcome.stderr.split())


def test_a_reference_that_no_asset_answers_is_reported_once(
    archive: Archive, folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (video,) = (copy / "sub-mouse01" / "sub-mouse01_ses-0002_behavior").iterdir()
    video.unlink()
    dandiset = send_folder(archive, copy)
    outcome = validate(archive, dandiset)
    assert outcome.code == 1
    (finding,) = outcome.report["findings"]
    path = video.relative_to(copy).as_posix()
    assert (finding["code"], finding["variant"]) == ("LAY007", "unanswered")
    assert finding["message"].endswith(f"and the archive holds no {path}")
    assert finding["subject"] == path
    selected = validate(archive, dandiset, "--select", "LAY007")
    assert [each["code"] for each in selected.report["findings"]] == ["LAY007"]
    here = posecheck("validate", copy, "--select", "LAY007")
    assert here.code == 2
    assert "no file on a disk is checked for it" in " ".join(here.stderr.split())


def test_a_reference_whose_folder_has_other_letters_names_the_asset(
    archive: Archive, folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    stem = copy / "sub-mouse01" / "sub-mouse01_ses-0002_behavior"
    stem.rename(stem.with_name("sub-mouse01_ses-0002_Behavior"))
    outcome = validate(archive, send_folder(archive, copy))
    (finding,) = outcome.report["findings"]
    assert (finding["code"], finding["variant"]) == ("LAY007", "near")
    assert "it holds sub-mouse01/sub-mouse01_ses-0002_Behavior/" in finding["message"]
