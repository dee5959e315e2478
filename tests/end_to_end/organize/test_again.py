"""Dandisets that are organized already, partly, or in another manner, and how videos come there."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.organize.cases import CAMERA
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    assert_valid,
    bring,
    contents,
    lead,
    organize,
    recordings,
    references,
    snapshot,
    start_dandiset,
)
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow


@pytest.mark.slow
def test_a_session_that_joins_later_gets_the_same_names(lab: Path) -> None:
    together, later = lab / "dandiset", start_dandiset(lab / "later")
    bring(lab / "raw", together)
    for number in (1, 3, 2):
        organize(f"raw/session{number}.nwb", "-d", "later", "--yes", cwd=lab)
    assert contents(later) == contents(together)
    outcome = organize("raw", "-d", "later", "--yes", cwd=lab)
    assert outcome.code == 0
    assert "Nothing to do" in outcome.stdout


class TestInPlace:
    @pytest.fixture
    def scattered(self, written: Path, tmp_path: Path) -> Path:
        """A dandiset into which somebody threw sessions and videos as they were."""
        shutil.copytree(written, tmp_path / "dandiset")
        return start_dandiset(tmp_path / "dandiset")

    def test_everything_is_moved_to_its_place(self, scattered: Path, written: Path) -> None:
        outcome = organize("--yes", cwd=scattered)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert len(recordings(scattered)) == 3
        assert not list(scattered.glob("*.nwb"))
        assert len(list(scattered.rglob("*.mp4"))) == 3
        assert_all_resolve(scattered)
        assert_valid(scattered)
        before = snapshot(scattered)
        again = organize("--yes", cwd=scattered)
        assert again.code == 0
        assert "Nothing to do" in again.stdout
        assert snapshot(scattered) == before

    def test_it_can_be_taken_back(self, scattered: Path) -> None:
        before = snapshot(scattered)
        assert organize("--yes", cwd=scattered).code == 0
        outcome = organize("--undo", cwd=scattered)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(scattered) == before

    def test_a_video_in_a_siblings_folder_stays_there(self, tmp_path: Path) -> None:
        dandiset = start_dandiset(tmp_path / "dandiset")
        subject = dandiset / "sub-ibl"
        video = "sub-ibl_ses-1_desc-raw_behavior/sub-ibl_ses-1_camera.mp4"
        film(subject / video)
        for name in ("raw", "processed"):
            write_session(
                subject / f"sub-ibl_ses-1_desc-{name}_behavior.nwb",
                Footage(files=[video]),
                subject="ibl",
                session="1",
            )
        before = snapshot(dandiset)
        outcome = organize("--yes", cwd=dandiset)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert "Nothing to do" in outcome.stdout
        assert snapshot(dandiset) == before

    def test_a_name_that_is_dandis_is_kept_unless_wanted(self, tmp_path: Path) -> None:
        dandiset = start_dandiset(tmp_path / "dandiset")
        name = "sub-mouse01_ses-other_behavior"
        film(dandiset / "sub-mouse01" / name / "top.mp4")
        path = write_session(
            dandiset / "sub-mouse01" / f"{name}.nwb", Footage(files=[f"{name}/top.mp4"])
        )
        kept = organize("--yes", cwd=dandiset)
        assert kept.code == 0, kept.stdout + kept.stderr
        assert path.is_file()
        renamed = organize("--yes", "--rename", cwd=dandiset)
        assert renamed.code == 0, renamed.stdout + renamed.stderr
        (now,) = recordings(dandiset)
        assert "ses-day1" in now
        (video,) = dandiset.rglob("*.mp4")
        assert video.relative_to(dandiset / "sub-mouse01").as_posix() == (
            "sub-mouse01_ses-day1_behavior+image/sub-mouse01_ses-day1_camera.mp4"
        )
        assert not (dandiset / "sub-mouse01" / name).exists()
        assert_all_resolve(dandiset)
        assert_valid(dandiset)


class TestRename:
    """A dandiset that is organized is organized again, by the other scheme."""

    AGAIN = ("--rename", "--video-names", "object-id", "--yes")

    @pytest.fixture
    def organized(self, lab: Path) -> Path:
        bring(lab / "raw", lab / "dandiset", "--videos", "copy")
        return lab / "dandiset"

    @pytest.mark.slow
    def test_videos_get_the_names_that_were_requested(self, organized: Path) -> None:
        outcome = organize(*self.AGAIN, cwd=organized)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        for path in recordings(organized).values():
            (reference,) = references(path).values()
            assert reference.endswith("_external_file_0.mp4")
        assert len(list(organized.rglob("*.mp4"))) == 3
        assert_all_resolve(organized)
        assert_valid(organized)

    def test_again_it_plans_nothing(self, organized: Path) -> None:
        assert organize(*self.AGAIN, cwd=organized).code == 0
        before = snapshot(organized)
        outcome = organize(*self.AGAIN, cwd=organized)
        assert outcome.code == 0
        assert "Nothing to do" in outcome.stdout
        assert snapshot(organized) == before

    def test_there_and_back_is_where_it_was(self, organized: Path) -> None:
        before = snapshot(organized)
        assert organize(*self.AGAIN, cwd=organized).code == 0
        assert organize("--rename", "--yes", cwd=organized).code == 0
        assert {name.rpartition("/")[2] for name in snapshot(organized)} == {
            name.rpartition("/")[2] for name in before
        }
        assert_all_resolve(organized)

    def test_it_can_be_taken_back(self, organized: Path) -> None:
        before = snapshot(organized)
        assert organize(*self.AGAIN, cwd=organized).code == 0
        assert snapshot(organized) != before
        outcome = organize("--undo", cwd=organized)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(organized) == before

    @pytest.mark.slow
    def test_a_video_that_a_file_elsewhere_references_stays(self, organized: Path) -> None:
        first = next(iter(recordings(organized)))
        video = next(organized.rglob("*day1*.mp4"))
        write_session(
            organized / "sub-mouse02" / "sub-mouse02_ses-x_behavior+image.nwb",
            Footage(files=["../" + video.relative_to(organized).as_posix()]),
            subject="mouse02",
            session="x",
        )
        before = snapshot(organized)
        outcome = organize(first, "-d", ".", *self.AGAIN, cwd=organized)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        said = " ".join(outcome.stdout.split())
        assert f"{video.name} keeps its name" in said
        assert "sub-mouse02_ses-x" in said
        assert snapshot(organized) == before
        together = organize(*self.AGAIN, cwd=organized)
        assert together.code == 0, together.stdout + together.stderr
        assert not video.exists()
        assert_all_resolve(organized)


class TestNames:
    def test_object_identifiers_as_dandi_organize_writes_them(self, single: Path) -> None:
        bring(single / "raw", single / "dandiset", "--video-names", "object-id")
        (path,) = recordings(single / "dandiset").values()
        with h5py.File(path, "r") as file:
            identifier = file["/acquisition/camera"].attrs["object_id"]
        (reference,) = references(path).values()
        assert reference == f"{path.stem}/{identifier}_external_file_0.mp4"
        assert_all_resolve(single / "dandiset")


class TestWays:
    @pytest.mark.parametrize("way", ["hardlink", "symlink", "copy", "move"])
    def test_a_video_comes_as_requested(self, single: Path, way: str) -> None:
        source = single / "raw" / "videos" / "top1.mp4"
        content, inode = source.read_bytes(), source.stat().st_ino
        bring(single / "raw", single / "dandiset", "--videos", way)
        (path,) = recordings(single / "dandiset").values()
        target = lead(path, references(path)[CAMERA + "[0]"])
        assert target.read_bytes() == content
        assert target.is_symlink() is (way == "symlink")
        assert (target.stat().st_ino == inode) is (way != "copy")
        assert source.exists() is (way != "move")
        assert (single / "raw" / "session1.nwb").exists()

    def test_a_recording_can_be_moved(self, single: Path) -> None:
        bring(single / "raw", single / "dandiset", "--files", "move")
        assert not (single / "raw" / "session1.nwb").exists()
        assert (single / "raw" / "videos" / "top1.mp4").exists()
        assert_all_resolve(single / "dandiset")
