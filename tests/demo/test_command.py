"""``posecheck demo`` as a newcomer types it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck

from posecheck.catalog import load_catalog
from posecheck.demo.mistakes import STORIES

pytestmark = pytest.mark.slow

KNOWN = {rule.code for rule in load_catalog()}


def test_it_succeeds_though_mistakes_are_found(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert outcome.stderr == ""
    assert "6 recordings" in outcome.stdout.splitlines()[0]


def test_nothing_is_left_beside_the_folder(standing: Path, dandiset: Path) -> None:
    assert [entry.name for entry in standing.iterdir()] == [dandiset.name]


def test_tour_shows_each_mistake_that_was_found(outcome: Outcome) -> None:
    tour = outcome.stdout.split("What happened to these files", 1)[1]
    for story in STORIES:
        assert f"sub-{story.subject}  {story.title}" in tour
        for mistake in story.mistakes:
            assert (mistake.description in tour) == bool(KNOWN.intersection(mistake.codes))


def test_steps_of_the_tour_can_be_taken(outcome: Outcome, standing: Path) -> None:
    steps = outcome.stdout.split("Where to go from here", 1)[1].splitlines()
    commands = [shlex.split(line)[1:] for line in steps if line.startswith("  posecheck ")]
    assert {words[0] for words in commands} == {"explain", "info", "validate"}
    for words in commands:
        done = posecheck(*words, cwd=standing)
        assert done.code == (words[0] == "validate"), (words, done.stderr)
        assert done.stdout


def test_video_of_the_tour_is_there(outcome: Outcome, standing: Path) -> None:
    last = outcome.stdout.splitlines()[-1]
    assert (standing / last.rpartition(": ")[2]).is_file()


def test_it_is_not_written_twice(outcome: Outcome, standing: Path, dandiset: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in dandiset.rglob("*")}
    again = posecheck("demo", cwd=standing)
    assert again.code == 2
    assert again.stdout == ""
    assert "posecheck-demo holds the demo already" in again.stderr
    assert {path: path.stat().st_mtime_ns for path in dandiset.rglob("*")} == before


def test_without_validation_it_shows_how_to_validate(tmp_path: Path) -> None:
    done = posecheck("demo", "a folder", "--no-validate", cwd=tmp_path)
    assert (done.code, done.stderr) == (0, "")
    assert "Checked" not in done.stdout
    assert "posecheck validate 'a folder'" in done.stdout
    assert len(list((tmp_path / "a folder").glob("sub-*/*.nwb"))) == len(STORIES)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("once upon a time")
    done = posecheck("demo", "thesis", cwd=tmp_path)
    assert done.code == 2
    assert "thesis is not empty, and is left alone" in done.stderr
    assert [entry.name for entry in tmp_path.rglob("*")] == ["thesis", "chapter.tex"]
