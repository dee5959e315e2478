"""Standard output that takes nothing, as on a full disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.command import COMMAND, environment
from tests.end_to_end.organize.dandisets import snapshot

pytestmark = pytest.mark.slow

FULL = Path("/dev/full")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_cannot_be_shown_is_not_begun(single: Path, unbuffered: str) -> None:
    before = snapshot(single)
    with FULL.open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "organize", "raw", "-d", "dandiset", "--yes"],
            cwd=single,
            env=environment({"PYTHONUNBUFFERED": unbuffered}),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert b"standard output cannot be written: No space left" in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert snapshot(single) == before
