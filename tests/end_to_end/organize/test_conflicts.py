"""One thing that cannot be done: nothing is touched, and the report says what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.organize.cases import CAMERA
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    assert_valid,
    contents,
    organize,
    recordings,
    references,
    snapshot,
)
from tests.recordings.edits import remove
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow

INTO = ("-d", "dandiset", "--yes")


def refuse(lab: Path, kind: str, *arguments: str, source: str = "raw") -> str:
    """Organize, which must be refused with this conflict and touch nothing; return what is said."""
    before = snapshot(lab)
    outcome = organize(source, *INTO, *arguments, cwd=lab)
    assert outcome.code == 1, outcome.stdout + outcome.stderr
    assert kind in outcome.stdout
    assert "nothing is touched" in outcome.stdout
    assert "→ " in outcome.stdout
    assert snapshot(lab) == before
    return outcome.stdout


class TestMissingVideo:
    @pytest.fixture
    def gap(self, lab: Path) -> Path:
        """The second of three recordings has lost its video."""
        (lab / "raw" / "videos" / "top2.mp4").unlink()
        return lab

    def test_nothing_is_touched(self, gap: Path) -> None:
        said = refuse(gap, "missing-video")
        assert "session2.nwb" in said
        assert "top2.mp4" in said
        assert "--find-videos" in said
        assert "→ --skip-conflicts organizes the other recordings" in said

    def test_the_others_come_whole_if_wanted(self, gap: Path) -> None:
        outcome = organize("raw", *INTO, "--skip-conflicts", cwd=gap)
        assert outcome.code == 1
        assert "1 recording left out" in outcome.stdout
        assert len(recordings(gap / "dandiset")) == 2
        assert_all_resolve(gap / "dandiset")
        assert_valid(gap / "dandiset")

    def test_it_is_found_where_the_user_says(self, gap: Path, written: Path) -> None:
        archive = gap / "archive" / "2024"
        archive.mkdir(parents=True)
        shutil.copy2(written / "videos" / "top2.mp4", archive)
        outcome = organize("raw", *INTO, "--find-videos", "archive", cwd=gap)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert len(recordings(gap / "dandiset")) == 3
        assert_all_resolve(gap / "dandiset")

    def test_one_of_zero_bytes_is_none(self, gap: Path) -> None:
        (gap / "raw" / "videos" / "top2.mp4").touch()
        said = refuse(gap, "empty-video")
        assert "top2.mp4" in said
        assert "zero bytes" in said
        outcome = organize("raw", *INTO, "--skip-conflicts", cwd=gap)
        assert outcome.code == 1
        assert len(recordings(gap / "dandiset")) == 2
        assert_valid(gap / "dandiset")

    def test_two_that_fit_are_a_conflict_and_no_guess(self, gap: Path) -> None:
        for number, folder in enumerate(("one", "two"), start=7):
            film(gap / "archive" / folder / "top2.mp4", number=number)
        said = refuse(gap, "ambiguous-video", "--find-videos", "archive")
        assert "one" in said
        assert "two" in said


class TestNotUploadable:
    def test_a_container_that_dandi_does_not_take(self, lab: Path) -> None:
        film(lab / "one" / "a.mpg")
        film(lab / "one" / "b.mp4", number=1)
        write_session(lab / "one" / "session.nwb", Footage(files=["a.mpg", "b.mp4"]))
        said = refuse(lab, "not-uploadable", source="one")
        assert "a.mpg" in said
        assert "--remux" in said


class TestSubject:
    def test_without_one_there_is_no_place(self, single: Path) -> None:
        with h5py.File(single / "raw" / "session1.nwb", "r+") as file:
            remove("/general/subject")(file)
        assert "session1.nwb" in refuse(single, "subject-missing")

    @pytest.mark.slow
    def test_two_of_whom_dandi_makes_one_are_distinguished(self, single: Path) -> None:
        for number, subject in enumerate(("M 1", "M_1"), start=1):
            name = f"other{number}"
            film(single / "raw" / f"{name}.mp4", number=number)
            write_session(
                single / "raw" / f"{name}.nwb",
                Footage(files=[f"{name}.mp4"]),
                subject=subject,
                session=f"day{number}",
            )
        said = refuse(single, "subject-clash × 2")
        assert "'M 1'" in said
        assert "'M_1'" in said
        assert organize("raw/other1.nwb", *INTO, cwd=single).code == 0
        assert "'M 1'" in refuse(single, "subject-clash", source="raw/other2.nwb")


class TestTargets:
    def test_two_recordings_of_one_session_are_distinguished(self, single: Path) -> None:
        film(single / "raw" / "other.mp4", number=5)
        write_session(single / "raw" / "other.nwb", Footage(files=["other.mp4"]), session="day1")
        outcome = organize("raw", *INTO, cwd=single)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        names = list(recordings(single / "dandiset"))
        assert len(names) == 2
        assert all("_obj-" in name for name in names)
        assert_all_resolve(single / "dandiset")

    def test_a_target_with_other_bytes_is_never_overwritten(self, single: Path) -> None:
        shutil.copytree(single / "dandiset", single / "probe")
        assert organize("raw", "-d", "probe", "--yes", cwd=single).code == 0
        (video,) = (name for name in contents(single / "probe") if name.endswith(".mp4"))
        taken = single / "dandiset" / video
        taken.parent.mkdir(parents=True)
        taken.write_bytes(b"another video")
        said = refuse(single, "target-exists")
        assert taken.name in said

    def test_the_same_name_in_another_case_is_reported(self, single: Path) -> None:
        film(single / "raw" / "other.mp4", number=5)
        write_session(
            single / "raw" / "other.nwb",
            Footage(files=["other.mp4"]),
            subject="MOUSE01",
            session="DAY1",
        )
        said = refuse(single, "target-case")
        assert "sub-MOUSE01" in said

    def test_too_long_a_session_is_one_conflict(self, single: Path) -> None:
        write_session(
            single / "raw" / "session1.nwb",
            Footage(files=["videos/top1.mp4"]),
            session="x" * 240,
        )
        said = refuse(single, "name-impossible")
        assert "1 conflict:" in said
        assert "Shorten session_id" in said

    def test_a_linked_folder_is_reported_once_for_each_recording(self, lab: Path) -> None:
        (lab / "store").mkdir()
        (lab / "dandiset" / "sub-mouse01").symlink_to(lab / "store")
        assert "target-exists × 3\n" in refuse(lab, "target-exists")

    def test_two_copies_of_one_recording_have_one_target(self, single: Path) -> None:
        shutil.copy2(single / "raw" / "session1.nwb", single / "raw" / "copy.nwb")
        said = refuse(single, "same-target")
        assert "Leave one of them out" in said
        outcome = organize("raw/copy.nwb", *INTO, cwd=single)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert_all_resolve(single / "dandiset")


class TestStringsThatCannotChange:
    def test_a_fixed_one_that_something_refers_to(self, single: Path) -> None:
        path = single / "raw" / "session1.nwb"
        with h5py.File(path, "r+") as file:
            kept = dict(file[CAMERA].attrs)
            del file[CAMERA]
            file.create_dataset(CAMERA, data=[b"videos/top1.mp4"], dtype="S15")
            file[CAMERA].attrs.update(kept)
            file["/scratch/points_at_it"] = file[CAMERA].ref
        said = refuse(single, "string-fixed")
        assert "/acquisition/camera" in said

    def test_a_fixed_one_that_is_linked_twice(self, single: Path) -> None:
        path = single / "raw" / "session1.nwb"
        with h5py.File(path, "r+") as file:
            kept = dict(file[CAMERA].attrs)
            del file[CAMERA]
            file.create_dataset(CAMERA, data=[b"videos/top1.mp4"], dtype="S15")
            file[CAMERA].attrs.update(kept)
            file["/scratch/again"] = file[CAMERA]
        refuse(single, "string-fixed")


class TestShared:
    @pytest.fixture
    def shared(self, single: Path) -> Path:
        """Another recording refers to the same video."""
        write_session(
            single / "raw" / "other.nwb",
            Footage(files=["videos/top1.mp4"]),
            subject="mouse02",
            session="x",
        )
        return single

    def test_a_video_of_a_file_that_stays_is_not_moved(self, shared: Path) -> None:
        said = refuse(shared, "shared-move", "--videos", "move", source="raw/session1.nwb")
        assert "other.nwb" in said

    @pytest.mark.slow
    def test_what_a_broken_recording_needs_is_not_moved_but_may_be_shared(
        self, shared: Path
    ) -> None:
        write_session(
            shared / "raw" / "other.nwb",
            Footage(files=["videos/top1.mp4", "gone.mp4"]),
            subject="mouse02",
        )
        skipping = ("--skip-conflicts", "--files", "move")
        outcome = organize("raw", *INTO, *skipping, "--videos", "move", cwd=shared)
        assert outcome.code == 1
        assert "--videos auto" in outcome.stdout
        assert recordings(shared / "dandiset") == {}
        outcome = organize("raw", *INTO, *skipping, "--videos", "auto", cwd=shared)
        assert outcome.code == 1
        assert len(recordings(shared / "dandiset")) == 1
        assert_all_resolve(shared / "dandiset")

    def test_a_video_of_files_that_come_along_is(self, shared: Path) -> None:
        outcome = organize("raw", *INTO, "--videos", "move", cwd=shared)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert not (shared / "raw" / "videos" / "top1.mp4").exists()
        assert len(list((shared / "dandiset").rglob("*.mp4"))) == 1
        assert_all_resolve(shared / "dandiset")


class TestUnreadable:
    def test_a_broken_file_among_good_ones(self, lab: Path) -> None:
        (lab / "raw" / "broken.nwb").write_bytes((lab / "raw" / "session1.nwb").read_bytes()[:999])
        assert "broken.nwb" in refuse(lab, "unreadable")

    def test_plain_hdf5_is_not_nwb(self, lab: Path) -> None:
        with h5py.File(lab / "raw" / "plain.nwb", "w") as file:
            file["data"] = [1, 2, 3]
        assert "plain.nwb" in refuse(lab, "not-nwb")


@pytest.mark.slow
def test_thousands_of_conflicts_are_folded_and_kept_in_json(single: Path) -> None:
    names = [f"gone/{number}.mp4" for number in range(1_500)]
    write_session(single / "raw" / "other.nwb", Footage(files=names), subject="mouse02")
    said = refuse(single, "missing-video")
    assert "× 1,500" in said
    assert len(said.splitlines()) < 80
    outcome = organize("raw", "-d", "dandiset", "--dry-run", "--output", "json", cwd=single)
    assert outcome.code == 1
    assert outcome.stdout.count('"missing-video"') == 1_500


def test_names_from_files_are_spelled_out(single: Path) -> None:
    path = single / "raw" / "session1.nwb"
    evil = "videos/\x1b[2J\u202egpj.mp4"
    with h5py.File(path, "r+") as file:
        file[CAMERA][0] = evil
    said = refuse(single, "missing-video")
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_skipping_everything_leaves_the_dandiset_as_it_was(single: Path) -> None:
    (single / "raw" / "videos" / "top1.mp4").unlink()
    before = snapshot(single)
    outcome = organize("raw", *INTO, "--skip-conflicts", cwd=single)
    assert outcome.code == 1
    assert snapshot(single) == before
    assert references(single / "raw" / "session1.nwb")[CAMERA + "[0]"] == "videos/top1.mp4"
