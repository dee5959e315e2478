"""A file that another program is writing: said, and never held."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.command import validate
from tests.recordings.written import write_recording
from tests.writer import open_for_writing

pytestmark = pytest.mark.slow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_recording(tmp_path)


def test_a_file_in_use_is_one_error(file: Path, tmp_path: Path) -> None:
    """``dandi validate`` and ``nwbinspector`` fail with "unable to lock file"."""
    with open_for_writing(file):
        outcome = validate(tmp_path)
    assert [finding["code"] for finding in outcome.errors] == ["FIL016"]
    assert "open for writing in another program" in outcome.message("FIL016")
    assert outcome.code == 1
    assert validate(tmp_path).code == 0


def test_what_cannot_be_asked_is_a_skip(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "FALSE")
    outcome = validate(tmp_path)
    assert outcome.code == 0
    (skipped,) = [skip for skip in outcome.report["skipped"] if skip["code"] == "FIL016"]
    assert "nothing shows" in skipped["reason"]
