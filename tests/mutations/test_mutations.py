"""Every rule reports its mutations of real files on disk, and keeps silent on near misses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.end_to_end.command import posecheck
from tests.mutations.change import Change, write_change
from tests.mutations.evaluation import CATALOG, evaluate_file, try_change
from tests.mutations.kinds import Clean, Kind
from tests.mutations.table import MUTATIONS, NEAR_MISSES

LARGEST = 500_000
"""Bytes of a clean recording with its videos: each change copies it."""


def name(change: Change) -> str:
    return f"{change.code} {change.id}"


@pytest.mark.parametrize("kind", Kind)
def test_a_clean_recording_gives_only_what_its_generation_must(
    kinds: dict[Kind, Clean], kind: Kind
) -> None:
    clean = kinds[kind]
    findings, skipped = evaluate_file(clean.path)
    assert {item.code for item in findings} == clean.says, findings
    assert all(item.severity != "error" for item in findings)
    assert {skip.code for skip in skipped} == {"FIL006", "LAY009"}
    stored = [file for file in clean.path.parents[1].rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in stored) < LARGEST


@pytest.mark.slow
@pytest.mark.parametrize("change", MUTATIONS, ids=name)
def test_a_mutation_is_reported(kinds: dict[Kind, Clean], tmp_path: Path, change: Change) -> None:
    result = try_change(kinds[change.kind], tmp_path / "dandiset", change)
    assert result.is_reported, result
    assert not result.undeclared, result
    assert result.superfluous == set()


@pytest.mark.slow
@pytest.mark.parametrize("change", NEAR_MISSES, ids=name)
def test_a_near_miss_is_not_reported(
    kinds: dict[Kind, Clean], tmp_path: Path, change: Change
) -> None:
    result = try_change(kinds[change.kind], tmp_path / "dandiset", change)
    assert result.is_silent, result
    assert not result.undeclared, result
    assert result.superfluous == set()


@pytest.mark.parametrize("changes", [MUTATIONS, NEAR_MISSES], ids=["mutations", "near misses"])
def test_every_rule_has_one(changes: tuple[Change, ...]) -> None:
    assert {change.code for change in changes} == set(CATALOG)
    assert {code for change in changes for code in change.also} <= set(CATALOG)
    repeated = [key for key, times in Counter(map(name, changes)).items() if times > 1]
    assert repeated == []


def test_the_command_says_the_same(kinds: dict[Kind, Clean], tmp_path: Path) -> None:
    """A mutation of each kind of recording, in one run of the command."""
    chosen = [next(change for change in MUTATIONS if _is_plain(change, kind)) for kind in Kind]
    expected = {}
    for change in chosen:
        clean = kinds[change.kind]
        write_change(clean, tmp_path / change.kind.name, change)
        expected[change.kind.name] = {change.code, *change.also, *clean.says}
    outcome = posecheck(
        *("validate", ".", "--engine", "pose", "--isolated", "--output", "json"),
        cwd=tmp_path,
    )
    said: dict[str, set[str]] = {}
    for finding in outcome.report["findings"]:
        said.setdefault(finding["file"].partition("/")[0], set()).add(finding["code"])
    assert said == expected


def _is_plain(change: Change, kind: Kind) -> bool:
    return change.kind is kind and change.edit is not None and not change.together


def test_changing_a_copy_leaves_the_clean_recording_alone(
    kinds: dict[Kind, Clean], tmp_path: Path
) -> None:
    clean = kinds[Kind.VIDEO]
    before = clean.path.read_bytes()
    change = next(change for change in MUTATIONS if _is_plain(change, Kind.VIDEO))
    path = write_change(clean, tmp_path / "dandiset", change)
    assert path.read_bytes() != before
    assert clean.path.read_bytes() == before
