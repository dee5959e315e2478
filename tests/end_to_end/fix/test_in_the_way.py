"""Files that cannot, or must not, be changed: each is named with the reason, and left as it is."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.fix.faulty import UNIT, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import snapshot
from tests.end_to_end.running import obeying
from tests.git_command import commit_all, create_repository, git
from tests.writer import ADDED, open_for_writing

pytestmark = pytest.mark.slow


class TestLinks:
    def test_nothing_is_written_through_a_link(self, recording: Path, tmp_path: Path) -> None:
        (tmp_path / "links").mkdir()
        (tmp_path / "links" / "a.nwb").symlink_to(recording)
        before = snapshot(tmp_path)
        outcome = fix("links/a.nwb", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        assert "nothing is written through" in flat(outcome.stdout)
        assert snapshot(tmp_path) == before

    def test_a_linked_folder_is_not_entered(self, recordings: list[Path], tmp_path: Path) -> None:
        shutil.move(recordings[0], tmp_path / recordings[0].name)
        (tmp_path / "named").mkdir()
        (tmp_path / "named" / "linked").symlink_to(recordings[1].parent, target_is_directory=True)
        shutil.move(tmp_path / recordings[0].name, tmp_path / "named" / "a.nwb")
        assert fix("named", "--yes", cwd=tmp_path).code == 0
        assert unit_of(tmp_path / "named" / "a.nwb") == "pixels"
        assert unit_of(recordings[1]) == "px"

    def test_beside_another_file_a_linked_folder_is_no_way_in(
        self, recordings: list[Path], tmp_path: Path
    ) -> None:
        (tmp_path / "named").mkdir()
        shutil.copy2(recordings[0], tmp_path / "named" / "a.nwb")
        (tmp_path / "named" / "linked").symlink_to(recordings[1].parent, target_is_directory=True)
        outcome = fix("named", "named/linked", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        assert "Name the real folder" in flat(outcome.stdout)
        assert unit_of(tmp_path / "named" / "a.nwb") == "pixels"
        assert {unit_of(path) for path in recordings} == {"px"}

    def test_a_linked_folder_that_is_named_is_entered(
        self, recording: Path, tmp_path: Path
    ) -> None:
        """A home may be a link; whoever names it means what lies there."""
        (tmp_path / "data").symlink_to(tmp_path / "dandiset", target_is_directory=True)
        assert fix("data", "--yes", cwd=tmp_path).code == 0
        assert unit_of(recording) == "pixels"
        assert fix("--undo", "data", cwd=tmp_path).code == 0
        assert unit_of(recording) == "px"


def test_another_name_of_a_file_keeps_its_content(recording: Path, tmp_path: Path) -> None:
    other = tmp_path / "other name.nwb"
    other.hardlink_to(recording)
    content = other.read_bytes()
    assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
    assert unit_of(recording) == "pixels"
    assert other.read_bytes() == content
    assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
    assert recording.read_bytes() == content


class TestPermissions:
    def test_a_read_only_file_is_left(self, recordings: list[Path], tmp_path: Path) -> None:
        recordings[0].chmod(0o444)
        content = recordings[0].read_bytes()
        outcome = fix("dandiset", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        assert "it is read-only" in flat(outcome.stdout)
        assert recordings[0].read_bytes() == content
        assert {unit_of(path) for path in recordings[1:]} == {"pixels"}

    def test_a_read_only_folder_is_left(self, recording: Path, tmp_path: Path) -> None:
        recording.parent.chmod(0o555)
        try:
            before = snapshot(tmp_path)
            outcome = obeying("fix", "dandiset", "--yes", "--engine", "pose", cwd=tmp_path)
            assert outcome.code == 1, outcome.stderr
            assert "is read-only" in flat(outcome.stdout)
            assert snapshot(tmp_path) == before
        finally:
            recording.parent.chmod(0o755)

    def test_where_no_journal_can_be_written_nothing_is_touched(
        self, recording: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "dandiset").chmod(0o555)
        try:
            before = snapshot(tmp_path)
            outcome = obeying("fix", "dandiset", "--yes", "--engine", "pose", cwd=tmp_path)
            assert outcome.code == 2, outcome.stderr
            assert "journal" in flat(outcome.stderr)
            assert snapshot(tmp_path) == before
        finally:
            (tmp_path / "dandiset").chmod(0o755)

    def test_permissions_stay(self, recording: Path, tmp_path: Path) -> None:
        recording.chmod(0o640)
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        assert recording.stat().st_mode & 0o777 == 0o640
        assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
        assert recording.stat().st_mode & 0o777 == 0o640


class TestInUse:
    def test_a_file_that_is_being_written_is_left(
        self, recordings: list[Path], tmp_path: Path
    ) -> None:
        with open_for_writing(recordings[0]):
            outcome = fix("dandiset", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        assert "Close it there" in flat(outcome.stdout)
        with h5py.File(recordings[0], "r") as file:
            assert ADDED in file
            assert file[UNIT].attrs["unit"] == "px"
        assert {unit_of(path) for path in recordings[1:]} == {"pixels"}

    def test_one_that_is_opened_after_the_plan_stops_it(
        self, recordings: list[Path], tmp_path: Path
    ) -> None:
        assert fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path).code == 0
        with open_for_writing(recordings[2]):
            outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
            assert outcome.code == 2
            assert "open for writing" in flat(outcome.stderr)
        assert {unit_of(path) for path in recordings} == {"px"}

    def test_a_fixed_file_that_is_being_written_is_not_undone(
        self, recording: Path, tmp_path: Path
    ) -> None:
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        with open_for_writing(recording):
            outcome = fix("--undo", "dandiset", cwd=tmp_path)
            assert outcome.code == 2
            assert "open for writing" in flat(outcome.stderr)
        with h5py.File(recording, "r") as file:
            assert ADDED in file


class TestChangedMeanwhile:
    @pytest.mark.parametrize("how", ["edited", "touched", "removed", "exchanged", "linked"])
    def test_a_plan_is_not_applied_to_another_file(
        self, recordings: list[Path], tmp_path: Path, how: str
    ) -> None:
        assert fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path).code == 0
        change(recordings[1], how)
        before = snapshot(tmp_path)
        outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
        assert outcome.code == 2, outcome.stdout
        assert recordings[1].name in flat(outcome.stderr)
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "dandiset" / ".posecheck").exists()


def change(path: Path, how: str) -> None:
    if how == "edited":
        with h5py.File(path, "r+") as file:
            file.attrs["mine"] = 1
    elif how == "touched":
        os.utime(path, ns=(1, 1))
    elif how == "removed":
        path.unlink()
    elif how == "exchanged":
        path.unlink()
        shutil.copy(path.with_name(path.name.replace("001", "002")), path)
    else:
        path.rename(path.with_suffix(".real"))
        path.symlink_to(path.with_suffix(".real"))


class TestAnnex:
    def test_locked_content_is_left_until_it_is_unlocked(
        self, recording: Path, tmp_path: Path
    ) -> None:
        dandiset = create_repository(tmp_path / "dandiset")
        git(dandiset, "annex", "init", "here")
        git(dandiset, "rm", "--quiet", "-r", "--cached", "sub-mouse01")
        renamed = recording.with_name("a b'c.nwb")
        recording.rename(renamed)
        git(dandiset, "annex", "add", ".")
        commit_all(dandiset)
        assert renamed.is_symlink()
        content = renamed.read_bytes()
        outcome = fix("dandiset", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        text = flat(outcome.stdout)
        assert "git-annex keeps its content" in text
        command = text.partition("Unlock it first: ")[2].partition(". Add it")[0]
        tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        subprocess.run(
            shlex.split(command), cwd=tmp_path, env={**os.environ, "PATH": tools}, check=True
        )
        assert not renamed.is_symlink()
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        assert unit_of(renamed) == "pixels"
        assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
        assert renamed.read_bytes() == content

    def test_unlocked_content_is_fixed_and_the_annexed_object_stays(
        self, recording: Path, tmp_path: Path
    ) -> None:
        dandiset = create_repository(tmp_path / "dandiset")
        git(dandiset, "annex", "init", "here")
        git(dandiset, "config", "annex.thin", "true")
        git(dandiset, "rm", "--quiet", "-r", "--cached", "sub-mouse01")
        git(dandiset, "annex", "add", ".")
        commit_all(dandiset)
        git(dandiset, "annex", "unlock", str(recording))
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        assert unit_of(recording) == "pixels"
        git(dandiset, "annex", "add", ".")
        fixed = commit_all(dandiset)
        # the version before is what it was
        git(dandiset, "fsck")
        git(dandiset, "annex", "fsck")
        git(dandiset, "checkout", "--quiet", f"{fixed}~1")
        git(dandiset, "annex", "fsck")

    def test_what_is_added_to_git_annex_after_a_run_is_not_undone_through_it(
        self, recording: Path, tmp_path: Path
    ) -> None:
        dandiset = create_repository(tmp_path / "dandiset")
        git(dandiset, "annex", "init", "here")
        git(dandiset, "rm", "--quiet", "-r", "--cached", "sub-mouse01")
        commit_all(dandiset)
        git(dandiset, "rm", "--quiet", "-r", "--cached", "sub-mouse01")
        git(dandiset, "commit", "--quiet", "--message", "leave out")
        content = recording.read_bytes()
        assert fix("dandiset", "--yes", cwd=tmp_path).code == 0
        git(dandiset, "annex", "add", "sub-mouse01")
        assert recording.is_symlink()
        outcome = fix("--undo", "dandiset", cwd=tmp_path)
        assert outcome.code == 2
        assert "annex unannex" in flat(outcome.stderr)
        git(dandiset, "annex", "unannex", str(recording))
        assert fix("--undo", "dandiset", cwd=tmp_path).code == 0
        assert recording.read_bytes() == content


def test_a_journal_that_is_a_link_is_refused(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "dandiset" / ".posecheck").symlink_to(tmp_path / "elsewhere")
    outcome = fix("dandiset", "--yes", cwd=tmp_path)
    assert outcome.code == 2
    assert "no folder of its own" in flat(outcome.stderr)
    assert unit_of(recording) == "px"
    assert not list((tmp_path / "elsewhere").iterdir())


def test_two_copies_of_one_recording_in_two_dandisets(faulty: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(faulty.parent.parent, tmp_path / "both" / name)
    assert fix("both", "--yes", cwd=tmp_path).code == 0
    assert {unit_of(path) for path in tmp_path.rglob("*.nwb")} == {"pixels"}
    assert fix("--undo", "both/one", cwd=tmp_path).code == 0
    assert {unit_of(path) for path in tmp_path.rglob("*.nwb")} == {"px"}


@pytest.mark.skipif(os.name == "nt", reason="there, a backslash always separates folders")
def test_a_file_whose_name_has_a_backslash_keeps_its_reference(recording: Path) -> None:
    (recording.parent / "clip\\top.mp4").write_bytes(b"video")
    with h5py.File(recording, "r+") as file:
        video = file["acquisition"].create_group("camera")
        video.attrs.update(
            neurodata_type="ImageSeries", namespace="core", object_id="c", description="a camera"
        )
        names = video.create_dataset(
            "external_file", data=["clip\\top.mp4", "clip\\side.mp4"], dtype=h5py.string_dtype()
        )
        names.attrs["starting_frame"] = [0, 100]
    outcome = fix(recording.name, "--yes", "--select", "VID004", cwd=recording.parent)
    assert outcome.code == 1
    assert "a file is called exactly that" in flat(outcome.stdout)
    with h5py.File(recording) as file:
        stored = file["acquisition/camera/external_file"].asstr()[()].tolist()
    assert stored[0] == "clip\\top.mp4"
