"""The demo, written once for the test run by the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.shared_writing import write_once


def write_demo(folder: Path) -> tuple[Path, Outcome]:
    return folder, posecheck("demo", cwd=folder)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    return write_once(tmp_path_factory, "demo", write_demo)


@pytest.fixture(scope="session")
def standing(written: tuple[Path, Outcome]) -> Path:
    """Where the command was called."""
    return written[0]


@pytest.fixture(scope="session")
def outcome(written: tuple[Path, Outcome]) -> Outcome:
    return written[1]


@pytest.fixture(scope="session")
def dandiset(standing: Path, outcome: Outcome) -> Path:
    assert outcome.code == 0, outcome.stderr
    return standing / "posecheck-demo"
