"""What every test run says at its head, and what no test may touch: the home of who runs it."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from tests.corpus.folder import FIELD_VARIABLE, VARIABLE, find_corpus, find_field
from tests.order import longest_first
from tests.writers.packages import missing_packages

from posecheck.engine.workers import modules_for
from posecheck.execution import start_up

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = longest_first(items)


def _where(name: str, folder: Path | None, variable: str) -> str:
    absent = f"NOT TESTED, it is not at ../shared/{name} and {variable} is not set"
    return f"{name}: {folder or absent}"


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what posecheck remembers of a user in a folder of this test run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def imports_of_workers() -> Iterator[None]:
    """Let the server that forks the workers of this process import all that any of them needs.

    It starts with the first test that checks a file in this process, and imports nothing later:
    workers of other tests would import pynwb, NWB Inspector and dandi again, for seconds each.
    """
    with pytest.MonkeyPatch.context() as patch:
        every = modules_for(other_validators=True)
        patch.setattr(
            start_up, "_preloaded", lambda modules: tuple(dict.fromkeys((*every, *modules)))
        )
        yield


@pytest.fixture(scope="session")
def folders_of_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Count folders: `mktemp` looks for the next number among thousands of them, each time."""
    parent = tmp_path_factory.mktemp("caches")
    return (parent / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_cache(folders_of_caches: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test begin without verdicts of earlier runs."""
    folder = next(folders_of_caches)
    folder.mkdir()
    monkeypatch.setenv(CACHE, str(folder))
    return folder
