"""A plan is carried out whole, or not begun; taken back, everything is as it was."""

from __future__ import annotations

import shutil
import signal
from dataclasses import replace
from pathlib import Path

import h5py
import pytest
from dandi.dandiset import Dandiset
from dandi.files import dandi_file
from tests.local_files import probe_path
from tests.organize.apply.planned import (
    SERIES,
    Planner,
    Recorder,
    stamp_of,
    tree,
    unfinished_run,
    write_session,
)
from tests.video.written_videos import write_video

from posecheck.model.errors import ApplyError, UsageError
from posecheck.organize.apply import apply_plan, finalize, resume, undo
from posecheck.organize.apply.change_set import ORGANIZE
from posecheck.organize.plan.values import FileMode
from posecheck.transaction.lock import locked
from posecheck.transaction.steps import TransferMode

NWB = "sub-a/sub-a_behavior.nwb"
FILM = "sub-a/sub-a_behavior/sub-a_camera.mp4"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    lab = tmp_path / "lab"
    for name in ("a", "b"):
        write_session(lab, name)
    return lab


@pytest.fixture
def dandiset(tmp_path: Path) -> Path:
    folder = tmp_path / "dandiset"
    folder.mkdir()
    (folder / "dandiset.yaml").write_text("identifier: DANDI:000000\n")
    return folder


def plan_both(lab: Path, dandiset: Path, **modes: object) -> Planner:
    planner = Planner(dandiset, **modes)  # type: ignore[arg-type]
    for name in ("a", "b"):
        planner.add_both(lab / f"{name}.nwb", lab / f"{name} film.mp4", name)
    return planner


@pytest.mark.parametrize("jobs", [1, 2])
def test_copies_land_with_times_and_references(lab: Path, dandiset: Path, jobs: int) -> None:
    before = tree(lab)
    applied = apply_plan(plan_both(lab, dandiset).plan(), jobs=jobs)
    assert (applied.recordings, applied.media) == (2, 2)
    assert tree(lab) == before
    with h5py.File(dandiset / NWB) as file:
        assert list(file[SERIES].asstr()) == ["sub-a_behavior/sub-a_camera.mp4"]
        assert list(file[SERIES].attrs["starting_frame"]) == [0]
        others = file["/processing/behavior/original_videos"].asstr()
        assert list(others) == ["sub-a_behavior/sub-a_camera.mp4", "other.avi"]
    assert (dandiset / FILM).read_bytes() == (lab / "a film.mp4").read_bytes()
    assert (dandiset / FILM).stat().st_mtime_ns == (lab / "a film.mp4").stat().st_mtime_ns
    assert (dandiset / NWB).stat().st_mtime_ns > (lab / "a.nwb").stat().st_mtime_ns
    assert not [name for name in tree(dandiset) if ".tmp" in name]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("files", list(FileMode))
@pytest.mark.parametrize(
    "videos", [mode for mode in TransferMode if mode is not TransferMode.REFLINK]
)
def test_undo_returns_to_the_start(
    lab: Path, dandiset: Path, files: FileMode, videos: TransferMode, jobs: int
) -> None:
    before = tree(lab, dandiset, ignoring="")
    planner = plan_both(lab, dandiset, files=files, videos=videos)
    apply_plan(planner.plan(), jobs=jobs)
    assert (lab / "a.nwb").exists() == (files is FileMode.COPY)
    assert (lab / "a film.mp4").exists() == (videos is not TransferMode.MOVE)
    assert (dandiset / FILM).read_bytes() == b"a" * 5000
    undone = undo(dandiset)
    assert (undone.recordings, undone.media, undone.notes) == (2, 2, ())
    assert tree(lab, dandiset, ignoring="") == before


def test_the_last_run_is_undone_first(lab: Path, dandiset: Path) -> None:
    start = tree(dandiset, ignoring="")
    first, second = Planner(dandiset), Planner(dandiset)
    first.add_both(lab / "a.nwb", lab / "a film.mp4", "a")
    apply_plan(first.plan(), jobs=1)
    middle = tree(dandiset)
    second.add_both(lab / "b.nwb", lab / "b film.mp4", "b")
    apply_plan(second.plan(), jobs=1)
    undo(dandiset)
    assert tree(dandiset) == middle
    undo(dandiset)
    assert tree(dandiset, ignoring="") == start
    with pytest.raises(UsageError, match="no run to undo"):
        undo(dandiset)


def test_a_final_run_cannot_be_undone(lab: Path, dandiset: Path) -> None:
    apply_plan(plan_both(lab, dandiset).plan(), jobs=1)
    finalize(dandiset)
    assert not (dandiset / ".posecheck").exists()
    with pytest.raises(UsageError, match="no run to undo"):
        undo(dandiset)
    with pytest.raises(UsageError, match="no run to make final"):
        finalize(dandiset)


def test_a_new_dandiset_is_made_and_taken_back(lab: Path, tmp_path: Path) -> None:
    planner = plan_both(lab, tmp_path / "deep" / "new")
    planner.new_identifier = "000123"
    apply_plan(planner.plan(), jobs=1)
    text = (tmp_path / "deep/new/dandiset.yaml").read_text()
    assert text.splitlines()[0] == 'identifier: "DANDI:000123"'
    undo(tmp_path / "deep/new")
    assert not (tmp_path / "deep").exists()


def test_a_link_as_source_is_brought_as_what_it_leads_to(lab: Path, dandiset: Path) -> None:
    store = lab.parent / "store"
    store.mkdir()
    (lab / "a film.mp4").rename(store / "object")
    (lab / "a film.mp4").symlink_to("../store/object")
    before = tree(lab, store, dandiset, ignoring="")
    apply_plan(plan_both(lab, dandiset, videos=TransferMode.MOVE).plan(), jobs=1)
    assert not (dandiset / FILM).is_symlink()
    assert not (dandiset / FILM).samefile(store / "object")
    assert not (lab / "a film.mp4").is_symlink()
    assert (store / "object").exists()
    undo(dandiset)
    assert tree(lab, store, dandiset, ignoring="") == before


def test_a_symbolic_link_resolves_from_its_place(lab: Path, dandiset: Path) -> None:
    alias = lab.parent / "alias"
    alias.symlink_to(dandiset)
    applied = apply_plan(plan_both(lab, alias, videos=TransferMode.SYMLINK).plan(), jobs=1)
    assert not (dandiset / FILM).readlink().is_absolute()
    assert (dandiset / FILM).samefile(lab / "a film.mp4")
    assert "symbolic link" in applied.notes[0]


def test_auto_never_links_to_an_object_of_git_annex(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset, videos=TransferMode.AUTO)
    planner.media[0] = replace(planner.media[0], annexed=True)
    (lab / "a film.mp4").chmod(0o444)
    apply_plan(planner.plan(), jobs=1)
    assert (dandiset / FILM).stat().st_nlink == 1
    assert (dandiset / FILM).stat().st_mode & 0o777 == 0o444
    undo(dandiset)


def test_progress_ends_at_the_total(lab: Path, dandiset: Path) -> None:
    recorder = Recorder()
    apply_plan(plan_both(lab, dandiset).plan(), jobs=2, listener=recorder)
    assert recorder.done[-1] == recorder.total > 0
    assert recorder.done == sorted(recorder.done)
    assert any("sub-a_camera.mp4" in path for path in recorder.files)


@pytest.mark.parametrize("videos", [TransferMode.COPY, TransferMode.HARDLINK])
def test_progress_says_how_much_is_copied(lab: Path, dandiset: Path, videos: TransferMode) -> None:
    recorder = Recorder()
    plan = plan_both(lab, dandiset, videos=videos).plan()
    apply_plan(plan, jobs=1, listener=recorder)
    size = sum(media.stamp.size for media in plan.media)
    assert recorder.copied <= recorder.total - (0 if videos is TransferMode.COPY else size)
    if videos is TransferMode.COPY:
        assert recorder.copied >= size


def refused(planner: Planner, *folders: Path) -> str:
    """Return why a plan is refused, and see that nothing was touched."""
    before = tree(*folders, ignoring="")
    with pytest.raises(UsageError) as caught:
        apply_plan(planner.plan(), jobs=1)
    assert tree(*folders, ignoring="") == before
    return str(caught.value)


def test_a_source_that_changed_is_refused(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset)
    with (lab / "b film.mp4").open("ab") as file:
        file.write(b"more")
    assert "b film.mp4 changed since" in refused(planner, lab, dandiset)


def test_a_source_that_is_gone_is_refused(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset)
    (lab / "b.nwb").unlink()
    assert "b.nwb is no longer what it was" in refused(planner, lab, dandiset)


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_a_target_that_is_taken_is_refused(lab: Path, dandiset: Path, kind: str) -> None:
    planner = plan_both(lab, dandiset)
    target = dandiset / NWB
    target.parent.mkdir()
    if kind == "file":
        target.write_bytes(b"mine")
    else:
        target.symlink_to(lab / ("a.nwb" if kind == "link" else "nothing"))
    assert "exists by now" in refused(planner, lab, dandiset)


def test_a_planted_link_to_a_folder_is_refused(lab: Path, dandiset: Path, tmp_path: Path) -> None:
    planner = plan_both(lab, dandiset)
    (tmp_path / "outside").mkdir()
    (dandiset / "sub-a").symlink_to(tmp_path / "outside")
    assert "is a link" in refused(planner, lab, dandiset, tmp_path / "outside")


@pytest.mark.parametrize("name", [".posecheck", ".posecheck/organize"])
def test_the_journal_is_written_through_no_link(
    lab: Path, dandiset: Path, tmp_path: Path, name: str
) -> None:
    planner = plan_both(lab, dandiset)
    (tmp_path / "outside").mkdir()
    (dandiset / name).parent.mkdir(exist_ok=True)
    (dandiset / name).symlink_to(tmp_path / "outside")
    assert "no folder of its own" in refused(planner, lab, dandiset, tmp_path / "outside")


@pytest.mark.parametrize("target", [("..", "a.nwb"), ("sub/a.nwb",), (".",), ()])
def test_a_target_outside_is_refused(lab: Path, dandiset: Path, target: tuple[str, ...]) -> None:
    planner = Planner(dandiset)
    planner.add_session(lab / "a.nwb", *target, rewrites={})
    assert "is no path in the dandiset" in refused(planner, lab, dandiset)


def test_a_string_that_says_something_else_is_found_before_anything_comes(
    lab: Path, dandiset: Path
) -> None:
    planner = plan_both(lab, dandiset)
    wrong = replace(planner.recordings[1].rewrites[0], old="else.mp4")
    planner.recordings[1] = replace(planner.recordings[1], rewrites=(wrong,))
    assert "it says 'b film.mp4', where 'else.mp4' was" in refused(planner, lab, dandiset)


def test_what_is_no_hdf5_file_is_found_before_anything_comes(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset)
    (lab / "b.nwb").write_bytes(b"root:x:0:0")
    planner.recordings[1] = replace(planner.recordings[1], stamp=stamp_of(lab / "b.nwb"))
    assert "b.nwb cannot be edited" in refused(planner, lab, dandiset)


def test_a_folder_that_is_no_dandiset_is_left_alone(lab: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for folder in (tmp_path / "other", tmp_path / "new"):
        assert "so it is no dandiset" in refused(plan_both(lab, folder), tmp_path)


def test_a_video_that_is_not_brought_has_to_be_there(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset)
    gone = planner.media.pop(0)
    planner.recordings = [replace(one, media=()) for one in planner.recordings]
    assert "will not be there" in refused(planner, lab, dandiset)
    there = dandiset.joinpath(*gone.target)
    there.parent.mkdir(parents=True)
    shutil.copy2(gone.source, there)
    assert apply_plan(planner.plan(), jobs=1).media == 1


def test_a_video_that_leaves_is_not_there(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset)
    there = dandiset.joinpath(*planner.media[0].target)
    there.parent.mkdir(parents=True)
    shutil.copy2(planner.media[0].source, there)
    planner.media[0] = replace(
        planner.media[0],
        source=str(there),
        stamp=stamp_of(there),
        target=("sub-a", "other.mp4"),
        mode=TransferMode.MOVE,
    )
    planner.recordings = [replace(one, media=()) for one in planner.recordings]
    assert "will not be there" in refused(planner, lab, dandiset)


def test_what_dandi_does_not_upload_is_not_brought(lab: Path, dandiset: Path) -> None:
    planner = plan_both(lab, dandiset)
    (lab / "passwords.txt").write_text("secret")
    planner.add_film(lab / "passwords.txt", "sub-a", "passwords.txt")
    assert "no video or image" in refused(planner, lab, dandiset)


@pytest.mark.parametrize("name", [NWB, FILM])
def test_a_target_that_was_changed_keeps_all_as_it_is(lab: Path, dandiset: Path, name: str) -> None:
    modes = {"files": FileMode.MOVE, "videos": TransferMode.MOVE}
    apply_plan(plan_both(lab, dandiset, **modes).plan(), jobs=1)
    content = bytearray((dandiset / name).read_bytes())
    content[-1] ^= 1
    (dandiset / name).write_bytes(content)
    before = tree(lab, dandiset)
    with pytest.raises(UsageError, match=r"was changed since. Nothing was touched"):
        undo(dandiset)
    assert tree(lab, dandiset) == before


def test_what_others_put_into_a_new_folder_stays(lab: Path, dandiset: Path) -> None:
    apply_plan(plan_both(lab, dandiset).plan(), jobs=1)
    (dandiset / "sub-a/notes.txt").write_text("mine")
    undone = undo(dandiset)
    assert (dandiset / "sub-a/notes.txt").read_text() == "mine"
    assert "something else lies in it" in undone.notes[0]


def test_in_place_it_renames_and_rewrites(dandiset: Path) -> None:
    path, film = write_session(dandiset / "sub-a", "sub-a_behavior", video="film.mp4")
    _, other = write_session(dandiset / "old" / "deep", "c")
    before = tree(dandiset, ignoring="")
    planner = Planner(dandiset, files=FileMode.MOVE, videos=TransferMode.MOVE)
    planner.add_both(path, film, "a")
    planner.add_both(other.with_name("c.nwb"), other, "c")
    apply_plan(planner.plan(), jobs=1)
    assert not film.exists()
    assert not (dandiset / "old").exists()
    with h5py.File(path) as file:
        assert list(file[SERIES].asstr()) == ["sub-a_behavior/sub-a_camera.mp4"]
    assert path.stat().st_mtime_ns > 1.7e18
    undo(dandiset)
    assert tree(dandiset, ignoring="") == before


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_interrupted_it_stops_and_can_go_on(
    lab: Path, dandiset: Path, jobs: int, after: int
) -> None:
    before = tree(lab, dandiset, ignoring="")
    planner = plan_both(lab, dandiset, files=FileMode.MOVE, videos=TransferMode.MOVE)

    def interrupt(recorder: Recorder) -> None:
        if len(recorder.done) == after + 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match=r"interrupted.*resume_organize.*undo_organize"):
        apply_plan(planner.plan(), jobs=jobs, listener=Recorder(interrupt))
    assert not list(dandiset.rglob("*.tmp"))
    assert (lab / "a.nwb").exists()
    assert unfinished_run(dandiset)
    with pytest.raises(UsageError, match="an earlier run"):
        apply_plan(planner.plan(), jobs=jobs)
    applied = resume(dandiset, jobs=jobs)
    assert (applied.recordings, applied.media) == (2, 2)
    assert not (lab / "a.nwb").exists()
    with pytest.raises(UsageError, match=r"no run .* was broken off"):
        resume(dandiset)
    undo(dandiset)
    assert tree(lab, dandiset, ignoring="") == before


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("mode", [TransferMode.COPY, TransferMode.MOVE])
def test_a_remuxed_film_is_kept_until_the_run_is_final(
    lab: Path, dandiset: Path, jobs: int, mode: TransferMode
) -> None:
    film = write_video(lab / "c.MP4", 12)
    path, _ = write_session(lab, "c", video="other")
    before = tree(lab, dandiset, ignoring="")
    for _ in range(2):
        planner = Planner(dandiset, files=FileMode(mode), videos=mode)
        planner.add_film(film, "sub-c", "c.mp4", remux=True)
        planner.add_session(path, "sub-c", "sub-c.nwb", rewrites={"other": "c.mp4"})
        applied = apply_plan(planner.plan(), jobs=jobs)
        assert probe_path(dandiset / "sub-c/c.mp4").frames == 12
        assert film.exists() == (mode is TransferMode.COPY)
        assert any("kept" in note for note in applied.notes) == (mode is TransferMode.MOVE)
        undo(dandiset)
        assert tree(lab, dandiset, ignoring="") == before


def test_a_film_that_mp4_does_not_take_stops_the_run(lab: Path, dandiset: Path) -> None:
    film = lab / "c.mpg"
    film.write_text("this is no video")
    planner = Planner(dandiset)
    planner.add_film(film, "sub-c", "c.mp4", remux=True)
    for jobs in (1, 2):
        with pytest.raises(ApplyError, match=r"c\.mpg cannot be put into MP4: it is a text file"):
            apply_plan(planner.plan(), jobs=jobs)
        undo(dandiset)
    assert not (dandiset / "sub-c").exists()


def test_dandi_knows_a_new_dandiset(lab: Path, tmp_path: Path) -> None:
    planner = plan_both(lab, tmp_path / "new")
    planner.new_identifier = "DANDI:000123"
    apply_plan(planner.plan(), jobs=1)
    found = Dandiset.find(tmp_path / "new/sub-a")
    assert found is not None
    assert found.identifier == "000123"
    metadata = dandi_file(tmp_path / "new/dandiset.yaml", tmp_path / "new")
    assert metadata.get_validation_errors() == []


def test_one_run_at_a_time(lab: Path, dandiset: Path) -> None:
    with locked(dandiset, ORGANIZE), pytest.raises(UsageError, match="another posecheck"):
        apply_plan(plan_both(lab, dandiset).plan(), jobs=1)
    apply_plan(plan_both(lab, dandiset).plan(), jobs=1)
