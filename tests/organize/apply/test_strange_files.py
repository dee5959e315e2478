"""What lies where a journal should, and is none, is never read: it may block, or have no end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.organize.apply.planned import Planner, unfinished_run, write_session

from posecheck.model.errors import UsageError
from posecheck.organize.apply import apply_plan, undo


@pytest.mark.parametrize("name", ["journal.jsonl", "plan.json"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "huge"])
def test_what_is_no_file_is_not_opened(tmp_path: Path, name: str, kind: str) -> None:
    dandiset = tmp_path / "dandiset"
    dandiset.mkdir()
    (dandiset / "dandiset.yaml").write_text("identifier: DANDI:000000\n")
    planner = Planner(dandiset)
    planner.add_both(*write_session(tmp_path / "lab", "a"), "a")
    apply_plan(planner.plan(), jobs=1)
    path = next(dandiset.glob(f".posecheck/organize/*/{name}"))
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, 2**40)
    assert unfinished_run(dandiset) is None
    with pytest.raises(UsageError, match="begun by another user"):
        undo(dandiset)
    with pytest.raises(UsageError, match="cannot be read"):
        undo(dandiset, trust_journal=True)
