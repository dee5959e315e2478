"""Dandisets with faulty recordings, to be fixed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.corpus.folder import find_corpus
from tests.end_to_end.fix.faulty import add_faults, copy_sessions
from tests.mounting import TMPFS

collect_ignore = [
    *(
        []
        if os.name == "posix"
        else ["test_killed.py", "test_question.py", "test_in_the_way.py", "test_together.py"]
    ),
    *([] if TMPFS else ["test_full_disk.py"]),
    *([] if find_corpus() else ["test_corpus.py"]),
]


@pytest.fixture(scope="session")
def faulty(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording with faults, in a dandiset of its own. Copy it before you change it."""
    folder = tmp_path_factory.mktemp("faulty") / "dandiset"
    shutil.copytree(careful.parent.parent, folder)
    return add_faults(folder / careful.parent.name / careful.name)


@pytest.fixture
def recording(faulty: Path, tmp_path: Path) -> Path:
    """The faulty recording in the dandiset ``tmp_path/dandiset``."""
    shutil.copytree(faulty.parent.parent, tmp_path / "dandiset")
    return tmp_path / "dandiset" / faulty.parent.name / faulty.name


@pytest.fixture
def recordings(faulty: Path, tmp_path: Path) -> list[Path]:
    """Three faulty recordings in the dandiset ``tmp_path/dandiset``."""
    return copy_sessions(faulty, tmp_path / "dandiset", 3)
