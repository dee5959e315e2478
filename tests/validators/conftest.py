from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.validators.comparison import Comparison, compare_all
from tests.validators.recordings import write_all

# A process is copied on Linux alone.
collect_ignore = ["test_forking.py"] if sys.platform in {"win32", "darwin"} else []


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_all(tmp_path_factory.mktemp("written"))


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare_all(tmp_path_factory.mktemp("validators"))
