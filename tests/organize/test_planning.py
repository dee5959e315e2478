"""Plans over real files: what is found, what is taken, and what a stranger cannot have taken."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import h5py
import pytest
from tests.recordings.sessions import FRAMES, Footage, film, show_still, write_session, write_still
from tests.recordings.written import start_dandiset
from tests.video.written_videos import HEIGHT, WIDTH, write_video

from posecheck.model.errors import UsageError
from posecheck.organize.plan.values import FileMode, OrganizePlan
from posecheck.organize.planner import plan_organize
from posecheck.organize.settings import OrganizeSettings
from posecheck.transaction.steps import TransferMode

STEM = "sub-mouse01_ses-day1_behavior+image"
CAMERA = f"{STEM}/sub-mouse01_ses-day1_camera.mp4"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One session that references ``videos/top.mp4``, which is not there."""
    folder = tmp_path_factory.mktemp("written")
    return write_session(folder / "a.nwb", Footage(files=["videos/top.mp4"]))


@pytest.fixture
def lab(tmp_path: Path, written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a dandiset and that session, where the user stands."""
    start_dandiset(tmp_path / "dandiset")
    (tmp_path / "raw").mkdir()
    shutil.copy2(written, tmp_path / "raw")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*paths: str, **settings: object) -> OrganizePlan:
    return plan_organize(
        OrganizeSettings(paths=paths or ("raw",), dandiset=Path("dandiset"), **settings)  # type: ignore[arg-type]
    )


def kinds(plan: OrganizePlan) -> list[str]:
    return [conflict.kind.value for conflict in plan.conflicts]


class TestFinding:
    def test_a_recording_and_its_video(self, lab: Path) -> None:
        video = film(lab / "raw" / "videos" / "top.mp4")
        plan = make()
        assert kinds(plan) == []
        (media,), (recording,) = plan.media, plan.recordings
        assert media.source == str(video)
        assert media.stamp.size == video.stat().st_size
        assert media.target == ("sub-mouse01", *CAMERA.split("/"))
        assert recording.target == ("sub-mouse01", f"{STEM}.nwb")
        assert recording.mode is FileMode.COPY
        assert [(change.old, change.new) for change in recording.rewrites] == [
            ("videos/top.mp4", CAMERA)
        ]

    def test_a_missing_video_is_searched_for_by_name(self, lab: Path) -> None:
        video = film(lab / "archive" / "deep" / "top.mp4")
        assert kinds(make()) == ["missing-video"]
        plan = make(find_videos=(Path("archive"),))
        assert [media.source for media in plan.media] == [str(video)]
        assert any(str(video) in note for note in plan.recordings[0].notes)

    def test_what_has_no_bytes_is_no_video(self, lab: Path) -> None:
        (lab / "raw" / "videos").mkdir()
        (lab / "raw" / "videos" / "top.mp4").touch()
        plan = make()
        assert kinds(plan) == ["empty-video"]
        assert "zero bytes" in plan.conflicts[0].reason

    def test_a_search_passes_over_what_has_no_bytes(self, lab: Path) -> None:
        (lab / "archive" / "one").mkdir(parents=True)
        (lab / "archive" / "one" / "top.mp4").touch()
        assert kinds(make(find_videos=(Path("archive"),))) == ["empty-video"]
        video = film(lab / "archive" / "two" / "top.mp4")
        plan = make(find_videos=(Path("archive"),))
        assert [media.source for media in plan.media] == [str(video)]

    def test_hidden_and_linked_folders_are_not_searched(self, lab: Path) -> None:
        film(lab / "archive" / ".trash" / "top.mp4")
        film(lab / "elsewhere" / "top.mp4")
        (lab / "archive" / "link").symlink_to(lab / "elsewhere")
        assert kinds(make(find_videos=(Path("archive"),))) == ["missing-video"]

    def test_of_several_the_one_with_the_right_frames_is_taken(self, lab: Path) -> None:
        right = film(lab / "archive" / "one" / "top.mp4")
        (lab / "archive" / "two").mkdir()
        write_video(lab / "archive" / "two" / "top.mp4", frames=FRAMES + 1)
        plan = make(find_videos=(Path("archive"),))
        assert [media.source for media in plan.media] == [str(right)]

    @pytest.mark.parametrize("frames", [True, False], ids=["and-frames", "alone"])
    def test_of_several_the_one_with_the_right_size_is_taken(
        self, lab: Path, *, frames: bool
    ) -> None:
        with h5py.File(lab / "raw" / "a.nwb", "r+") as file:
            camera = file["/acquisition/camera"]
            assert tuple(camera["dimension"]) == (WIDTH, HEIGHT)
            if not frames:
                del camera["num_samples"]
        right = film(lab / "archive" / "one" / "top.mp4")
        write_video(lab / "archive" / "two" / "top.mp4", frames=FRAMES, width=2 * WIDTH)
        plan = make(find_videos=(Path("archive"),))
        assert [media.source for media in plan.media] == [str(right)]
        assert any("pixels" in note for note in plan.recordings[0].notes)

    @pytest.mark.slow
    def test_of_copies_the_first_is_taken_and_noted(self, lab: Path) -> None:
        first = film(lab / "archive" / "one" / "top.mp4")
        film(lab / "archive" / "two" / "top.mp4")
        plan = make(find_videos=(Path("archive"),))
        assert [media.source for media in plan.media] == [str(first)]
        assert any(
            "2 files have its name and the same bytes" in n for n in plan.recordings[0].notes
        )

    @pytest.mark.slow
    def test_several_that_fit_are_no_choice(self, lab: Path) -> None:
        film(lab / "archive" / "one" / "top.mp4")
        film(lab / "archive" / "two" / "top.mp4", number=1)
        plan = make(find_videos=(Path("archive"),))
        assert kinds(plan) == ["ambiguous-video"]
        assert "archive/one" in plan.conflicts[0].reason

    def test_two_names_of_one_file_are_one(self, lab: Path) -> None:
        one = film(lab / "archive" / "one" / "top.mp4")
        (lab / "archive" / "two").mkdir()
        os.link(one, lab / "archive" / "two" / "top.mp4")
        assert kinds(make(find_videos=(Path("archive"),))) == []

    @pytest.mark.slow
    @pytest.mark.parametrize("text", ["/home/lab/exp/top.mp4", "D:\\exp\\top.mp4"])
    def test_a_place_of_another_machine_means_the_file_beside(self, lab: Path, text: str) -> None:
        (lab / "raw" / "a.nwb").unlink()
        write_session(lab / "raw" / "b.nwb", Footage(files=[text]))
        assert kinds(make()) == ["missing-video"]
        video = film(lab / "raw" / "top.mp4")
        assert [media.source for media in make().media] == [str(video)]

    def test_a_dataset_that_two_series_share_is_rewritten_once(self, lab: Path) -> None:
        film(lab / "raw" / "top.mp4")
        (lab / "raw" / "a.nwb").unlink()
        path = write_session(
            lab / "raw" / "b.nwb",
            Footage(files=["top.mp4"]),
            Footage(files=["top.mp4"], name="second"),
        )
        with h5py.File(path, "r+") as file:
            del file["/acquisition/second/external_file"]
            file["/acquisition/second/external_file"] = h5py.SoftLink(
                "/acquisition/camera/external_file"
            )
        plan = make()
        assert kinds(plan) == []
        assert len(plan.recordings[0].rewrites) == 1

    def test_an_image(self, lab: Path) -> None:
        (lab / "raw" / "a.nwb").unlink()
        write_still(lab / "raw" / "frame.PNG")
        write_session(lab / "raw" / "b.nwb", edits=[show_still("frame.PNG")])
        plan = make()
        assert [media.target[-1].rpartition(".")[2] for media in plan.media] == ["png"]
        assert plan.recordings[0].rewrites[0].index is None

    def test_a_link_to_a_recording_finds_the_videos_beside_what_it_leads_to(
        self, lab: Path
    ) -> None:
        film(lab / "raw" / "videos" / "top.mp4")
        (lab / "links").mkdir()
        (lab / "links" / "a.nwb").symlink_to(lab / "raw" / "a.nwb")
        assert kinds(make("links/a.nwb")) == []

    def test_what_lies_in_the_dandiset_is_not_organized_along(self, lab: Path) -> None:
        film(lab / "raw" / "videos" / "top.mp4")
        shutil.copy2(lab / "raw" / "a.nwb", lab / "dandiset" / "loose.nwb")
        assert [Path(item.source).name for item in make(".").recordings] == ["a.nwb"]

    def test_what_is_no_nwb_file_is_a_conflict(self, lab: Path) -> None:
        film(lab / "raw" / "videos" / "top.mp4")
        (lab / "raw" / "b.nwb").write_bytes(b"not at all")
        plan = make(skip_conflicts=True)
        assert kinds(plan) == ["unreadable"]
        assert plan.left_out == ("raw/b.nwb",)
        assert len(plan.recordings) == 1


class TestHostile:
    """A recording comes from a stranger: it must not bring what nobody offered."""

    def secret(self, lab: Path) -> Path:
        secret = lab / "home" / "secret.mp4"
        secret.parent.mkdir()
        secret.write_bytes(b"private")
        return secret

    def write(self, lab: Path, text: str) -> None:
        (lab / "raw" / "a.nwb").unlink()
        write_session(lab / "raw" / "b.nwb", Footage(files=[text]))

    @pytest.mark.parametrize("spelling", ["../home/secret.mp4", "videos/../../home/secret.mp4"])
    def test_upwards(self, lab: Path, spelling: str) -> None:
        self.secret(lab)
        self.write(lab, spelling)
        assert kinds(make()) == ["outside-roots"]

    @pytest.mark.parametrize("scheme", ["", "file://"])
    def test_absolute(self, lab: Path, scheme: str) -> None:
        self.write(lab, scheme + str(self.secret(lab)))
        plan = make()
        assert kinds(plan) == ["outside-roots"]
        assert "--find-videos" in plan.conflicts[0].remedy
        assert plan.media == ()

    def test_by_a_link(self, lab: Path) -> None:
        (lab / "raw" / "videos").mkdir()
        (lab / "raw" / "videos" / "top.mp4").symlink_to(self.secret(lab))
        assert kinds(make()) == ["outside-roots"]

    def test_by_a_linked_folder(self, lab: Path) -> None:
        self.secret(lab).rename(lab / "home" / "top.mp4")
        (lab / "raw" / "videos").symlink_to(lab / "home")
        assert kinds(make()) == ["outside-roots"]

    def test_by_a_link_that_looks_annexed(self, lab: Path) -> None:
        secret = self.secret(lab)
        (lab / "raw" / ".git" / "annex").mkdir(parents=True)
        (lab / "raw" / ".git" / "annex" / "objects").symlink_to(secret.parent)
        (lab / "raw" / "videos").mkdir()
        link = lab / "raw" / "videos" / "top.mp4"
        link.symlink_to("../.git/annex/objects/secret.mp4")
        assert link.exists()
        assert kinds(make()) == ["outside-roots"]

    def test_by_a_recording_that_is_a_link(self, lab: Path) -> None:
        film(lab / "raw" / "videos" / "top.mp4")
        shutil.move(lab / "raw" / "a.nwb", lab / "elsewhere.nwb")
        (lab / "raw" / "a.nwb").symlink_to(lab / "elsewhere.nwb")
        assert kinds(make()) == ["outside-roots"]
        assert kinds(make("raw/a.nwb")) == []

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["id_rsa", "notes.txt"])
    def test_what_is_no_video_is_never_taken(self, lab: Path, name: str) -> None:
        (lab / "raw" / name).write_text("private")
        self.write(lab, name)
        assert kinds(make()) == ["not-uploadable"]
        assert kinds(make(remux=True)) == ["cannot-remux"]

    def test_a_folder_or_a_pipe_is_no_video(self, lab: Path) -> None:
        (lab / "raw" / "videos" / "top.mp4").mkdir(parents=True)
        assert kinds(make()) == ["missing-video"]


class TestAnnex:
    @pytest.fixture
    def annexed(self, lab: Path) -> Path:
        """The video is a link into the annex of the repository around the sources."""
        subprocess.run(["git", "init", "-q", "raw"], cwd=lab, check=True)
        key = (
            lab / "raw" / ".git" / "annex" / "objects" / "Xx" / "MD5E-s1--a.mp4" / "MD5E-s1--a.mp4"
        )
        film(key)
        (lab / "raw" / "videos").mkdir()
        link = lab / "raw" / "videos" / "top.mp4"
        link.symlink_to(os.path.relpath(key, link.parent))
        return link

    def test_its_object_may_lie_outside_the_named_folder(self, annexed: Path) -> None:
        (annexed.parents[1] / "nwb").mkdir()
        shutil.move(annexed.parents[1] / "a.nwb", annexed.parents[1] / "videos" / "a.nwb")
        (annexed.parent / "videos").mkdir()
        shutil.move(annexed, annexed.parent / "videos" / "top.mp4")
        moved = annexed.parent / "videos" / "top.mp4"
        target = moved.readlink()
        moved.unlink()
        moved.symlink_to(Path("..") / target)
        plan = make("raw/videos")
        assert kinds(plan) == []
        assert plan.media[0].annexed
        assert plan.media[0].source == str(moved)

    def test_content_that_is_not_here_is_reported(self, annexed: Path) -> None:
        annexed.resolve().unlink()
        plan = make()
        assert kinds(plan) == ["not-fetched"]
        assert "git annex get" in plan.conflicts[0].remedy

    def test_another_dangling_link_is_distinguished(self, lab: Path) -> None:
        (lab / "raw" / "videos").mkdir()
        (lab / "raw" / "videos" / "top.mp4").symlink_to("gone.mp4")
        assert kinds(make()) == ["dangling-link"]


class TestRemux:
    @pytest.mark.slow
    @pytest.mark.parametrize(("suffix", "expected"), [(".mpg", []), (".webm", [])])
    def test_streams_that_fit_are_put_into_mp4(
        self, lab: Path, suffix: str, expected: list[str]
    ) -> None:
        (lab / "raw" / "a.nwb").unlink()
        write_session(lab / "raw" / "b.nwb", Footage(files=[f"top{suffix}"]))
        source = film(lab / "raw" / "top.mpg")
        source.rename(lab / "raw" / f"top{suffix}")
        assert kinds(make()) == ["not-uploadable"]
        plan = make(remux=True)
        assert kinds(plan) == expected
        assert plan.media[0].remux

    def test_what_is_no_video_is_a_conflict(self, lab: Path) -> None:
        (lab / "raw" / "a.nwb").unlink()
        write_session(lab / "raw" / "b.nwb", Footage(files=["top.mpg"]))
        (lab / "raw" / "top.mpg").write_text("ffconcat version 1.0\nfile secret.mp4\n")
        assert kinds(make(remux=True)) == ["cannot-remux"]


class TestMove:
    def test_a_video_that_a_recording_beside_references_is_not_moved(self, lab: Path) -> None:
        film(lab / "raw" / "videos" / "top.mp4")
        shutil.copy2(lab / "raw" / "a.nwb", lab / "raw" / "b.nwb")
        plan = make("raw/a.nwb", videos=TransferMode.MOVE)
        assert kinds(plan) == ["shared-move"]
        assert "raw/b.nwb" in plan.conflicts[0].reason
        assert kinds(make("raw/a.nwb")) == []


class TestWrongCalls:
    def test_no_dandiset(self, lab: Path) -> None:
        with pytest.raises(UsageError, match="new_dandiset=ID"):
            plan_organize(OrganizeSettings(paths=("raw",)))

    def test_one_may_be_started(self, lab: Path) -> None:
        film(lab / "raw" / "videos" / "top.mp4")
        plan = plan_organize(
            OrganizeSettings(paths=("raw",), dandiset=Path("new"), new_dandiset="000123")
        )
        assert plan.new_identifier == "000123"
        assert kinds(plan) == []
        assert not (lab / "new").exists()

    def test_none_is_started_where_one_is(self, lab: Path) -> None:
        with pytest.raises(UsageError, match="leave out new_dandiset"):
            make(new_dandiset="000123")

    def test_none_is_started_inside_another(self, lab: Path) -> None:
        with pytest.raises(UsageError, match="do not nest"):
            plan_organize(
                OrganizeSettings(
                    paths=("raw",), dandiset=Path("dandiset/inner"), new_dandiset="000123"
                )
            )

    def test_a_bids_dataset(self, lab: Path) -> None:
        (lab / "dandiset" / "dataset_description.json").write_text("{}")
        with pytest.raises(UsageError, match="BIDS"):
            make()

    def test_a_dandiset_that_is_a_link_to_nothing(self, lab: Path) -> None:
        (lab / "gone").symlink_to("nowhere")
        with pytest.raises(UsageError, match="link to nothing"):
            plan_organize(OrganizeSettings(paths=("raw",), dandiset=Path("gone")))

    def test_a_folder_to_search_that_is_not_there(self, lab: Path) -> None:
        with pytest.raises(UsageError, match="find_videos"):
            make(find_videos=(Path("nowhere"),))

    def test_copying_in_place(self, lab: Path) -> None:
        with pytest.raises(UsageError, match="in place"):
            plan_organize(OrganizeSettings(dandiset=Path("dandiset"), videos=TransferMode.COPY))

    def test_nothing_but_the_dandiset(self, lab: Path) -> None:
        shutil.move(lab / "raw" / "a.nwb", lab / "dandiset" / "a.nwb")
        with pytest.raises(UsageError, match="in place"):
            make(".")


class TestInPlace:
    def in_place(self, lab: Path) -> OrganizePlan:
        return plan_organize(OrganizeSettings(dandiset=lab / "dandiset"))

    def test_what_is_loose_is_moved(self, lab: Path) -> None:
        shutil.move(lab / "raw" / "a.nwb", lab / "dandiset" / "a.nwb")
        film(lab / "dandiset" / "videos" / "top.mp4")
        plan = self.in_place(lab)
        assert kinds(plan) == []
        assert plan.media[0].mode is TransferMode.MOVE
        assert plan.recordings[0].mode is FileMode.MOVE

    def test_what_is_organized_is_settled(self, lab: Path) -> None:
        home = lab / "dandiset" / "sub-mouse01"
        film(home / CAMERA)
        write_session(home / f"{STEM}.nwb", Footage(files=[CAMERA]))
        plan = self.in_place(lab)
        assert plan.is_empty
        assert len(plan.settled) == 1

    def test_a_link_to_a_video_outside_stays(self, lab: Path) -> None:
        home = lab / "dandiset" / "sub-mouse01"
        film(lab / "store" / "top.mp4")
        (home / STEM).mkdir(parents=True)
        (home / CAMERA).symlink_to(lab / "store" / "top.mp4")
        write_session(home / f"{STEM}.nwb", Footage(files=[CAMERA]))
        assert self.in_place(lab).is_empty

    def test_a_dandiset_reached_by_a_link_is_the_same(self, lab: Path) -> None:
        home = lab / "dandiset" / "sub-mouse01"
        film(home / CAMERA)
        write_session(home / f"{STEM}.nwb", Footage(files=[CAMERA]))
        (lab / "alias").symlink_to("dandiset")
        assert plan_organize(OrganizeSettings(dandiset=lab / "alias")).is_empty
