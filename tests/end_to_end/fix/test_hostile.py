"""Names and texts of files are hostile: nothing of them reaches a terminal as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.fix.faulty import UNIT, copy_sessions, fix, unit_of

pytestmark = pytest.mark.slow

ESCAPE = "\x1b[2J\x1b]0;owned\x07"
NAMES = [
    f"a{ESCAPE}.nwb",
    "a\nposecheck: all is well.nwb",
    "[bold red]markup[blue].nwb",
    "\u202egnp.nwb",
    "-rf.nwb",
    "blank  and 'quote\".nwb",
    "ünïcode-文.nwb",
    "a\udcff.nwb",
]


def assert_harmless(text: str) -> None:
    assert not {"\x1b", "\x07", "\u202e"} & {*text}
    assert not any(line.startswith("posecheck: all is well") for line in text.splitlines())


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_shown_escaped_and_its_file_fixed(
    faulty: Path, tmp_path: Path, name: str
) -> None:
    (path,) = copy_sessions(faulty, tmp_path / "dandiset", 1)
    hostile = path.with_name(name)
    path.rename(hostile)
    content = hostile.read_bytes()
    for way in (("-n",), ("-n", "--diff"), ("-n", "--output", "json"), ("--yes",)):
        outcome = fix("dandiset", *way, cwd=tmp_path)
        assert outcome.code == 0, (way, outcome.stdout, outcome.stderr)
        assert_harmless(outcome.stdout + outcome.stderr)
    assert unit_of(hostile) == "pixels"
    outcome = fix("--undo", "dandiset", cwd=tmp_path)
    assert outcome.code == 0, outcome.stderr
    assert hostile.read_bytes() == content


def test_what_is_refused_is_shown_escaped(faulty: Path, tmp_path: Path) -> None:
    (path,) = copy_sessions(faulty, tmp_path / "dandiset", 1)
    hostile = path.with_name(f"a{ESCAPE}.nwb")
    path.rename(hostile)
    shutil.copy2(hostile, path)
    path.unlink()
    path.symlink_to(hostile)
    hostile.chmod(0o444)
    outcome = fix("dandiset", "--yes", cwd=tmp_path)
    assert outcome.code == 1
    assert_harmless(outcome.stdout + outcome.stderr)


def test_a_value_is_shown_escaped(faulty: Path, tmp_path: Path) -> None:
    (path,) = copy_sessions(faulty, tmp_path / "dandiset", 1)
    with h5py.File(path, "r+") as file:
        file[UNIT].attrs["unit"] = f" Pixels{chr(10)}"
        file[UNIT].attrs["comments"] = ESCAPE
        file["general/session_id"][()] = ESCAPE
    for way in (("-n",), ("-n", "--diff"), ("-n", "--verbose"), ("--yes",)):
        outcome = fix("dandiset", *way, cwd=tmp_path)
        assert_harmless(outcome.stdout + outcome.stderr)


def test_a_plan_with_hostile_texts_is_shown_escaped(recording: Path, tmp_path: Path) -> None:
    assert fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path).code == 0
    text = (tmp_path / "plan.json").read_text()
    hostile = ESCAPE.encode("unicode_escape").decode().replace("\\x", "\\u00")
    for old in ("'px'", "unit-not-recognized", '"UNI001"', '"CNF007"', '"warning"'):
        changed = text.replace(old, old[:-1] + hostile + old[-1])
        assert changed != text
        (tmp_path / "changed.json").write_text(changed)
        outcome = fix("--from-plan", "changed.json", "--dry-run", "--diff", cwd=tmp_path)
        assert_harmless(outcome.stdout + outcome.stderr)
