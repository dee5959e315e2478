"""``python -m tests.archive`` starts, tells its address and token, and ends when told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_it_runs_until_it_is_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.archive", "--embargoed", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = dict(
            line.strip().split(" ", 1) for line in iter(process.stdout.readline, "\n") if line
        )
        answer = requests.get(
            f"{told['url']}/api/dandisets/{told['embargoed']}/",
            headers={"Authorization": f"token {told['token']}"},
            timeout=30,
        )
        process.terminate()
        process.communicate(timeout=60)

    assert answer.json()["embargo_status"] == "EMBARGOED"
    assert told["token"] not in {told["token-of-a-stranger"], told["token-of-a-pending-account"]}
