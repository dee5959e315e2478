"""Folders that cannot be written, files that cannot grow, and content that git-annex keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    bring,
    contents,
    organize,
    recordings,
    snapshot,
    start_dandiset,
)
from tests.end_to_end.running import limited, obeying
from tests.files.test_annex import annex

pytestmark = pytest.mark.slow


@pytest.fixture
def unlocking(single: Path) -> Iterator[Path]:
    """What a test locks is unlocked when it is over."""
    yield single
    for path in (single, *single.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


class TestReadOnly:
    def test_source_will_do_for_a_copy(self, unlocking: Path) -> None:
        raw = unlocking / "raw"
        for path in raw.rglob("*"):
            path.chmod(0o500 if path.is_dir() else 0o400)
        raw.chmod(0o500)
        before = snapshot(raw)
        outcome = obeying("organize", "raw", "-d", "dandiset", "--yes", cwd=unlocking)
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert_all_resolve(unlocking / "dandiset")
        assert snapshot(raw) == before

    def test_source_will_not_do_for_a_move(self, unlocking: Path) -> None:
        (unlocking / "raw" / "videos").chmod(0o500)
        before = snapshot(unlocking)
        outcome = obeying(
            *("organize", "raw", "-d", "dandiset", "--yes", "--videos", "move"), cwd=unlocking
        )
        assert outcome.code == 1
        assert "not-writable" in outcome.stdout
        assert snapshot(unlocking) == before

    def test_target_is_reported_before_anything_is_touched(self, unlocking: Path) -> None:
        (unlocking / "dandiset").chmod(0o500)
        before = snapshot(unlocking)
        outcome = obeying("organize", "raw", "-d", "dandiset", "--yes", cwd=unlocking)
        assert outcome.code == 1
        assert "not-writable" in outcome.stdout
        assert snapshot(unlocking) == before

    def test_unreadable_source_is_reported(self, unlocking: Path) -> None:
        (unlocking / "raw" / "session1.nwb").chmod(0)
        outcome = obeying("organize", "raw", "-d", "dandiset", "--yes", cwd=unlocking)
        assert outcome.code == 1
        assert "unreadable" in outcome.stdout
        assert "ermission" in outcome.stdout

    def test_unreadable_video_is_reported(self, unlocking: Path) -> None:
        (unlocking / "raw" / "videos" / "top1.mp4").chmod(0)
        before = contents(unlocking)
        outcome = obeying(
            *("organize", "raw", "-d", "dandiset", "--yes", "--videos", "copy"), cwd=unlocking
        )
        assert outcome.code == 1
        assert "top1.mp4" in outcome.stdout + outcome.stderr
        assert {name: before[name] for name in contents(unlocking)} == before


def test_a_file_that_cannot_grow_stops_the_run_and_it_can_go_on(single: Path) -> None:
    undisturbed = start_dandiset(single / "undisturbed")
    bring(single / "raw", undisturbed, "--videos", "copy")
    size = (single / "raw" / "session1.nwb").stat().st_size // 1024
    before = snapshot(single / "raw")
    outcome = limited(
        size // 2,
        *("organize", "raw", "-d", "dandiset", "--yes", "--videos", "copy"),
        cwd=single,
    )
    assert outcome.code == 1, outcome.stdout + outcome.stderr
    assert "--resume" in outcome.stderr
    assert not recordings(single / "dandiset")
    assert organize("--resume", "-d", "dandiset", cwd=single).code == 0
    assert contents(single / "dandiset") == contents(undisturbed)
    assert snapshot(single / "raw") == before


class TestAnnex:
    @pytest.fixture
    def annexed(self, single: Path) -> Iterator[Path]:
        """The lab keeps its raw files in git-annex."""
        raw = single / "raw"
        annex(raw, "init", "--quiet")
        annex(raw, "annex", "init", "--quiet")
        annex(raw, "annex", "add", "--quiet", "videos/top1.mp4")
        annex(raw, "add", "session1.nwb")
        annex(raw, "commit", "--quiet", "--message", "Add a session")
        yield single
        for path in raw.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)

    @pytest.mark.parametrize("way", ["auto", "copy"])
    def test_content_is_brought_and_the_object_left_alone(self, annexed: Path, way: str) -> None:
        link = annexed / "raw" / "videos" / "top1.mp4"
        assert link.is_symlink()
        held = link.resolve()
        content, inode = held.read_bytes(), held.stat().st_ino
        bring(annexed / "raw", annexed / "dandiset", "--videos", way)
        (target,) = (annexed / "dandiset").rglob("*.mp4")
        assert not target.is_symlink()
        assert target.read_bytes() == content
        assert target.stat().st_ino != inode
        assert held.stat().st_nlink == 1
        assert held.read_bytes() == content

    def test_a_symlink_resolves_from_its_new_place(self, annexed: Path) -> None:
        content = (annexed / "raw" / "videos" / "top1.mp4").read_bytes()
        bring(annexed / "raw", annexed / "dandiset", "--videos", "symlink")
        (target,) = (annexed / "dandiset").rglob("*.mp4")
        assert target.is_symlink()
        assert target.read_bytes() == content

    def test_what_is_not_fetched_is_reported_with_the_command_that_fetches_it(
        self, annexed: Path
    ) -> None:
        clone = annexed / "clone"
        annex(annexed, "clone", "--quiet", str(annexed / "raw"), str(clone))
        annex(clone, "annex", "init", "--quiet")
        before = contents(annexed / "dandiset")
        outcome = organize("clone", "-d", "dandiset", "--yes", cwd=annexed)
        assert outcome.code == 1
        assert "not-fetched" in outcome.stdout
        assert "git annex get" in outcome.stdout
        assert contents(annexed / "dandiset") == before


def test_an_undecodable_name_survives_the_plan_file(single: Path) -> None:
    odd = os.fsdecode(b"caf\xe9 session.nwb")
    (single / "raw" / "session1.nwb").rename(single / "raw" / odd)
    planned = organize("raw", "-d", "dandiset", "-n", "--plan-file", "plan.json", cwd=single)
    assert planned.code == 0, planned.stdout + planned.stderr
    outcome = organize("--from-plan", "plan.json", "--yes", cwd=single)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert_all_resolve(single / "dandiset")
