"""The script of the GitLab template, run as a runner's shell would run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from tests.documentation.documents import CHECKOUT
from tests.end_to_end.command import environment
from tests.end_to_end.pull_requests import (
    checkout,
    lose_video,
    pull_request,
    site_packages,
    write_dataset,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the template is for images of Linux"),
]

_HEAD, _JOBS = yaml.safe_load_all(
    (CHECKOUT / "templates" / "posecheck.yml").read_text(encoding="utf-8")
)
_DIFF_BASE = "CI_MERGE_REQUEST_DIFF_BASE_SHA"


@dataclass(frozen=True)
class Runner:
    """What a job has: a folder for its environment, and a package index."""

    folder: Path
    wheels: Path

    def run(self, project: Path, variables: Mapping[str, str], **inputs: str) -> Result:
        """Run the job on a checkout."""
        given = {name: str(each["default"]) for name, each in _HEAD["spec"]["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        job = _filled(_JOBS["posecheck"], given)
        stated = {name: value for name, value in job["variables"].items() if "$" not in value}
        done = subprocess.run(
            # GitLab's runner hands the lines to one shell, and stops at the first that fails.
            ["bash", "-c", "\n".join(["set -eo pipefail", *job["script"]])],
            cwd=project,
            env=environment(
                {
                    **stated,
                    **variables,
                    "CI_PROJECT_DIR": str(project),
                    "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
                    "POSECHECK_VENV": str(self.folder / "venv"),
                    # What it depends on is lent by the environment of the tests.
                    "PIP_NO_DEPS": "1",
                    "PIP_IGNORE_INSTALLED": "1",
                    "PIP_NO_INDEX": "1",
                    "PIP_FIND_LINKS": str(self.wheels),
                    "PYTHONPATH": site_packages(),
                }
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr, project, job["artifacts"])


@dataclass(frozen=True)
class Result:
    code: int
    log: str
    project: Path
    artifacts: Mapping[str, Any]

    @property
    def findings(self) -> set[tuple[str, str]]:
        """The file and the code of each finding in the code quality report."""
        report = self.project / self.artifacts["reports"]["codequality"]
        found = json.loads(report.read_text(encoding="utf-8"))
        return {(each["location"]["path"], each["check_name"]) for each in found}

    @property
    def test_suites(self) -> int:
        report = self.project / self.artifacts["reports"]["junit"]
        return len(list(ElementTree.parse(report).getroot().iter("testsuite")))  # noqa: S314


def _filled(value: Any, inputs: Mapping[str, str]) -> Any:
    """Put the inputs into a job, as GitLab does before it looks at anything else."""
    if isinstance(value, dict):
        return {name: _filled(each, inputs) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, inputs) for each in value]
    return re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: inputs[found[1]], str(value))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    folder = tmp_path_factory.mktemp("gitlab")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--wheel-dir", folder / "wheels", CHECKOUT),
        ],
        check=True,
        capture_output=True,
    )
    return Runner(folder, folder / "wheels")


@pytest.fixture
def origin(careful: Path, tmp_path: Path) -> Path:
    return write_dataset(careful, tmp_path / "origin")


def test_a_merge_request_is_compared_with_its_base(
    runner: Runner, origin: Path, tmp_path: Path
) -> None:
    def configure_nothing(folder: Path) -> None:
        (folder / "posecheck.toml").write_text('fail-on = "never"\nignore = ["ALL"]\n')

    event = pull_request(origin, lose_video, configure_nothing)
    work = checkout(origin, tmp_path / "w")
    result = runner.run(work, {_DIFF_BASE: event["pull_request"]["base"]["sha"]})
    assert result.code == 1, result.log
    assert {file for file, _ in result.findings} == {"sub-b/sub-b.nwb"}
    assert "VID002" in {code for _, code in result.findings}
    assert result.test_suites == 1


def test_a_branch_is_checked_as_a_whole(runner: Runner, origin: Path, tmp_path: Path) -> None:
    pull_request(origin, lose_video)
    work = checkout(origin, tmp_path / "w")
    whole = runner.run(work, {})
    assert whole.code == 1, whole.log
    assert whole.test_suites == 2
    passed = runner.run(work, {}, fail_on="never")
    assert passed.code == 0, passed.log
    part = runner.run(work, {}, paths="sub-a")
    assert (part.code, part.test_suites) == (0, 1), part.log


def test_a_base_that_cannot_be_fetched_fails_the_job(
    runner: Runner, origin: Path, tmp_path: Path
) -> None:
    work = checkout(origin, tmp_path / "w")
    result = runner.run(work, {_DIFF_BASE: "1" * 40})
    assert result.code not in {0, 1}, result.log


def test_an_absent_version_fails_the_job(runner: Runner, origin: Path) -> None:
    result = runner.run(origin, {}, version="==0.0.0")
    assert result.code == 1
    assert "nwb-posecheck==0.0.0" in result.log
