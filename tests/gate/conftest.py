"""A dataset repository: recordings whose confidence is in percent, under git."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.files import write_nwb
from tests.git_command import create_repository


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two recordings, of which one has CNF007 and the other nothing, in a git repository."""
    folder = tmp_path / "dataset"
    write_nwb(folder / "sub-M01" / "a.nwb", highest=80)
    write_nwb(folder / "sub-M02" / "b.nwb")
    return create_repository(folder)
