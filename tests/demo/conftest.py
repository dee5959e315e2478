"""The demo, written once by the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the command was called."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def outcome(standing: Path) -> Outcome:
    return posecheck("demo", cwd=standing)


@pytest.fixture(scope="session")
def dandiset(standing: Path, outcome: Outcome) -> Path:
    assert outcome.code == 0, outcome.stderr
    return standing / "posecheck-demo"
