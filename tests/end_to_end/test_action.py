"""The GitHub Action: its steps, run as a runner would run them, on a repository with a base."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from tests.git_command import git

pytestmark = pytest.mark.slow

ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


@dataclass(frozen=True)
class Runner:
    """What a runner keeps for a job."""

    temp: Path
    python: str

    def run(self, checkout: Path, name: str, event: Any, **inputs: str) -> Result:
        """Run the last step on a checkout, as for an event."""
        files = {each: self.temp / each for each in ("event.json", "output", "summary")}
        files["event.json"].write_text(json.dumps(event))
        for each in ("output", "summary"):
            files[each].write_text("")
        given = {key: value.get("default", "") for key, value in ACTION["inputs"].items()}
        given |= {key.replace("_", "-"): value for key, value in inputs.items()}
        done = run_step(
            STEPS["Run posecheck"],
            given,
            checkout,
            {
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": name,
                "GITHUB_EVENT_PATH": str(files["event.json"]),
                "GITHUB_OUTPUT": str(files["output"]),
                "GITHUB_STEP_SUMMARY": str(files["summary"]),
                "POSECHECK_PYTHON": self.python,
            },
        )
        lines = files["output"].read_text().splitlines()
        return Result(
            done.returncode,
            done.stdout + done.stderr,
            dict(line.split("=", 1) for line in lines),
            files["summary"].read_text(),
        )


@dataclass(frozen=True)
class Result:
    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str

    @property
    def report(self) -> Any:
        return json.loads(Path(self.outputs["json"]).read_text())


def run_step(
    step: Mapping[str, Any], inputs: Mapping[str, str], folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the script of a step with the shell that GitHub documents for ``shell: bash``."""
    stated = {name: expanded(str(value), inputs) for name, value in step["env"].items()}
    temp = variables["RUNNER_TEMP"]
    stated = {name: value.replace("${{ runner.temp }}", temp) for name, value in stated.items()}
    assert "${{" not in step["run"], "a text of an event would become part of a script"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=folder,
        env=environment({**stated, **variables}),
        capture_output=True,
        text=True,
        check=False,
    )


def expanded(text: str, inputs: Mapping[str, str]) -> str:
    for name, value in inputs.items():
        text = text.replace("${{ inputs." + name + " }}", value)
    return text


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the step before has installed this checkout.

    What posecheck needs is there already; it is installed alone, so that this takes seconds.
    """
    temp = tmp_path_factory.mktemp("runner")
    variables = {
        "RUNNER_TEMP": str(temp),
        "GITHUB_ACTION_PATH": str(CHECKOUT),
        "GITHUB_ENV": str(temp / "environment"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "false",
        "PYTHONPATH": site_packages(),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }
    done = run_step(STEPS["Install posecheck"], {"version": ""}, temp, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (temp / "environment").read_text().splitlines()
    name, _, python = line.partition("=")
    assert name == "POSECHECK_PYTHON"
    found = Path(sysconfig.get_paths(vars={"base": str(temp / "posecheck")})["purelib"])
    (found / "dependencies.pth").write_text(site_packages() + "\n")
    return Runner(temp, python)


@pytest.fixture
def origin(careful: Path, tmp_path: Path) -> Path:
    return write_dataset(careful, tmp_path / "origin")


@pytest.mark.parametrize("depth", [1, 0])
def test_a_pull_request_that_loses_a_video_fails(
    runner: Runner, origin: Path, tmp_path: Path, depth: int
) -> None:
    event = pull_request(origin, lose_video)
    result = runner.run(checkout(origin, tmp_path / "w", depth=depth), "pull_request", event)

    assert result.code == 1, result.log
    assert result.outputs["exit-code"] == "1"
    assert int(result.outputs["errors"]) >= 1
    assert [Path(each["path"]).name for each in result.report["files"]] == ["sub-b.nwb"]
    assert "::error file=sub-b/sub-b.nwb" in result.log
    assert "VID002" in result.summary
    assert json.loads(Path(result.outputs["sarif"]).read_text())["version"] == "2.1.0"
    source = f"{event['pull_request']['base']['sha']}:posecheck.toml"
    assert result.report["configuration"]["source"] == source


def configure_nothing(folder: Path) -> None:
    (folder / "posecheck.toml").write_text('fail-on = "never"\nignore = ["ALL"]\n')


def plant_modules(folder: Path) -> None:
    for name in ("posecheck", "h5py", "sitecustomize", "typer"):
        (folder / f"{name}.py").write_text("open('imported', 'a').write(__name__)\n")


def plant_filter(folder: Path) -> None:
    (folder / ".gitattributes").write_text("*.nwb filter=evil\n*.toml filter=evil\n")


def test_a_pull_request_does_not_change_its_own_verdict(
    runner: Runner, origin: Path, tmp_path: Path
) -> None:
    event = pull_request(origin, lose_video, configure_nothing, plant_modules, plant_filter)
    work = checkout(origin, tmp_path / "w")
    git(work, "config", "filter.evil.clean", "touch cleaned; cat")
    git(work, "config", "filter.evil.smudge", "touch smudged; cat")

    result = runner.run(work, "pull_request", event)

    assert result.code == 1, result.log
    assert "VID002" in result.summary
    assert not [each for each in ("imported", "cleaned", "smudged") if (work / each).exists()]


def document(folder: Path) -> None:
    (folder / "README").write_text("so")


def test_a_pull_request_without_recordings_passes(
    runner: Runner, origin: Path, tmp_path: Path
) -> None:
    event = pull_request(origin, document)
    result = runner.run(checkout(origin, tmp_path / "w"), "pull_request", event)
    assert result.code == 0, result.log


def test_a_push_and_other_events(runner: Runner, origin: Path, tmp_path: Path) -> None:
    before = git(origin, "rev-parse", "HEAD")
    lose_video(origin)
    git(origin, "commit", "--quiet", "-am", "lost")
    work = checkout(origin, tmp_path / "w")

    pushed = runner.run(work, "push", {"before": before})
    assert (pushed.code, pushed.outputs["files"]) == (1, "1"), pushed.log
    assert pushed.report["configuration"]["source"] == "posecheck.toml"

    created = runner.run(work, "push", {"before": "0" * 40})
    assert (created.code, created.outputs["files"]) == (1, "2"), created.log

    asked = runner.run(work, "workflow_dispatch", {}, fail_on="never", arguments="--jobs=1")
    assert (asked.code, asked.outputs["files"]) == (0, "2"), asked.log

    named = runner.run(work, "schedule", {}, paths="sub-a\n")
    assert (named.code, named.outputs["files"]) == (0, "1"), named.log


def test_what_cannot_be_done_is_said(runner: Runner, origin: Path, tmp_path: Path) -> None:
    event = pull_request(origin, lose_video)
    work = checkout(origin, tmp_path / "w")
    refused = runner.run(work, "pull_request_target", event)
    assert refused.code == 2
    assert "::error title=posecheck::a workflow on pull_request_target" in refused.log

    origin.rename(tmp_path / "away")
    missing = runner.run(work, "pull_request", event)
    assert missing.code == 2
    assert "git fetch --depth=1 origin " in missing.log
    assert "exit-code" not in missing.outputs


def test_a_merge_group_is_compared_with_its_base(
    runner: Runner, origin: Path, tmp_path: Path
) -> None:
    requested = pull_request(origin, lose_video, configure_nothing)["pull_request"]
    group = {"base_sha": requested["base"]["sha"], "head_sha": git(origin, "rev-parse", "HEAD")}
    event = {"action": "checks_requested", "merge_group": group}

    result = runner.run(checkout(origin, tmp_path / "w"), "merge_group", event)

    assert result.code == 1, result.log
    assert [Path(each["path"]).name for each in result.report["files"]] == ["sub-b.nwb"]
    assert "VID002" in result.summary
    assert result.report["changes"]["commit"] == group["base_sha"]
    assert result.report["configuration"]["source"] == f"{group['base_sha']}:posecheck.toml"


@pytest.mark.skipif(os.name == "nt", reason="git-annex keeps no links there")
def test_annexed_content_is_fetched_where_that_is_asked_for(
    runner: Runner, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    monkeypatch.setenv("PATH", tools)
    git(origin, "annex", "init", "--quiet")
    git(origin, "rm", "--quiet", "-r", "--cached", "sub-a", "sub-b")
    git(origin, "annex", "add", "--quiet", "sub-a", "sub-b")
    git(origin, "commit", "--quiet", "-m", "annexed")
    event = pull_request(origin, lose_video)
    work = checkout(origin, tmp_path / "w", depth=0)
    git(work, "fetch", "--quiet", "origin", "git-annex:git-annex")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # a runner has no name for commits

    skipped = runner.run(work, "pull_request", event)
    assert skipped.code == 2, skipped.log

    result = runner.run(work, "pull_request", event, annex="get", require_content="all")
    assert result.code == 1, result.log
    assert "VID002" in result.summary
    content = result.report["content"]
    assert (content["files"], content["required"], content["suffices"]) == (1, 1, True)
    assert content["fetched"] == 2
    assert not (work / "sub-b" / "sub-b.nwb").exists()
