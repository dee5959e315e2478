"""Well-formed HDF5 that lies costs nothing: every trap is checked, nothing else is opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck, validate
from tests.recordings.hostile import TRAPS, Hostile, write_hostile
from tests.recordings.written import STEM

pytestmark = pytest.mark.slow

FAILURES = {"internal-error", "FIL013", "FIL014"}


@pytest.fixture(scope="module")
def folder(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(careful.with_name(STEM), folder / STEM)
    for trap in TRAPS:
        write_hostile(careful, folder / f"{trap.id}.nwb", trap)
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return validate(".", "--file-timeout", "60", cwd=folder, seconds=180)


@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.id)
def test_trap_is_checked(outcome: Outcome, trap: Hostile) -> None:
    codes = outcome.codes(f"{trap.id}.nwb")
    assert not codes & FAILURES, outcome.message("internal-error", f"{trap.id}.nwb")
    assert trap.codes <= codes


@pytest.mark.parametrize(
    "trap", [trap for trap in TRAPS if not trap.silent], ids=lambda trap: trap.id
)
def test_what_cannot_be_understood_does_not_pass_as_clean(outcome: Outcome, trap: Hostile) -> None:
    assert outcome.codes(f"{trap.id}.nwb", "error", "warning")


def test_every_file_is_in_the_report(outcome: Outcome) -> None:
    assert [file["path"] for file in outcome.report["files"]] == sorted(
        f"{trap.id}.nwb" for trap in TRAPS
    )


def test_report_is_ascii(outcome: Outcome) -> None:
    assert outcome.stdout.isascii()


@pytest.mark.parametrize("name", ["ugly-series-names.nwb", "ugly-texts.nwb"])
@pytest.mark.parametrize("arguments", [[], ["-v"]], ids=["plain", "verbose"])
def test_names_do_not_command_the_terminal(folder: Path, name: str, arguments: list[str]) -> None:
    shown = posecheck("validate", name, "--isolated", *arguments, cwd=folder)
    assert shown.code == 1
    assert _commands(shown.stdout) == set()
    assert "[red]" in shown.stdout, "markup in a name is text"
    assert not any(line.startswith("::") for line in shown.stdout.splitlines())


def test_file_name_does_not_command_the_terminal(careful: Path, tmp_path: Path) -> None:
    path = tmp_path / "sub-\x1b[31mred\n::error::name [bold].nwb"
    path.write_bytes(careful.read_bytes()[:1000])
    shown = posecheck("validate", ".", "--isolated", cwd=tmp_path)
    assert shown.code == 1
    assert _commands(shown.stdout + shown.stderr) == set()
    assert "[bold]" in shown.stdout
    assert not any(line.startswith("::") for line in shown.stdout.splitlines())


def test_missing_path_does_not_command_the_terminal(tmp_path: Path) -> None:
    shown = posecheck("validate", "gone\x1b[31m\x07.nwb", cwd=tmp_path)
    assert shown.code == 2
    assert _commands(shown.stderr) == set()


def _commands(text: str) -> set[str]:
    """The characters that a terminal obeys, or that turn around what it shows."""
    return {character for character in text if not character.isprintable()} - {"\n"}
