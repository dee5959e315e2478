"""Journals of another user, and what making runs final gives up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import posecheck
from tests.end_to_end.organize.dandisets import bring, organize, snapshot
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow


@pytest.fixture
def other(tmp_path: Path) -> dict[str, str]:
    """The environment of another user."""
    return {"POSECHECK_STATE_DIR": str(tmp_path / "state of another")}


@pytest.mark.parametrize("option", ["--undo", "--finalize"])
def test_a_run_of_another_user_is_trusted_only_on_request(
    single: Path, other: dict[str, str], option: str
) -> None:
    bring(single / "raw", single / "dandiset", "--videos", "copy")
    before = snapshot(single)
    there = ("organize", option, "-d", "dandiset")
    refused = posecheck(*there, cwd=single, env=other)
    assert refused.code == 2
    assert "--trust-journal" in refused.stderr
    assert "plan.json" in refused.stderr
    assert snapshot(single) == before
    trusted = posecheck(*there, "--trust-journal", cwd=single, env=other)
    assert trusted.code == 0, trusted.stderr
    assert not (single / "dandiset" / ".posecheck").exists()


def test_a_run_of_another_user_stands_in_nobodys_way(single: Path, other: dict[str, str]) -> None:
    bring(single / "raw", single / "dandiset", "--videos", "copy")
    (journal,) = (single / "dandiset").rglob("journal.jsonl")
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    again = ("organize", "raw", "-d", "dandiset")
    assert posecheck(*again, "-n", cwd=single).code == 2
    done = posecheck(*again, "-n", cwd=single, env=other)
    assert done.code == 0, done.stderr
    assert "begun by another user" in done.stdout + done.stderr
    assert posecheck(*again, "--yes", cwd=single, env=other).code == 0
    assert journal.exists()


def test_a_dandiset_may_be_renamed_in_between(single: Path) -> None:
    before = snapshot(single / "raw")
    bring(single / "raw", single / "dandiset", "--files", "move", "--videos", "move")
    (single / "dandiset").rename(single / "renamed")
    outcome = organize("--undo", "-d", "renamed", cwd=single)
    assert outcome.code == 0, outcome.stderr
    assert snapshot(single / "raw") == before


def test_originals_are_given_up_only_on_request(single: Path) -> None:
    shutil.rmtree(single / "raw")
    film(single / "raw" / "a.mpg")
    write_session(single / "raw" / "a.nwb", Footage(files=["a.mpg"]))
    way = ("--files", "move", "--videos", "move", "--remux")
    bring(single / "raw", single / "dandiset", *way)
    before = snapshot(single)
    refused = organize("--finalize", "-d", "dandiset", cwd=single)
    assert refused.code == 2
    assert "--yes" in refused.stderr
    assert snapshot(single) == before
    outcome = organize("--finalize", "-d", "dandiset", "--yes", cwd=single)
    assert outcome.code == 0, outcome.stderr
    assert "are free" in outcome.stdout


def test_the_option_needs_a_run(single: Path) -> None:
    outcome = organize("raw", "-d", "dandiset", "--yes", "--trust-journal", cwd=single)
    assert outcome.code == 2
    assert "--resume" in outcome.stderr
