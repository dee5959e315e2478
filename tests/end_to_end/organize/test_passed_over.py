"""What organize does not take is reported: names that are nearly right, linked folders, BIDS."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    organize,
    recordings,
    snapshot,
    start_dandiset,
)
from tests.recordings.sessions import Footage, film, write_session

INTO = ("-d", "dandiset", "--yes")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Windows and macOS find such names"),
]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """An empty dandiset, beside which a test puts its sessions into ``raw``."""
    start_dandiset(tmp_path / "dandiset")
    return tmp_path


class TestNearNames:
    @pytest.mark.parametrize(
        ("said", "there", "difference"),
        [
            ("Käfig.mp4", unicodedata.normalize("NFD", "Käfig.mp4"), "Unicode NFC or NFD"),
            (unicodedata.normalize("NFD", "Käfig.mp4"), "Käfig.mp4", "Unicode NFC or NFD"),
            ("videos/Top.mp4", "videos/top.MP4", "in other capitals"),
            ("Videos/top.mp4", "videos/top.mp4", "in other capitals"),
            ("my video.mp4", "my_video.mp4", "with other blanks or underscores"),
            ("my video.mp4", "my  video .mp4", "with other blanks or underscores"),
        ],
    )
    def test_a_file_of_nearly_the_name_is_reported_and_not_taken(
        self, lab: Path, said: str, there: str, difference: str
    ) -> None:
        """dandi organize takes no notice of a video that is not there, and breaks its reference."""
        film(lab / "raw" / there)
        write_session(lab / "raw" / "a.nwb", Footage(files=[said]))
        before = snapshot(lab)
        outcome = organize("raw", *INTO, cwd=lab)
        assert outcome.code == 1
        assert "missing-video" in outcome.stdout
        assert f"Nearly of its name: {lab / 'raw' / there}, " in outcome.stdout
        assert difference in outcome.stdout
        assert snapshot(lab) == before

    def test_of_an_absolute_path_what_lies_beside_the_nwb_file_is(self, lab: Path) -> None:
        film(lab / "raw" / "top.mp4")
        write_session(lab / "raw" / "a.nwb", Footage(files=[r"D:\videos\TOP.mp4"]))
        outcome = organize("raw", *INTO, cwd=lab)
        assert f"Nearly of its name: {lab / 'raw' / 'top.mp4'}, " in outcome.stdout

    def test_one_in_a_folder_that_is_searched_is_reported(self, lab: Path) -> None:
        """A disk that a Mac wrote spells accents apart, so that a search by name finds nothing."""
        apart = film(lab / "disk" / "2024" / unicodedata.normalize("NFD", "Käfig.mp4"))
        write_session(lab / "raw" / "a.nwb", Footage(files=["videos/Käfig.mp4"]))
        outcome = organize("raw", *INTO, "--find-videos", "disk", cwd=lab)
        assert outcome.code == 1
        assert f"Nearly of its name: {apart}, " in outcome.stdout

    def test_one_elsewhere_in_the_folder_of_the_sources_is_reported(self, lab: Path) -> None:
        there = film(lab / "raw" / "cameras" / "overhead" / "TOP.mp4")
        write_session(lab / "raw" / "a.nwb", Footage(files=["videos/top.mp4"]))
        outcome = organize("raw", *INTO, cwd=lab)
        assert f"Nearly of its name: {there}, in other capitals" in outcome.stdout

    def test_nothing_is_reported_of_folders_that_were_not_named(self, lab: Path) -> None:
        film(lab / "private" / "top.mp4")
        write_session(lab / "raw" / "a.nwb", Footage(files=["../private/Top.mp4"]))
        outcome = organize("raw", *INTO, cwd=lab)
        assert outcome.code == 1
        assert "private/top.mp4" not in outcome.stdout


class TestLinkedFolders:
    @pytest.fixture
    def linked(self, lab: Path) -> Path:
        """One session in ``raw``, and another behind a link of it."""
        film(lab / "raw" / "videos" / "a.mp4")
        write_session(lab / "raw" / "a.nwb", Footage(files=["videos/a.mp4"]), session="a")
        film(lab / "store" / "b.mp4", number=1)
        write_session(lab / "store" / "b.nwb", Footage(files=["b.mp4"]), session="b")
        (lab / "raw" / "more").symlink_to(lab / "store")
        (lab / "raw" / "pictures").symlink_to(lab / "raw" / "videos")
        (lab / "raw" / "again").symlink_to(lab / "raw")
        return lab

    def test_one_with_nwb_files_is_reported(self, linked: Path) -> None:
        outcome = organize("raw", *INTO, "--quiet", cwd=linked)
        assert outcome.code == 0, outcome.stderr
        assert f"not followed: raw/more (to {linked / 'store'})." in outcome.stdout
        assert "pictures" not in outcome.stdout
        assert "again" not in outcome.stdout
        assert len(recordings(linked / "dandiset")) == 1
        assert organize("raw/more", *INTO, cwd=linked).code == 0
        assert len(recordings(linked / "dandiset")) == 2
        assert_all_resolve(linked / "dandiset")

    def test_where_nothing_else_is_found_it_is_reported_too(self, linked: Path) -> None:
        (linked / "raw" / "a.nwb").unlink()
        outcome = organize("raw", *INTO, cwd=linked)
        assert outcome.code == 2
        assert "Links to folders are not followed" in outcome.stderr
        assert "'raw/more'" in outcome.stderr

    def test_one_that_a_search_for_videos_did_not_enter_is_reported(self, linked: Path) -> None:
        (linked / "raw" / "videos" / "a.mp4").rename(linked / "store" / "a.mp4")
        (linked / "shelf").mkdir()
        (linked / "shelf" / "2024").symlink_to(linked / "store")
        outcome = organize("raw/a.nwb", *INTO, "--find-videos", "shelf", cwd=linked)
        assert outcome.code == 1
        assert f"{linked / 'shelf' / '2024'} (to {linked / 'store'})" in outcome.stdout


def test_a_bids_dataset_learns_what_is_left_behind(lab: Path) -> None:
    """dandi organize renames and says nothing."""
    folder = lab / "bids" / "sub-01" / "ses-1" / "beh"
    for number, task in enumerate(("open", "maze")):
        stem = f"sub-01_ses-1_task-{task}"
        film(folder / f"{stem}_video.mp4", number=number)
        write_session(
            folder / f"{stem}_beh.nwb",
            Footage(files=[f"{stem}_video.mp4"]),
            subject="01",
            session="1",
        )
        (folder / f"{stem}_beh.json").write_text("{}")
    (lab / "bids" / "dataset_description.json").write_text('{"Name": "Mice"}')
    (lab / "bids" / "participants.tsv").write_text("participant_id\n")
    outcome = organize("bids", *INTO, "--quiet", cwd=lab)
    assert outcome.code == 0, outcome.stderr
    (note,) = (line for line in outcome.stdout.splitlines() if "BIDS dataset" in line)
    assert "no place for task-maze, task-open" in note
    assert "4 files (dataset_description.json, participants.tsv, sub-01/ses-1/beh/" in note
    assert "_video.mp4" not in note
    assert len(recordings(lab / "dandiset")) == 2
    assert_all_resolve(lab / "dandiset")
    assert (folder / "sub-01_ses-1_task-open_beh.json").exists()
