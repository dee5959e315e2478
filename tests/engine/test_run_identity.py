"""Which runs say the same of a recording, so that one may take the verdicts of another."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from posecheck.config.schema import Configuration
from posecheck.engine.run_identity import run_identity
from posecheck.engine.run_plan import make_plan
from posecheck.engine.settings import Settings
from posecheck.model.data_read import DataRead
from posecheck.model.finding import Severity
from posecheck.model.video_file import Decode

SETTINGS = Settings(engines=("pose",), jobs=2)
NOTHING = Configuration()


def identity(settings: Settings = SETTINGS, configuration: Configuration = NOTHING) -> str:
    """Return the identity of a run over an archive."""
    plan = make_plan(settings, configuration, found=(), on_archive=True)
    return run_identity(plan, settings)


@pytest.mark.parametrize(
    "change",
    [
        lambda: identity(replace(SETTINGS, select=("VID",))),
        lambda: identity(replace(SETTINGS, ignore=("LAY007",))),
        lambda: identity(replace(SETTINGS, engines=("pose", "layout"))),
        lambda: identity(replace(SETTINGS, data=DataRead.FULL)),
        lambda: identity(replace(SETTINGS, decode=Decode.FULL)),
        lambda: identity(replace(SETTINGS, file_timeout=7.0)),
        lambda: identity(replace(SETTINGS, access=replace(SETTINGS.access, most_bytes=10**6))),
        lambda: identity(configuration=replace(NOTHING, severity={"LAY007": Severity.HINT})),
        lambda: identity(
            configuration=replace(NOTHING, parameters={"CNF007": {"least_fraction": 0.123}})
        ),
    ],
)
def test_what_makes_another_run(change: Callable[[], str]) -> None:
    assert change() != identity()


def test_how_many_workers_there_are_is_no_matter() -> None:
    assert identity(replace(SETTINGS, jobs=7)) == identity()


def test_another_version_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity()
    monkeypatch.setattr("posecheck.engine.run_identity.__version__", "99.0")
    assert identity() != before


@pytest.mark.parametrize("name", ["HDF5_USE_FILE_LOCKING", "DANDI_INSTANCE_NAME"])
def test_another_environment_is_another_run(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = identity()
    monkeypatch.setenv(name, "another")
    assert identity() != before


def test_a_token_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity()
    monkeypatch.setenv("DANDI_API_KEY", "secret")
    assert identity() == before


def test_a_configuration_counts_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "inspector.yaml"
    settings = Settings(engines=("pose", "inspector"), inspector_config=str(path))
    path.write_text("skip: [check_subject_age]\n")
    before = identity(settings)
    assert identity(settings) == before
    path.write_text("skip: [check_subject_sex]\n")
    assert identity(settings) != before


@pytest.mark.slow
def test_it_is_the_same_in_every_process() -> None:
    """The order of a set differs from process to process."""
    code = (
        "from posecheck.config.schema import Configuration\n"
        "from posecheck.engine.run_identity import run_identity\n"
        "from posecheck.engine.run_plan import make_plan\n"
        "from posecheck.engine.settings import Settings\n"
        "settings = Settings()\n"
        "plan = make_plan(settings, Configuration(), found=(), on_archive=True)\n"
        "print(run_identity(plan, settings))\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
