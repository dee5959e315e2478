"""What a plan says: which recordings are alike, what is blocked and why, and what really came."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    assert_valid,
    contents,
    organize,
    recordings,
    snapshot,
    start_dandiset,
)
from tests.mounting import TMPFS, mounted_tmpfs
from tests.recordings.sessions import Footage, write_session

pytestmark = pytest.mark.slow

DRY = ("-d", "dandiset", "--dry-run")
INTO = ("-d", "dandiset", "--yes")


@pytest.fixture
def dandiset(tmp_path: Path) -> Path:
    """An empty dandiset in ``tmp_path``, where the sessions of a test come into ``raw``."""
    return start_dandiset(tmp_path / "dandiset")


def record(path: Path, *, subject: str = "mouse01", session: str | None = "day1") -> Path:
    """Write a session without video."""
    return write_session(path, subject=subject, session=session)


class TestSharedNames:
    """dandi organize writes both to one path in some batches, and adds their object_id in others.

    It says neither.
    """

    @pytest.mark.slow
    @pytest.mark.parametrize("amount", [[], ["--quiet"]], ids=["whole", "quiet"])
    def test_two_of_one_subject_and_session_far_apart(
        self, tmp_path: Path, dandiset: Path, amount: list[str]
    ) -> None:
        for number in range(24):
            record(tmp_path / "raw" / f"r{number:02}.nwb", session=f"d{number % 23}")
        said = organize("raw", *DRY, *amount, cwd=tmp_path).stdout
        (note,) = re.findall(r"^2 recordings of one subject and session .*$", said, re.MULTILINE)
        for file in ("r00.nwb", "r23.nwb"):
            assert re.search(
                rf"raw/{file} \(subject_id 'mouse01', session_id 'd0', object_id [0-9a-f-]{{36}}\)",
                note,
            )
        assert "r01.nwb" not in note

    @pytest.mark.slow
    def test_sessions_that_differ_only_in_what_a_name_leaves_out(
        self, tmp_path: Path, dandiset: Path
    ) -> None:
        for number, session in enumerate(("run 1", "run-1", "run_1", "run2")):
            record(tmp_path / "raw" / f"r{number}.nwb", session=session)
        outcome = organize("raw", *INTO, "--quiet", cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert "3 recordings have session_ids that differ only" in outcome.stdout
        for session in ("'run 1'", "'run-1'", "'run_1'"):
            assert f"session_id {session}" in outcome.stdout
        assert "run2" not in outcome.stdout
        assert len(recordings(dandiset)) == 4

    def test_one_that_joins_another_of_the_dandiset(self, tmp_path: Path, dandiset: Path) -> None:
        record(tmp_path / "raw" / "a.nwb")
        assert organize("raw", *INTO, cwd=tmp_path).code == 0
        (path,) = recordings(dandiset)
        record(tmp_path / "late" / "b.nwb")
        said = organize("late", *DRY, cwd=tmp_path).stdout
        assert f"{path} (subject_id 'mouse01', session_id 'day1'" in said
        assert "late/b.nwb (subject_id" in said


class TestIdentifiers:
    def test_white_space_at_the_ends_is_shown_and_left_out(
        self, tmp_path: Path, dandiset: Path
    ) -> None:
        """dandi organize makes hyphens of it: ``sub-mouse01-``."""
        record(tmp_path / "raw" / "a.nwb", subject=" mouse01", session="day1\n")
        outcome = organize("raw", *INTO, cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        assert "subject_id is ' mouse01'" in outcome.stdout
        assert "session_id is 'day1\\n'" in outcome.stdout
        assert list(recordings(dandiset)) == ["sub-mouse01/sub-mouse01_ses-day1_behavior.nwb"]
        assert_valid(dandiset)


class TestBlocked:
    def test_recordings_that_are_blocked_are_marked(self, lab: Path) -> None:
        (lab / "raw" / "videos" / "top2.mp4").unlink()
        (lab / "raw" / "broken.nwb").write_bytes(b"\x89HDF\r\n\x1a\n")
        outcome = organize("raw", *DRY, cwd=lab)
        assert outcome.code == 1
        marked = [line for line in outcome.stdout.splitlines() if "  blocked: " in line]
        assert any(
            line.startswith("raw/session2.nwb → ") and line.endswith("blocked: missing-video")
            for line in marked
        )
        assert "raw/broken.nwb  blocked: unreadable" in marked
        assert not any("session1" in line or "session3" in line for line in marked)

    @pytest.mark.slow
    def test_those_that_are_not_shown_are_counted(self, tmp_path: Path, dandiset: Path) -> None:
        for number in range(23):
            write_session(
                tmp_path / "raw" / f"r{number:02}.nwb",
                *([Footage(files=["gone.mp4"])] if number > 20 else []),
                session=f"d{number}",
            )
        said = organize("raw", *DRY, cwd=tmp_path).stdout
        assert "… and 3 more recordings, 2 of them blocked by a conflict" in said


class TestReasons:
    def test_a_link_out_of_the_folders_is_reported_with_its_target(self, single: Path) -> None:
        video = single / "raw" / "videos" / "top1.mp4"
        store = single / "my store"
        store.mkdir()
        video.rename(store / "real.mp4")
        video.symlink_to(store / "real.mp4")
        before = snapshot(single)
        outcome = organize("raw", *INTO, cwd=single)
        assert outcome.code == 1
        assert f"a link to {store / 'real.mp4'}, outside the folders" in outcome.stdout
        assert f"--find-videos '{store}'" in outcome.stdout
        assert snapshot(single) == before
        assert organize("raw", *INTO, "--find-videos", store, cwd=single).code == 0
        assert_all_resolve(single / "dandiset")

    @pytest.mark.parametrize("amount", [[], ["--quiet"], ["--verbose"]])
    def test_a_long_sentence_keeps_its_reason(self, single: Path, amount: list[str]) -> None:
        name = "a very long name of a video " * 60
        write_session(single / "raw" / "session1.nwb", Footage(files=[f"videos/{name}.mp4"]))
        said = organize("raw", *DRY, *amount, cwd=single).stdout
        assert "leads to no file: there is no /" in said

    def test_a_path_that_is_too_long_is_reported_with_the_names_that_fit(
        self, single: Path
    ) -> None:
        session, series = "x" * 120, "c" * 90
        raw = single / "raw"
        write_session(
            raw / "session1.nwb",
            Footage(files=["videos/top1.mp4"], name=series),
            subject="s" * 60,
            session=session,
        )
        outcome = organize("raw", *INTO, cwd=single)
        assert outcome.code == 1
        assert "and the archive stores 512." in outcome.stdout
        assert "→ Name the videos with --video-names object-id" in outcome.stdout
        outcome = organize("raw", *INTO, "--video-names", "object-id", cwd=single)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert_all_resolve(single / "dandiset")

    @pytest.mark.parametrize(
        ("there", "said"),
        [
            ("sub-mouse01", "and sub-mouse01 is a file, not a folder"),
            ("sub-mouse01/{stem}", "{stem} is a file, not a folder"),
            ("sub-mouse01/{stem}.nwb/x", "it is a folder, not a file"),
            ("sub-mouse01/{stem}/sub-mouse01_ses-day1_camera.mp4/x", "it is a folder, not"),
        ],
    )
    def test_a_file_where_a_folder_belongs_and_the_reverse(
        self, single: Path, there: str, said: str
    ) -> None:
        stem = "sub-mouse01_ses-day1_behavior+image"
        obstacle = single / "dandiset" / there.replace("{stem}", stem)
        obstacle.parent.mkdir(parents=True, exist_ok=True)
        obstacle.write_text("in the way")
        before = snapshot(single)
        outcome = organize("raw", *INTO, cwd=single)
        assert outcome.code == 1
        assert said.replace("{stem}", stem) in outcome.stdout
        assert snapshot(single) == before


@pytest.mark.skipif(not TMPFS, reason="no file system can be mounted")
class TestHardLinksRefused:
    @pytest.fixture
    def disk(self, written: Path, tmp_path: Path) -> Iterator[Path]:
        """One file system whose folder ``raw`` is mounted again, as containers mount volumes.

        Its device has the same number, and no hard link leads from one mount to the other.
        """
        with mounted_tmpfs(tmp_path / "disk", "8m") as folder:
            start_dandiset(folder / "dandiset")
            for name in ("raw", "mounted"):
                (folder / name).mkdir()
            subprocess.run(["cp", "-a", f"{written}/.", folder / "raw"], check=True)
            mount = ["mount", "--bind", str(folder / "raw"), str(folder / "mounted")]
            subprocess.run(mount, check=True)
            try:
                yield folder
            finally:
                subprocess.run(["umount", "--lazy", folder / "mounted"], check=True)

    def test_the_report_says_that_videos_were_copied(self, disk: Path) -> None:
        outcome = organize("mounted", *INTO, cwd=disk)
        assert outcome.code == 0, outcome.stderr
        assert "3 videos: copied, because the file system allows no hard link" in outcome.stdout
        assert "3 videos: hard-linked" not in outcome.stdout
        assert_all_resolve(disk / "dandiset")
        videos = {value for name, value in contents(disk / "raw").items() if name[-4:] == ".mp4"}
        assert videos <= set(contents(disk / "dandiset").values())
        assert all(path.stat().st_nlink == 1 for path in (disk / "dandiset").rglob("*.mp4"))
