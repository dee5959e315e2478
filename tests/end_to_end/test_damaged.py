"""Bytes that are damaged at random cost no finding of posecheck's own, and no time without end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from benchmarks.damaged import damage, run, sources_in

pytestmark = pytest.mark.slow

FILES = 40


def test_the_same_seed_damages_alike() -> None:
    content = bytes(range(256)) * 64
    one, again, other = (damage(content, random.Random(seed)) for seed in (1, 1, 2))  # noqa: S311
    assert one == again
    assert content not in {one, other}
    assert one != other


def test_damaged_files_are_checked_or_said_not_to_be(tmp_path: Path) -> None:
    sources = sources_in((), tmp_path)
    assert len(sources) == 3
    limits = ("--file-timeout", "40", "--validator-timeout", "10")
    (outcome,) = run(sources, seed=1, files=FILES, options=limits)
    assert outcome.faults == []
    assert outcome.counts.total() >= FILES
    assert outcome.counts["checked in full"] > 0, "everything was damaged beyond reading"
