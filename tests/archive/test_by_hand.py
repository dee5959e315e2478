"""``python -m tests.archive`` starts, prints its address and token, and ends on request."""

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
        announced = dict(
            line.strip().split(" ", 1) for line in iter(process.stdout.readline, "\n") if line
        )
        answer = requests.get(
            f"{announced['url']}/api/dandisets/{announced['embargoed']}/",
            headers={"Authorization": f"token {announced['token']}"},
            timeout=30,
        )
        process.terminate()
        process.communicate(timeout=60)

    assert answer.json()["embargo_status"] == "EMBARGOED"
    assert announced["token"] not in {
        announced["token-of-a-stranger"],
        announced["token-of-a-pending-account"],
    }
