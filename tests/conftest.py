"""What every test run says at its head, and what no test may touch: the home of who runs it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from tests.corpus.folder import FIELD_VARIABLE, VARIABLE, find_corpus, find_field
from tests.writers.packages import missing_packages

STATE = "POSECHECK_STATE_DIR"
CACHE = "POSECHECK_CACHE_DIR"

# How long an example takes says something of the machine, and nothing of posecheck.
hypothesis.settings.register_profile("unhurried", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("unhurried")

# What a script starts in the background ignores Ctrl-C, and so would every command tried here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    missing = missing_packages()
    tools = f"NOT TRIED, for want of {', '.join(missing)}: the extra 'writers' has them"
    return [
        _where("corpus", find_corpus(), VARIABLE),
        _where("field", find_field(), FIELD_VARIABLE),
        f"recipes for writers: {tools if missing else 'tried, with the releases installed'}",
    ]


def _where(name: str, folder: Path | None, variable: str) -> str:
    absent = f"NOT TESTED, it is not at ../shared/{name} and {variable} is not set"
    return f"{name}: {folder or absent}"


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what posecheck remembers of a user in a folder of this test run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test begin without verdicts of earlier runs."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv(CACHE, str(folder))
    return folder
