"""``--config-rev``: a pull request does not configure the checks that it has to pass."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, environment, posecheck
from tests.git_command import git

pytestmark = pytest.mark.slow

TRUSTED = 'fail-on = "warning"\ninspector-config = "own.yaml"\n[ignore]\nVID002 = "not fetched"\n'
CHECK = "check_image_series_external_file_valid"
INSPECTOR = f"BEST_PRACTICE_VIOLATION: [{CHECK}]\n"


@pytest.fixture
def repository(careful: Path, tmp_path: Path) -> Path:
    """A dataset whose video is missing, with a configuration that ignores that, on ``main``."""
    folder = tmp_path / "dataset"
    (folder / "sub-1").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    shutil.copyfile(careful, folder / "sub-1" / "a.nwb")
    (folder / "posecheck.toml").write_text(TRUSTED)
    (folder / "own.yaml").write_text(INSPECTOR)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "base")
    git(folder, "switch", "--quiet", "-c", "pull-request")
    return folder


def validate(repository: Path, *options: str, path: str = ".") -> Outcome:
    return posecheck("validate", path, "--output", "json", *options, cwd=repository)


def findings(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(each["code"], each["severity"], each["file"]) for each in outcome.report["findings"]]


def ignore_all(repository: Path) -> None:
    (repository / "posecheck.toml").write_text('fail-on = "never"\nignore = ["ALL"]\n')


def configure_nearer(repository: Path) -> None:
    (repository / "sub-1" / "posecheck.toml").write_text('fail-on = "never"\nselect = ["FIL001"]\n')


def rewrite_inspector(repository: Path) -> None:
    (repository / "own.yaml").write_text(f"SKIP: [{CHECK}]\n")


def link_configuration(repository: Path) -> None:
    (repository / "posecheck.toml").unlink()
    (repository / "posecheck.toml").symlink_to("/dev/zero")


def plant_filter(repository: Path) -> None:
    (repository / ".gitattributes").write_text("* filter=evil\n*.toml filter=evil diff=evil\n")
    git(repository, "config", "filter.evil.smudge", "touch smudged; cat")
    git(repository, "config", "filter.evil.clean", "touch cleaned; cat")
    git(repository, "config", "diff.evil.textconv", "touch converted; cat")
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)


@pytest.mark.parametrize(
    "change",
    [ignore_all, configure_nearer, rewrite_inspector, link_configuration, plant_filter],
)
@pytest.mark.parametrize("is_committed", [False, True])
def test_a_pull_request_changes_nothing_about_its_verdict(
    repository: Path, change: Callable[[Path], None], *, is_committed: bool
) -> None:
    options = ("--config-rev", "main", "--engine", "pose", "--engine", "inspector")
    before = validate(repository, *options, path="sub-1")
    change(repository)
    if is_committed:
        if change is plant_filter:
            git(repository, "config", "--unset", "filter.evil.clean")
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "-m", "harmless")
    for name in ("smudged", "cleaned", "converted", "hooked"):
        (repository / name).unlink(missing_ok=True)

    after = validate(repository, *options, path="sub-1")

    assert after.code == before.code == 1
    assert findings(after) == findings(before)
    assert "VID002" not in after.codes()
    assert findings(after) == [(f"NWBI.{CHECK}", "warning", "sub-1/a.nwb")]
    assert after.report["configuration"]["source"] == "main:posecheck.toml"
    assert not [path for path in repository.iterdir() if path.name.endswith("ed")]


MODULES = (
    "h5py",
    "numpy",
    "dandi",
    "pynwb",
    "posecheck",
    "sitecustomize",
    "typer",
    "yaml",
    "packaging",
)


@pytest.mark.parametrize("command", ["script", "module"])
def test_a_module_named_like_a_dependency_is_not_imported(repository: Path, command: str) -> None:
    for name in MODULES:
        (repository / f"{name}.py").write_text("open('imported', 'a').write(__name__)\n")
        (repository / name).mkdir()
        (repository / name / "__init__.py").write_text("open('imported', 'a').write(__name__)\n")
    script = Path(sys.executable).with_name("posecheck")
    if not script.exists():
        pytest.skip("posecheck's script is not installed beside this Python")
    called = [str(script)] if command == "script" else [sys.executable, "-P", "-m", "posecheck"]

    done = subprocess.run(
        [*called, "validate", ".", "--config-rev", "main", "--output", "concise"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "a.nwb" in done.stdout
    assert not (repository / "imported").exists()


def test_a_named_file_is_taken_from_the_revision(repository: Path) -> None:
    (repository / "strict.toml").write_text('fail-on = "hint"\n')
    missing = validate(repository, "--config", "strict.toml", "--config-rev", "main")
    assert missing.code == 2
    assert "main holds no file 'strict.toml'" in missing.stderr

    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "stricter")
    found = validate(repository, "--config", "strict.toml", "--config-rev", "HEAD")
    assert found.report["configuration"]["source"] == "HEAD:strict.toml"


def test_per_file_ignores_hold_for_the_work_tree(repository: Path) -> None:
    git(repository, "switch", "--quiet", "main")
    (repository / "sub-1" / "posecheck.toml").write_text('[per-file-ignores]\n"a.nwb" = ["VID"]\n')
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "nearer")
    (repository / "sub-1" / "posecheck.toml").unlink()
    outcome = validate(repository, "--config-rev", "main", path="sub-1")
    assert "VID002" not in outcome.codes()
    assert outcome.report["configuration"]["source"] == "main:sub-1/posecheck.toml"


def test_without_a_configuration_the_defaults_hold_and_the_report_says_so(repository: Path) -> None:
    git(repository, "rm", "--quiet", "posecheck.toml", "own.yaml")
    git(repository, "commit", "--quiet", "-m", "none")
    (repository / "posecheck.toml").write_text('ignore = ["ALL"]\n')
    outcome = validate(repository, "--config-rev", "HEAD")
    assert "VID002" in outcome.codes()
    assert outcome.report["configuration"]["source"] == "none in HEAD"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--config-rev", "nowhere"), "holds no commit 'nowhere'"),
        (("--config-rev", "--output=x"), "holds no commit '--output=x'"),
        (("--config-rev", "main", "--isolated"), "use one of them"),
        (("--config-rev", "main", "--config", "/etc/passwd"), "is not in the repository"),
    ],
)
def test_what_cannot_be_had_is_an_error(
    repository: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    outcome = validate(repository, *arguments)
    assert outcome.code == 2
    assert complaint in " ".join(outcome.stderr.split())


def test_outside_of_git_there_is_no_revision(careful: Path, tmp_path: Path) -> None:
    shutil.copyfile(careful, tmp_path / "a.nwb")
    outcome = validate(tmp_path, "--config-rev", "main")
    assert outcome.code == 2
    assert "is not in git" in " ".join(outcome.stderr.split())


def test_a_shallow_clone_is_told_how_to_get_the_revision(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(clone))
    outcome = validate(clone, "--config-rev", "origin/main")
    assert outcome.code == 2
    assert "git fetch --depth=1 origin main" in " ".join(outcome.stderr.split())


def test_a_file_that_the_revision_does_not_hold_cannot_be_named(repository: Path) -> None:
    for value in ("../own.yaml", "/etc/passwd", "absent.yaml"):
        (repository / "posecheck.toml").write_text(f'inspector-config = "{value}"\n')
        git(repository, "commit", "--quiet", "-am", "points elsewhere")
        outcome = validate(repository, "--config-rev", "HEAD")
        assert outcome.code == 2, outcome.stdout
        assert "inspector-config" in outcome.stderr


def test_the_limits_of_the_caller_hold(repository: Path) -> None:
    (repository / "posecheck.toml").write_text("file-timeout = 9000\njobs = 64\n")
    outcome = validate(repository, "--file-timeout", "0.001", "--engine", "pose")
    assert outcome.status("a.nwb") == "timed-out"


def test_another_version_is_required(repository: Path) -> None:
    (repository / "posecheck.toml").write_text('required-version = ">=99"\nkey-of-99 = true\n')
    outcome = validate(repository)
    assert outcome.code == 2
    assert "is installed, and >=99 is required" in " ".join(outcome.stderr.split())
    (repository / "posecheck.toml").write_text('required-version = ">=0.0.1"\n')
    assert validate(repository).code == 1
    (repository / "posecheck.toml").write_text('required-version = "new"\n')
    assert "wanted versions such as" in validate(repository).stderr
