"""The recordings that are uploaded, written once, and the archive that takes them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.archive.fixtures import archive, store
from tests.archive.recordings import write_recordings
from tests.archive.server import Archive

__all__ = ["archive", "store"]

collect_ignore = [] if os.name == "posix" else ["test_questions.py", "test_keyring.py"]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings with a video each."""
    folder = tmp_path_factory.mktemp("written")
    write_recordings(folder, 2)
    return folder


@pytest.fixture
def two(written: Path, tmp_path: Path) -> Path:
    """A copy of the two recordings, to be changed."""
    return Path(shutil.copytree(written, tmp_path / "two"))


@pytest.fixture
def one(two: Path) -> Path:
    """The first of the two recordings alone."""
    for path in (two / "sub-mouse01").glob("*ses-0002*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return two


@pytest.fixture
def dandiset(archive: Archive) -> str:
    """The dandiset that the recordings say they are of."""
    return archive.create_dandiset()
