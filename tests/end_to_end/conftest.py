"""The recordings of the end-to-end tests, written once a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recordings.written import STEM, write_recording

collect_ignore = [] if os.name == "posix" else ["test_posix.py"]


@pytest.fixture(scope="session")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The careful recording, in a dandiset of its own. Copy it before you change it."""
    path = write_recording(tmp_path_factory.mktemp("careful"))
    written = path.read_bytes()
    yield path
    assert path.read_bytes() == written, "a test changed the recording that all tests share"


@pytest.fixture
def beside_video(careful: Path, tmp_path: Path) -> Path:
    """An empty folder with the careful recording's video, for files that refer to it."""
    shutil.copytree(careful.with_name(STEM), tmp_path / STEM)
    return tmp_path
