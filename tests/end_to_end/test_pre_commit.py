"""The hooks, installed and run by the real pre-commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.documentation.documents import CHECKOUT
from tests.end_to_end.command import environment
from tests.git_command import commit_all, create_repository, git
from tests.recordings.written import STEM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHECKOUT / ".git").exists(), reason="pre-commit clones a git repository"
    ),
]


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def dataset(careful: Path, tmp_path: Path) -> Path:
    """A dataset of two recordings with their videos, and the hooks of this checkout."""
    folder = tmp_path / "dataset"
    for name in ("sub-a", "sub-b"):
        shutil.copytree(careful.with_name(STEM), folder / name / STEM)
        shutil.copyfile(careful, folder / name / f"{name}.nwb")
    (folder / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump(
            {
                "repos": [
                    {
                        "repo": CHECKOUT.as_uri(),
                        "rev": git(CHECKOUT, "rev-parse", "HEAD"),
                        "hooks": [{"id": "posecheck-config"}, {"id": "posecheck-validate"}],
                    }
                ]
            }
        )
    )
    return create_repository(folder)


def run(dataset: Path, home: Path) -> tuple[int, str]:
    """Run the hooks as a commit does; what posecheck needs is there already."""
    packages = str(Path(yaml.__file__).parents[1])
    variables = {
        "PRE_COMMIT_HOME": str(home),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "false",
        "PYTHONPATH": packages,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--verbose", "--color=never"],
        cwd=dataset,
        env=environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_deleted_video_fails_the_commit(dataset: Path, pre_commit_home: Path) -> None:
    code, said = run(dataset, pre_commit_home)
    assert code == 0, said
    assert "no NWB file changed" in said

    (video,) = (dataset / "sub-b").glob("*/*.mp4")
    git(dataset, "rm", "--quiet", str(video.relative_to(dataset)))
    code, said = run(dataset, pre_commit_home)
    assert code == 1, said
    assert "VID002" in said
    assert "sub-a.nwb" not in said


def test_a_link_of_git_annex_is_looked_at(dataset: Path, pre_commit_home: Path) -> None:
    recording = dataset / "sub-a" / "sub-a.nwb"
    recording.unlink()
    key = "MD5E-s241320--0123456789abcdef0123456789abcdef.nwb"
    recording.symlink_to(Path("..", ".git", "annex", "objects", "aa", "bb", key, key))
    git(dataset, "add", ".")
    code, said = run(dataset, pre_commit_home)
    assert code == 1, said
    assert "--allow-unfetched" in said


def test_a_wrong_configuration_fails_the_commit(dataset: Path, pre_commit_home: Path) -> None:
    (dataset / "posecheck.toml").write_text('ignore = ["NOPE"]\n')
    git(dataset, "add", ".")
    code, said = run(dataset, pre_commit_home)
    assert code == 1, said
    assert "NOPE" in said
    (dataset / "posecheck.toml").write_text('ignore = ["VID020"]\n')
    commit_all(dataset)
    assert run(dataset, pre_commit_home)[0] == 0
