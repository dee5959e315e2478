"""A file that has a video's name and is another: the command, on files, and the tree after it."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.organize.cases import CAMERA
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    contents,
    lead,
    organize,
    recordings,
    references,
    snapshot,
)
from tests.recordings.edits import remove
from tests.recordings.sessions import FRAMES, Footage, film, name_original, write_session
from tests.video.written_videos import WIDTH, encode_image, repeat_video, write_video

pytestmark = pytest.mark.slow

INTO = ("-d", "dandiset", "--yes")
SEARCH = ("--find-videos", "archive")
_VIDEO = "/acquisition/camera"
_POSE = "/processing/behavior/PoseEstimation"


@pytest.fixture
def moved(single: Path) -> Path:
    """A session whose video is no longer where the file says."""
    (single / "raw" / "videos" / "top1.mp4").unlink()
    return single


def refused(lab: Path, kind: str, *arguments: str) -> str:
    """Organize, which must be refused with this conflict and touch nothing; return what is said."""
    before = snapshot(lab)
    outcome = organize("raw", *INTO, *arguments, cwd=lab)
    assert outcome.code == 1, outcome.stdout + outcome.stderr
    assert f"{kind}\n" in outcome.stdout or f"{kind} " in outcome.stdout
    assert snapshot(lab) == before
    return " ".join(outcome.stdout.split())


def brought(lab: Path, *arguments: str) -> Path:
    """Organize, which must succeed; return the video that the recording's series leads to."""
    outcome = organize("raw", *INTO, *arguments, cwd=lab)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert_all_resolve(lab / "dandiset")
    (path,) = recordings(lab / "dandiset").values()
    return lead(path, references(path)[f"{CAMERA}[0]"])


def state_nothing(path: Path) -> None:
    """Leave only the rate of the series, as a converter does that opens no video."""
    with h5py.File(path, "r+") as file:
        remove(_POSE)(file)
        for name in ("num_samples", "dimension"):
            del file[_VIDEO][name]


class TestOneNamesake:
    @pytest.mark.slow
    def test_a_longer_and_larger_clip_is_another_video(self, moved: Path) -> None:
        """``dandi organize`` looks at the name alone, and would bring it."""
        clip = moved / "archive" / "top1.mp4"
        write_video(clip, 1_500, width=1024, height=1024, options={"crf": "51"})
        said = refused(moved, "video-differs", *SEARCH)
        assert f"it holds 1,500 frames, num_samples says {FRAMES}" in said
        assert "it is 1024 × 1024, and 96 × 64 is stated" in said
        assert "archive/top1.mp4" in said
        assert "video-differs" in refused(moved, "video-differs", *SEARCH, "--accept-unverified")

    def test_with_more_frames_alone(self, moved: Path) -> None:
        repeat_video(_folder(moved) / "top1.mp4", 10 * FRAMES)
        refused(moved, "video-differs", *SEARCH)

    def test_of_another_rate_alone(self, moved: Path) -> None:
        write_video(_folder(moved) / "top1.mp4", FRAMES, rate=100)
        assert "it runs at 100 Hz" in refused(moved, "video-differs", *SEARCH)

    def test_what_is_no_video(self, moved: Path) -> None:
        (_folder(moved) / "top1.mp4").write_bytes(b"not at all")
        assert "cannot be shown" in refused(moved, "video-differs", *SEARCH)

    def test_beside_a_file_that_names_a_place_of_another_machine(self, moved: Path) -> None:
        write_session(moved / "raw" / "session1.nwb", Footage(files=[r"D:\exp\top1.mp4"]))
        write_video(moved / "raw" / "top1.mp4", 2 * FRAMES)
        refused(moved, "video-differs")

    def test_the_others_come_whole_if_wanted(self, lab: Path) -> None:
        (lab / "raw" / "videos" / "top2.mp4").unlink()
        write_video(_folder(lab) / "top2.mp4", 2 * FRAMES)
        outcome = organize("raw", *INTO, *SEARCH, "--skip-conflicts", cwd=lab)
        assert outcome.code == 1
        assert len(recordings(lab / "dandiset")) == 2
        assert len(list((lab / "dandiset").rglob("*.mp4"))) == 2

    def test_the_video_itself_is_taken(self, moved: Path) -> None:
        video = film(_folder(moved) / "deep" / "top1.mp4", number=1)
        assert brought(moved, *SEARCH).read_bytes() == video.read_bytes()

    def test_where_the_reference_says_it_is_for_validate_to_report(self, single: Path) -> None:
        """VID016 and VID018 say it; nobody guessed that this is the video."""
        video = write_video(single / "raw" / "videos" / "top1.mp4", 2 * FRAMES)
        assert brought(single).read_bytes() == video.read_bytes()


class TestNothingToCompare:
    @pytest.fixture
    def silent(self, moved: Path) -> Path:
        state_nothing(moved / "raw" / "session1.nwb")
        film(_folder(moved) / "top1.mp4", number=1)
        return moved

    def test_it_needs_a_yes(self, silent: Path) -> None:
        said = refused(silent, "video-unverified", *SEARCH)
        assert "--accept-unverified" in said
        assert "archive/top1.mp4" in said

    def test_it_is_taken_with_one_and_the_plan_says_so(self, silent: Path) -> None:
        outcome = organize(
            "raw", "-d", "dandiset", *SEARCH, "--accept-unverified", "--dry-run", "-q", cwd=silent
        )
        assert outcome.code == 0
        assert "1 file taken for a video by name alone" in " ".join(outcome.stdout.split())
        video = brought(silent, *SEARCH, "--accept-unverified")
        assert video.read_bytes() == (silent / "archive" / "top1.mp4").read_bytes()

    def test_two_are_no_choice_even_so(self, silent: Path) -> None:
        film(_folder(silent) / "other" / "top1.mp4", number=2)
        refused(silent, "ambiguous-video", *SEARCH, "--accept-unverified")

    def test_an_entry_of_a_deprecated_list_stays_as_it_is(self, single: Path) -> None:
        """What a list of labeled videos held on another machine is a memory, not a defect."""
        entry = "C:/labels/labeled.mp4"
        with h5py.File(single / "raw" / "session1.nwb", "r+") as file:
            name_original(entry, dataset="labeled_videos")(file)
        film(_folder(single) / "labeled.mp4", number=3)
        outcome = organize("raw", *INTO, *SEARCH, cwd=single)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert "--accept-unverified takes it" in " ".join(outcome.stdout.split())
        (path,) = recordings(single / "dandiset").values()
        assert entry in references(path).values()
        assert len(list((single / "dandiset").rglob("*.mp4"))) == 1


class TestRank:
    """``--find-videos`` does not take its place from what lies beside the NWB file."""

    @pytest.fixture
    def absolute(self, moved: Path) -> Path:
        write_session(moved / "raw" / "session1.nwb", Footage(files=["/mnt/rig/top1.mp4"]))
        film(_folder(moved) / "top1.mp4", number=2)
        return moved

    def test_beside(self, absolute: Path) -> None:
        beside = film(absolute / "raw" / "top1.mp4", number=1)
        assert brought(absolute, *SEARCH).read_bytes() == beside.read_bytes()

    def test_beside_and_another_video(self, absolute: Path) -> None:
        write_video(absolute / "raw" / "top1.mp4", 2 * FRAMES)
        found = (absolute / "archive" / "top1.mp4").read_bytes()
        assert brought(absolute, *SEARCH).read_bytes() == found


class TestFoldersThatWereNamed:
    def test_the_remedy_can_be_pasted(self, moved: Path) -> None:
        video = film(moved / "raw" / "my clips" / "top1.mp4", number=1)
        said = refused(moved, "missing-video")
        assert "A file of its name lies in raw/my clips" in said
        assert "--find-videos 'raw/my clips'" in said
        assert brought(moved, "--find-videos", "raw/my clips").read_bytes() == video.read_bytes()

    def test_in_place_the_dandiset_is_one(self, moved: Path) -> None:
        shutil.copy2(moved / "raw" / "session1.nwb", moved / "dandiset")
        film(moved / "dandiset" / "clips" / "top1.mp4", number=1)
        outcome = organize("--yes", cwd=moved / "dandiset")
        assert outcome.code == 1
        assert "--find-videos clips" in " ".join(outcome.stdout.split())
        assert organize("--yes", "--find-videos", "clips", cwd=moved / "dandiset").code == 0
        assert_all_resolve(moved / "dandiset")


class TestImageSequences:
    """A list of images, whose names every folder of images has."""

    NAMES = tuple(f"frames/{number:03}.png" for number in range(3))

    @pytest.fixture
    def images(self, moved: Path) -> Path:
        path = write_session(moved / "raw" / "session1.nwb", Footage(files=self.NAMES))
        with h5py.File(path, "r+") as file:
            remove(_POSE)(file)
            file[_VIDEO]["num_samples"][()] = len(self.NAMES)
            file[_VIDEO]["external_file"].attrs["starting_frame"] = range(len(self.NAMES))
        return moved

    def draw(self, folder: Path, width: int = WIDTH) -> None:
        folder.mkdir(parents=True)
        for shift, name in enumerate(self.NAMES):
            content = encode_image(shift=shift, width=width)
            (folder / Path(name).name).write_bytes(content)

    def test_of_another_size(self, images: Path) -> None:
        self.draw(images / "archive" / "frames", width=2 * WIDTH)
        assert "it is 192 × 64" in refused(images, "video-differs", *SEARCH)

    def test_of_the_size_that_is_stated(self, images: Path) -> None:
        self.draw(images / "archive" / "frames")
        outcome = organize("raw", *INTO, *SEARCH, cwd=images)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert_all_resolve(images / "dandiset")
        assert sum(name.endswith(".png") for name in contents(images / "dandiset")) == 3


def _folder(lab: Path) -> Path:
    """Return the folder to search, which is made."""
    folder = lab / "archive"
    folder.mkdir(exist_ok=True)
    return folder
