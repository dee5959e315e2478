"""Files that are larger than they look cost time and memory within limits, and one file each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck, validate
from tests.recordings.oversized import OVERSIZED, Oversized, write_oversized
from tests.recordings.written import STEM

pytestmark = pytest.mark.slow

_ENGINES = [f"--engine={name}" for name in ("pose", "layout", "schema", "inspector")]
_FOR_ALL_ENGINES = ("endless-nodes", "endless-scratch", "huge-attributes", "crowd-of-series")


@pytest.fixture(scope="module")
def folder(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oversized")
    shutil.copytree(careful.with_name(STEM), folder / STEM)
    shutil.copyfile(careful, folder / "sound.nwb")
    for trap in OVERSIZED:
        write_oversized(careful, folder / f"{trap.id}.nwb", trap)
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return validate(".", cwd=folder, seconds=300)


@pytest.mark.parametrize("trap", OVERSIZED, ids=lambda trap: trap.id)
def test_file_is_read_or_given_up(outcome: Outcome, trap: Oversized) -> None:
    name = f"{trap.id}.nwb"
    assert outcome.status(name) == ("checked" if trap.is_read else "timed-out")
    assert trap.codes <= outcome.codes(name, "error")


def test_run_ends_with_findings_and_not_with_a_failure(outcome: Outcome) -> None:
    assert outcome.code == 1
    assert "internal-error" not in outcome.codes()
    assert outcome.codes("sound.nwb") == set()


def test_chunks_that_inflate_are_read_one_by_one(folder: Path) -> None:
    outcome = validate("decompression-bomb.nwb", "--file-memory", "300MB", cwd=folder)
    assert outcome.code == 1
    assert outcome.status("decompression-bomb.nwb") == "checked"


def test_file_that_needs_too_much_memory_costs_one_file(folder: Path) -> None:
    names = ("crowd-of-datasets.nwb", "sound.nwb")
    outcome = validate(*names, "--file-memory", "300MB", cwd=folder)
    assert outcome.code == 1
    assert outcome.codes("crowd-of-datasets.nwb") == {"FIL014"}
    assert outcome.codes("sound.nwb") == set()


def test_other_validators_end_or_are_stopped(folder: Path) -> None:
    names = [f"{name}.nwb" for name in _FOR_ALL_ENGINES]
    outcome = validate(*names, "--validator-timeout", "5", *_ENGINES, cwd=folder, seconds=200)
    assert outcome.code == 1
    assert "internal-error" not in outcome.codes()
    assert {file["status"] for file in outcome.report["files"]} == {"checked"}


@pytest.mark.parametrize(("name", "code"), [("huge-attributes.nwb", 1), ("many-attributes.nwb", 0)])
def test_large_texts_do_not_command_the_terminal(folder: Path, name: str, code: int) -> None:
    shown = posecheck("validate", name, "--isolated", "-v", cwd=folder)
    assert shown.code == code
    assert all(character.isprintable() or character == "\n" for character in shown.stdout)
    assert len(shown.stdout) < 100_000
