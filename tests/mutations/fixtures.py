"""Fixtures that a `conftest` can take up."""

from __future__ import annotations

import pytest
from tests.mutations.kinds import Clean, Kind, write_kinds
from tests.shared_writing import write_once


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Clean]:
    """The clean recordings, written once for the test run. Copy them before you change them."""
    return write_once(tmp_path_factory, "clean-kinds", write_kinds)
