"""A session and its video, to be copied and brought."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.corpus.folder import find_corpus
from tests.end_to_end.organize.dandisets import start_dandiset
from tests.mounting import TMPFS
from tests.recordings.sessions import Footage, film, write_session

collect_ignore = [
    *(
        []
        if os.name == "posix"
        else ["test_places.py", "test_hostile.py", "test_killed.py", "test_question.py"]
    ),
    *([] if Path("/dev/full").exists() else ["test_full_output.py"]),
    *([] if TMPFS else ["test_mounts.py"]),
    *([] if find_corpus() else ["test_corpus.py"]),
]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sessions of one mouse, with a video each. Copy it before you change it."""
    folder = tmp_path_factory.mktemp("written")
    for number in (1, 2, 3):
        film(folder / "videos" / f"top{number}.mp4", number=number)
        write_session(
            folder / f"session{number}.nwb",
            Footage(files=[f"videos/top{number}.mp4"]),
            session=f"day{number}",
        )
    return folder


@pytest.fixture
def lab(written: Path, tmp_path: Path) -> Path:
    """A folder with three sessions in ``raw``, and an empty dandiset beside them."""
    shutil.copytree(written, tmp_path / "raw")
    start_dandiset(tmp_path / "dandiset")
    return tmp_path


@pytest.fixture
def single(written: Path, tmp_path: Path) -> Path:
    """The same with the first session alone."""
    (tmp_path / "raw" / "videos").mkdir(parents=True)
    for name in ("session1.nwb", "videos/top1.mp4"):
        shutil.copy2(written / name, tmp_path / "raw" / name)
    start_dandiset(tmp_path / "dandiset")
    return tmp_path
